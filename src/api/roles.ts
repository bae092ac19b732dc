import { ROLES, type Role, type Scope } from '../contracts/access';

/** What a route asks for; `public` asks for no credential at all. */
export type NeededRole = Role | 'public';

/** Who asks. */
export interface Caller {
  /** As audit records name them: `key:ci`, `oidc:ada@example.org`, `anonymous`. */
  readonly name: string;
  /** Null: nothing but public routes. */
  readonly role: Role | null;
  /** How they were recognised. */
  readonly by: 'nothing' | 'api-key' | 'oidc';
  /** Groups of routes that the credential is good for. */
  readonly scopes: readonly Scope[];
}

export function mayUse(role: Role | null, needed: NeededRole): boolean {
  if (needed === 'public') return true;
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
