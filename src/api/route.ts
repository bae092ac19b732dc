import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod/v4';
import type { ApiDeps } from './deps';
import type { Caller, NeededRole } from './roles';

/** A request whose parts were held against the schemas of its route. */
export interface Asked<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: Caller;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What a route answers with when all is well. */
export interface Answer {
  readonly status?: number;
  readonly type: string;
  /** Of JSON answers. */
  readonly schema?: z.ZodType;
  readonly what: string;
}

type Nothing = Record<string, never>;
type Of<S> = S extends z.ZodType ? z.infer<S> : Nothing;

/** One line of the route table. Nothing is served that is not in it. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST';
  /** Path with `:name` for parameters. */
  readonly url: string;
  readonly id: string;
  readonly summary: string;
  readonly group: string;
  readonly role: NeededRole;
  readonly answer: Answer;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Pages are for people, and no part of the OpenAPI file. */
  readonly page?: boolean;
  handle(deps: ApiDeps, asked: Asked<unknown, unknown, unknown>): Promise<unknown>;
}

/** A route whose handler sees its parameters, query and body as their schemas say. */
export function route<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
>(
  given: Omit<ApiRoute, 'handle' | 'params' | 'query' | 'body'> & {
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
    handle(deps: ApiDeps, asked: Asked<Of<P>, Of<Q>, Of<B>>): Promise<unknown>;
  },
): ApiRoute {
  return given as unknown as ApiRoute;
}

export const HTML_TYPE = 'text/html; charset=utf-8';
export const JSON_TYPE = 'application/json; charset=utf-8';
