// Writes the dashboards of deploy/grafana from what stands here; `--check` tells whether they are so.
//
//   node tools/dashboards.cjs
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const FOLDER = path.join(__dirname, '..', 'deploy', 'grafana', 'dashboards');
const WORKER = 'job="ncfd-worker"';
const RATE = '[$__rate_interval]';
/** Several workers tell the same of the database: one of them is enough. */
const once = (labels, metric) => `max by (${labels}) (${metric})`;
const percentile = (q, by, metric, labels = '') =>
  `histogram_quantile(${q}, sum by (le, ${by}) (rate(${metric}_bucket${labels}${RATE})))`;
const share = (decision) =>
  `sum by (mode) (${once('mode, decision', `ncfd_publication_trials{decision="${decision}"}`)}) / ` +
  `sum by (mode) (${once('mode, decision', 'ncfd_publication_trials')})`;

/** A panel: title, unit, and queries with their legends. */
const panel = (title, unit, ...queries) => ({ title, unit, queries });

const DASHBOARDS = {
  run: {
    title: 'NCFD runs',
    panels: [
      panel('Runs at work and waiting', 'short', [
        once('status', 'ncfd_runs{status=~"pending|running"}'),
        '{{status}}',
      ]),
      panel('Oldest waiting run', 's', ['max(ncfd_waiting_run_seconds)', 'waits']),
      panel('Shards of the runs at work', 'short', [
        once('stage, status', 'ncfd_running_shards'),
        '{{stage}} {{status}}',
      ]),
      panel('Shards in flight', 'short', ['sum by (stage) (ncfd_shards_in_flight)', '{{stage}}']),
      panel('Trials scored per second', 'short', [
        `sum by (decision) (rate(ncfd_trials_scored_total${RATE}))`,
        '{{decision}}',
      ]),
      panel(
        'Time of a shard',
        's',
        [percentile(0.5, 'stage', 'ncfd_shard_seconds'), '{{stage}} median'],
        [percentile(0.95, 'stage', 'ncfd_shard_seconds'), '{{stage}} 95 %'],
      ),
      panel('Shards reused per second', 'short', [
        `sum by (stage) (rate(ncfd_shards_reused_total${RATE}))`,
        '{{stage}}',
      ]),
      panel(
        'Conflicts and shards taken over',
        'short',
        [`sum by (kind) (increase(ncfd_ledger_conflicts_total${RATE}))`, '{{kind}}'],
        [`sum(increase(ncfd_fencing_losses_total${RATE}))`, 'taken over'],
      ),
      panel('Failed runs in the database', 'short', [
        once('status', 'ncfd_runs{status=~"failed|cancelled"}'),
        '{{status}}',
      ]),
    ],
  },
  worker: {
    title: 'NCFD workers',
    panels: [
      panel('Workers that are reached', 'short', [`sum(up{${WORKER}})`, 'workers']),
      panel('Code at work', 'short', [
        'count by (code_version, build_id) (ncfd_build_info)',
        '{{code_version}} {{build_id}}',
      ]),
      panel(
        'Slots',
        'short',
        ['sum by (worker_type) (temporal_worker_task_slots_used)', '{{worker_type}} used'],
        ['sum by (worker_type) (temporal_worker_task_slots_available)', '{{worker_type}} free'],
      ),
      panel('Polls under way', 'short', [
        'sum by (poller_type) (temporal_num_pollers)',
        '{{poller_type}}',
      ]),
      panel('Time of an activity', 'ms', [
        percentile(0.95, 'activity_type', 'temporal_activity_execution_latency'),
        '{{activity_type}} 95 %',
      ]),
      panel(
        'Wait for a worker',
        'ms',
        [
          percentile(0.95, 'instance', 'temporal_activity_schedule_to_start_latency'),
          '{{instance}} activity',
        ],
        [
          percentile(0.95, 'instance', 'temporal_workflow_task_schedule_to_start_latency'),
          '{{instance}} workflow task',
        ],
      ),
      panel('Calls to Temporal', 'reqps', [
        `sum by (operation) (rate(temporal_request${RATE}))`,
        '{{operation}}',
      ]),
      panel('Time of a call to Temporal', 'ms', [
        percentile(0.95, 'operation', 'temporal_request_latency'),
        '{{operation}} 95 %',
      ]),
      panel('Workflow tasks that failed', 'short', [
        `sum by (workflow_type) (increase(temporal_workflow_task_execution_failed${RATE}))`,
        '{{workflow_type}}',
      ]),
      panel('Workflows in memory', 'short', [
        'sum by (instance) (temporal_sticky_cache_size)',
        '{{instance}}',
      ]),
      panel(
        'Memory',
        'bytes',
        [`process_resident_memory_bytes{${WORKER}}`, '{{instance}} resident'],
        [`nodejs_heap_size_used_bytes{${WORKER}}`, '{{instance}} heap'],
      ),
      panel('Processor', 'percentunit', [
        `rate(process_cpu_seconds_total{${WORKER}}${RATE})`,
        '{{instance}}',
      ]),
      panel('Lag of the event loop', 's', [
        `nodejs_eventloop_lag_p99_seconds{${WORKER}}`,
        '{{instance}} 99 %',
      ]),
      panel('Open files and sockets', 'short', [`process_open_fds{${WORKER}}`, '{{instance}}']),
      panel('Versions of the deployment', 'short', ['max(ncfd_deployment_versions)', 'versions']),
    ],
  },
  business: {
    title: 'NCFD publications',
    panels: [
      panel('Age of the last publication', 's', [
        `time() - ${once('mode', 'ncfd_publication_timestamp_seconds')}`,
        '{{mode}}',
      ]),
      panel('Trials of the current publication', 'short', [
        once('mode, decision', 'ncfd_publication_trials'),
        '{{mode}} {{decision}}',
      ]),
      panel('Share of calls', 'percentunit', [share('call'), '{{mode}}']),
      panel('Share of abstentions', 'percentunit', [share('abstain'), '{{mode}}']),
      panel('Publications and refusals', 'short', [
        `sum by (mode, outcome) (increase(ncfd_publish_total${RATE}))`,
        '{{mode}} {{outcome}}',
      ]),
      panel('Published runs', 'short', [
        once('status', 'ncfd_runs{status="published"}'),
        'published',
      ]),
      panel('Planned times of schedules', 'short', [
        once('schedule, outcome', 'ncfd_schedule_ticks'),
        '{{schedule}} {{outcome}}',
      ]),
    ],
  },
  database: {
    title: 'NCFD database and artifacts',
    panels: [
      panel('Connections of the server', 'short', [
        once('state', 'ncfd_database_connections'),
        '{{state}}',
      ]),
      panel(
        'Connections of each worker',
        'short',
        [
          'sum by (instance, pool) (ncfd_database_pool_connections{state="used"})',
          '{{instance}} {{pool}} used',
        ],
        ['sum by (instance) (ncfd_database_pool_connections{state="limit"})', '{{instance}} limit'],
      ),
      panel('Calls that wait for a connection', 'short', [
        'sum by (instance, pool) (ncfd_database_pool_waiting)',
        '{{instance}} {{pool}}',
      ]),
      panel('Locks that are waited for', 'short', ['max(ncfd_database_waiting_locks)', 'locks']),
      panel('Size of the database', 'bytes', ['max(ncfd_database_bytes)', 'database']),
      panel('Sources that can be read', 'short', [
        'min by (source) (ncfd_metrics_source_up)',
        '{{source}}',
      ]),
      panel('Calls of the artifact store', 'reqps', [
        `sum by (operation, outcome) (rate(ncfd_artifact_seconds_count${RATE}))`,
        '{{operation}} {{outcome}}',
      ]),
      panel('Time of a call of the artifact store', 's', [
        percentile(0.95, 'operation', 'ncfd_artifact_seconds', '{outcome="ok"}'),
        '{{operation}} 95 %',
      ]),
    ],
  },
};

const WIDTH = 12;
const HEIGHT = 8;
const DATASOURCE = { type: 'prometheus', uid: 'prometheus' };

function dashboard(name, { title, panels }) {
  return {
    uid: `ncfd-${name}`,
    title,
    tags: ['ncfd'],
    timezone: 'utc',
    schemaVersion: 39,
    version: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [] },
    panels: panels.map((one, index) => ({
      id: index + 1,
      title: one.title,
      type: 'timeseries',
      datasource: DATASOURCE,
      gridPos: { x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
      fieldConfig: { defaults: { unit: one.unit, min: 0 }, overrides: [] },
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
      targets: one.queries.map(([expr, legendFormat], at) => ({
        refId: String.fromCharCode(65 + at),
        datasource: DATASOURCE,
        expr,
        legendFormat,
      })),
    })),
  };
}

const check = process.argv.includes('--check');
for (const [name, given] of Object.entries(DASHBOARDS)) {
  const file = path.join(FOLDER, `${name}.json`);
  const text = `${JSON.stringify(dashboard(name, given), null, 2)}\n`;
  if (!check) writeFileSync(file, text);
  else if (
    JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))) !==
    JSON.stringify(dashboard(name, given))
  ) {
    process.stderr.write(`${file} is not what tools/dashboards.cjs makes: run it\n`);
    process.exitCode = 1;
  }
}
