/** Each role may do what the ones before it may. */
export const ROLES = ['reader', 'analyst', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

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
}

export function mayUse(role: Role | null, needed: NeededRole): boolean {
  if (needed === 'public') return true;
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
