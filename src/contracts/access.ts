/** Roles of callers of the API. Each may do what the ones before it may. */
export const ROLES = ['reader', 'analyst', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Groups of routes that a key may be narrowed to. */
export const SCOPES = ['published', 'runs', 'control', 'administration'] as const;
export type Scope = (typeof SCOPES)[number];
