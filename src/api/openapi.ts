import { z } from 'zod/v4';
import { isJsonObject, type Json, type JsonObject } from '../domain/json';
import { ROLES } from '../contracts/access';
import type { ApiRoute } from './route';
import { ROUTES } from './routes';

/** Changes with the interface, not with the release. */
const INTERFACE_VERSION = '1.0.0';

/** The interface as OpenAPI 3.1, made of the route table: the schemas that requests are held against. */
export function openApiDocument(routes: readonly ApiRoute[] = ROUTES): JsonObject {
  const paths: Record<string, Record<string, Json>> = {};
  for (const one of routes.filter(({ page }) => page !== true)) {
    const path = one.url.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [one.method.toLowerCase()]: operation(one) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'NCFD',
      version: INTERFACE_VERSION,
      summary: 'Published scores of pivotal trials with their evidence, and the runs behind them',
      description: `Roles, each with what the ones before it may: ${ROLES.join(', ')}. Errors are application/problem+json with a code NCFD#### and a hint.`,
    },
    servers: [{ url: '/' }],
    security: [],
    tags: [...new Set(routes.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: { schemas: { Problem: PROBLEM }, securitySchemes: SCHEMES, responses: RESPONSES },
  };
}

/** JSON Schema of a part of a request or an answer. */
export function jsonSchema(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest as JsonObject;
}

function operation(one: ApiRoute): JsonObject {
  const { answer, role, body } = one;
  const content = answer.schema === undefined ? {} : { schema: jsonSchema(answer.schema) };
  const secured = role === 'public' ? [] : [{ apiKey: [] }, { oidc: [] }];
  return {
    operationId: one.id,
    summary: one.summary,
    tags: [one.group],
    'x-role': role,
    security: secured,
    parameters: [...parameters(one.params, 'path'), ...parameters(one.query, 'query')],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(body) } },
          },
        }),
    responses: {
      [String(answer.status ?? 200)]: {
        description: answer.what,
        content: { [answer.type.replace(/;.*/, '')]: content },
      },
      ...(one.group === 'published' ? { 304: { description: 'known by its ETag' } } : {}),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties, required } = jsonSchema(schema);
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(isJsonObject(properties) ? properties : {}).map(([name, given]) => {
    const { description, ...one } = given as JsonObject;
    return {
      name,
      in: place,
      required: place === 'path' || needed.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: one,
    };
  });
}

const text = { type: 'string' };
const PROBLEM: JsonObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'hint', 'instance'],
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    detail: text,
    code: { type: 'string', pattern: '^NCFD[0-9]{4}$' },
    hint: { type: ['string', 'null'] },
    instance: text,
  },
};
const RESPONSES: JsonObject = {
  Problem: {
    description: 'what is wrong, and what to do',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  },
};
const SCHEMES: JsonObject = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'a key made by `ncfd api-key create`' },
  oidc: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
};
