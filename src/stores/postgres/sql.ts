import { sql as slonikSql } from 'slonik';
import type { ZodType as SlonikSchema } from 'zod';
import type { z } from 'zod/v4';
import type { JsonObject } from '../../domain/json';

export { slonikSql as sql };

/**
 * `sql.type` for a schema of zod 4. slonik is typed for zod 3; all it calls is `safeParse`, which
 * both have in the same form.
 */
export const rowsOf = <Out>(schema: z.ZodType<Out>) =>
  slonikSql.type(schema as unknown as SlonikSchema<Out>);

/** A statement whose rows nobody reads. */
export const statement = slonikSql.unsafe;

/** A JSON value as a jsonb parameter, or NULL. */
export const jsonb = (value: JsonObject | object | null | undefined) =>
  value === null || value === undefined
    ? slonikSql.fragment`NULL::jsonb`
    : slonikSql.fragment`${JSON.stringify(value)}::jsonb`;
