import { z } from 'zod/v4';
import { definitionOf, SETTING_KEYS } from './definitions';
import { PROFILES } from './layers';

/** What a settings file may hold, as zod knows it; a secret may also be a reference. */
function fileSchema(): z.ZodType {
  const tables = new Map<string, Record<string, z.ZodType>>([
    ['', { profile: z.enum(PROFILES).optional() }],
  ]);
  for (const key of SETTING_KEYS) {
    const { name, schema, summary, allowed, fallback, secret } = definitionOf(key);
    const [table = '', member] = name.includes('.') ? name.split('.') : ['', name];
    const written = secret === 'no' ? schema : z.string();
    const described = written.describe(`${summary}; allowed: ${allowed}`).optional();
    const members = tables.get(table) ?? {};
    tables.set(table, {
      ...members,
      [member ?? name]: fallback === null ? described : described.meta({ default: fallback }),
    });
  }
  const [[, top] = ['', {}], ...rest] = tables;
  const nested = rest.map(([name, members]) => [name, z.strictObject(members).optional()] as const);
  return z.strictObject({ ...top, ...Object.fromEntries(nested) });
}

/** JSON Schema 2020-12 of the settings file, for editors and for other tools. */
export function settingsJsonSchema(): object {
  return { title: 'NCFD settings', ...z.toJSONSchema(fileSchema(), { io: 'input' }) };
}
