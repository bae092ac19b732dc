import { reportObject } from '../../checks/report';
import { versionPage } from '../../checks/identity';
import { maskWords } from '../../config/secrets/mask';
import { JSON_TYPE, route } from '../route';
import * as schema from '../schemas';

const livez = route({
  method: 'GET',
  url: '/livez',
  id: 'livez',
  summary: 'That the process lives; looks at nothing else',
  group: 'operation',
  role: 'public',
  answer: { type: JSON_TYPE, schema: schema.AnyObject, what: 'alive' },
  handle: async () => ({ status: 'alive' }),
});

const readyz = route({
  method: 'GET',
  url: '/readyz',
  id: 'readyz',
  summary: 'Whether requests are to be sent here, with the reasons why not (503)',
  group: 'operation',
  role: 'public',
  answer: { type: JSON_TYPE, schema: schema.Ready, what: 'ready' },
  handle: async ({ notReady }, { reply }) => {
    const reasons = await notReady();
    const status = reasons.length === 0 ? 'ready' : 'not ready';
    return reply.code(reasons.length === 0 ? 200 : 503).send({ status, reasons });
  },
});

const health = route({
  method: 'GET',
  url: '/health',
  id: 'health',
  summary: 'What of all that we need is not well; 503 when it is down',
  group: 'operation',
  role: 'public',
  answer: { type: JSON_TYPE, schema: schema.AnyObject, what: 'healthy or degraded' },
  handle: async (deps, { reply }) => {
    const report = await deps.health();
    const body = maskWords(JSON.stringify(reportObject(report)));
    return reply
      .code(report.verdict === 'down' ? 503 : 200)
      .type(JSON_TYPE)
      .send(body);
  },
});

const version = route({
  method: 'GET',
  url: '/version',
  id: 'version',
  summary: 'What this process is and works on',
  group: 'operation',
  role: 'public',
  answer: { type: JSON_TYPE, schema: schema.AnyObject, what: 'the version' },
  handle: async ({ settings }) => versionPage(settings),
});

const metrics = route({
  method: 'GET',
  url: '/metrics',
  id: 'metrics',
  summary: 'Metrics for Prometheus; the proxy in front does not pass them on',
  group: 'operation',
  role: 'public',
  answer: { type: 'text/plain', what: 'the metrics' },
  handle: async ({ metrics: { registry } }, { reply }) =>
    reply.type(registry.contentType).send(maskWords(await registry.metrics())),
});

const openApi = route({
  method: 'GET',
  url: '/openapi.json',
  id: 'openApi',
  summary: 'This interface as OpenAPI 3.1',
  group: 'operation',
  role: 'public',
  answer: { type: JSON_TYPE, schema: schema.AnyObject, what: 'the document' },
  handle: async ({ document }) => document,
});

export const OPERATE_ROUTES = [livez, readyz, health, version, metrics, openApi];
