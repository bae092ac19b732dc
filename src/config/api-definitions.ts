import { choice, text, whole } from './setting-kinds';

/** What a caller may do who shows no credential. */
export const ANONYMOUS_ROLES = ['none', 'reader', 'analyst'] as const;

/** Over the network only with TLS: what comes from there decides who may do what. */
const ISSUER =
  /^(?:https:\/\/[^\s?#]+|http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?(?:\/[^\s?#]*)?)$/;

/** What `ncfd api` serves, to whom, and how much of it. */
export const API_SETTINGS = {
  apiPort: whole(
    {
      name: 'api.port',
      variable: 'NCFD_API_PORT',
      summary: 'port of the API and its pages; 0 takes a free one, for this machine only',
      fallback: 0,
      profiles: { staging: 8080, production: 8080 },
    },
    0,
    65_535,
  ),
  apiAnonymousRole: choice(
    {
      name: 'api.anonymous_role',
      variable: 'NCFD_API_ANONYMOUS_ROLE',
      summary: 'role of callers of the API who show no credential',
      fallback: 'analyst',
      profiles: { staging: 'none', production: 'none' },
    },
    ANONYMOUS_ROLES,
  ),
  apiRequestsPerMinute: whole(
    {
      name: 'api.requests_per_minute',
      variable: 'NCFD_API_REQUESTS_PER_MINUTE',
      summary: 'requests that one caller may make in a minute, at each API process',
      fallback: 1_200,
    },
    1,
    10_000_000,
  ),
  apiOidcIssuer: text(
    {
      name: 'api.oidc_issuer',
      variable: 'NCFD_API_OIDC_ISSUER',
      summary: 'OpenID issuer whose bearer tokens the API takes',
    },
    ISSUER,
    'an address like https://ISSUER, exactly as its tokens name it',
  ),
  apiOidcAudience: text(
    {
      name: 'api.oidc_audience',
      variable: 'NCFD_API_OIDC_AUDIENCE',
      summary: 'audience that tokens must be made out to',
    },
    /^\S{1,200}$/,
    'a name without blanks',
  ),
  apiOidcRolesClaim: text(
    {
      name: 'api.oidc_roles_claim',
      variable: 'NCFD_API_OIDC_ROLES_CLAIM',
      summary: 'claim of tokens that lists roles: reader, analyst, operator, admin',
      fallback: 'ncfd_roles',
    },
    /^\S{1,200}$/,
    'a name without blanks',
  ),
  apiTrustedProxies: text(
    {
      name: 'api.trusted_proxies',
      variable: 'NCFD_API_TRUSTED_PROXIES',
      summary: 'proxies whose X-Forwarded-For tells the address of a caller',
    },
    /^[0-9a-fA-F.:/]{2,50}(?:,[0-9a-fA-F.:/]{2,50}){0,20}$/,
    'addresses or networks like 10.0.0.0/8, parted by commas',
  ),
};
