import { JSON_TYPE, route } from '../route';
import * as schema from '../schemas';

/** Records of the audit log that are given unless told otherwise. */
const RECORDS = 50;

const audit = route({
  method: 'GET',
  url: '/v1/audit',
  id: 'listAudit',
  summary: 'Records of the audit log, newest first: who changed which state, when and why',
  group: 'administration',
  role: 'admin',
  query: schema.AuditQuery,
  answer: { type: JSON_TYPE, schema: schema.AuditRecords, what: 'records' },
  handle: async (deps, { query: { limit = RECORDS, subject, action } }) => {
    const filter = { ...(subject && { subject }), ...(action && { action }) };
    const links = await deps.audit.list(filter, limit);
    return {
      items: links.map(({ seq, at, actor, action: what, subject: of, reason, detail, chain }) => ({
        ...{ seq, at, actor, action: what, subject: of, reason, chain },
        detail: detail === null ? null : (JSON.parse(detail) as unknown),
      })),
    };
  },
});

const keys = route({
  method: 'GET',
  url: '/v1/api-keys',
  id: 'listApiKeys',
  summary: 'Keys by name, without the keys themselves; they are made by `ncfd api-key`',
  group: 'administration',
  role: 'admin',
  answer: { type: JSON_TYPE, schema: schema.ApiKeys, what: 'the keys' },
  handle: async (deps) => ({ items: await deps.keys.list() }),
});

export const ADMINISTRATION_ROUTES = [audit, keys];
