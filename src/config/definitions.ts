import { APPROVAL_POLICIES } from '../contracts/control';
import { DEFAULT_NAMESPACE, DEFAULT_TASK_QUEUE } from '../contracts/run';
import { API_SETTINGS } from './api-definitions';
import { HEALTH_SETTINGS } from './health-definitions';
import { NOTIFY_SETTINGS } from './notify-definitions';
import { choice, databaseUrl, secret, text, whole, type SettingDefinition } from './setting-kinds';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const HTTP_URL = /^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/;
const HTTP_URL_WORDS = 'an address like http://HOST:PORT';
const NAME = /^\S{1,200}$/;
const PATH = /^[^\0]{1,4096}$/;
const PORT_MAX = 65_535;

/**
 * Every setting, in the order in which they are shown. A new one is added here and read from
 * `Settings`; file, environment, flags, checks, JSON Schema and reference follow from this table.
 */
export const SETTINGS = {
  databaseUrl: databaseUrl({
    name: 'database.url',
    variable: 'NCFD_DATABASE_URL',
    summary: 'database with the login of the worker role',
  }),
  migratorUrl: databaseUrl({
    name: 'database.migrator_url',
    variable: 'NCFD_MIGRATOR_URL',
    summary: 'database with the login that owns the schema; for `ncfd migrate` alone',
  }),
  readerUrl: databaseUrl({
    name: 'database.reader_url',
    variable: 'NCFD_READER_URL',
    summary: 'database with the login of the reader role',
  }),
  databaseConnections: whole(
    {
      name: 'database.connections',
      variable: 'NCFD_DATABASE_CONNECTIONS',
      summary:
        'connections that one worker may hold; times workers this must stay below max_connections',
      fallback: 20,
      profiles: { production: 24 },
    },
    8,
    200,
  ),
  temporalAddress: text(
    {
      name: 'temporal.address',
      variable: 'TEMPORAL_ADDRESS',
      summary: 'host and port of the Temporal frontend',
    },
    /^[^\s/]+:\d{1,5}$/,
    'HOST:PORT',
  ),
  temporalNamespace: text(
    {
      name: 'temporal.namespace',
      variable: 'TEMPORAL_NAMESPACE',
      summary: 'namespace of the runs',
      fallback: DEFAULT_NAMESPACE,
    },
    NAME,
    'a name without blanks',
  ),
  taskQueue: text(
    {
      name: 'temporal.task_queue',
      variable: 'NCFD_TASK_QUEUE',
      summary: 'queue from which workers take the tasks of runs',
      fallback: DEFAULT_TASK_QUEUE,
    },
    NAME,
    'a name without blanks',
  ),
  uiUrl: text(
    {
      name: 'temporal.ui_url',
      variable: 'NCFD_TEMPORAL_UI',
      summary: 'address of the Temporal UI, to print links',
    },
    HTTP_URL,
    HTTP_URL_WORDS,
  ),
  temporalMetricsPort: whole(
    {
      name: 'temporal.metrics_port',
      variable: 'NCFD_TEMPORAL_METRICS_PORT',
      summary: "port of the Temporal SDK's own metrics; 0 for none",
      fallback: 0,
    },
    0,
    PORT_MAX,
  ),
  artifacts: text(
    {
      name: 'artifacts.location',
      variable: 'NCFD_ARTIFACTS',
      summary: 'where artifacts and publications are kept',
    },
    /^(?:fs:.+|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/.*)?)$/s,
    'fs:FOLDER or s3://BUCKET/PREFIX',
  ),
  s3Endpoint: text(
    {
      name: 's3.endpoint',
      variable: 'NCFD_S3_ENDPOINT',
      summary: "address of the S3 store; without it the provider's own for the region",
    },
    HTTP_URL,
    HTTP_URL_WORDS,
  ),
  s3Region: text(
    {
      name: 's3.region',
      variable: 'NCFD_S3_REGION',
      summary: 'region of the bucket',
      fallback: 'us-east-1',
    },
    NAME,
    'a name without blanks',
  ),
  s3AccessKeyId: secret({
    name: 's3.access_key_id',
    variable: 'NCFD_S3_ACCESS_KEY_ID',
    summary: "name of the key pair; without it the provider's own chain of credentials",
  }),
  s3SecretAccessKey: secret({
    name: 's3.secret_access_key',
    variable: 'NCFD_S3_SECRET_ACCESS_KEY',
    summary: 'secret half of the key pair',
  }),
  healthPort: whole(
    {
      name: 'worker.health_port',
      variable: 'NCFD_HEALTH_PORT',
      summary:
        'port of /livez, /readyz, /health and /metrics; 0 takes a free one, for this machine only',
      fallback: 0,
      profiles: { staging: 9464, production: 9464 },
    },
    0,
    PORT_MAX,
  ),
  publishApproval: choice(
    {
      name: 'publication.approval',
      variable: 'NCFD_PUBLISH_APPROVAL',
      summary: 'what must be granted before a run publishes',
      fallback: 'none',
    },
    APPROVAL_POLICIES,
  ),
  signingKeyFile: text(
    {
      name: 'publication.signing_key_file',
      variable: 'NCFD_SIGNING_KEY_FILE',
      summary: 'PEM file of the Ed25519 private key that signs publications',
    },
    PATH,
    'the path of a file',
  ),
  logLevel: choice(
    {
      name: 'log.level',
      variable: 'NCFD_LOG_LEVEL',
      summary: 'least weight of an event that is written',
      fallback: 'info',
    },
    LOG_LEVELS,
  ),
  logOutput: choice(
    {
      name: 'log.output',
      variable: 'NCFD_LOG_OUTPUT',
      summary: 'stream to which a worker writes its events',
      fallback: 'stderr',
      profiles: { staging: 'stdout', production: 'stdout' },
    },
    ['stderr', 'stdout'],
  ),
  logFile: text(
    {
      name: 'log.file',
      variable: 'NCFD_LOG_FILE',
      summary: 'file to which a worker writes its events too; one per process',
    },
    PATH,
    'the path of a file',
  ),
  logFileSize: whole(
    {
      name: 'log.file_size',
      variable: 'NCFD_LOG_FILE_SIZE',
      summary: 'megabytes beyond which that file is put aside and a new one begun',
      fallback: 16,
    },
    1,
    1_024,
  ),
  logFiles: whole(
    {
      name: 'log.files',
      variable: 'NCFD_LOG_FILES',
      summary: 'files of this kind that are kept, the present one included',
      fallback: 8,
    },
    2,
    100,
  ),
  logSyslog: text(
    {
      name: 'log.syslog',
      variable: 'NCFD_LOG_SYSLOG',
      summary: 'syslog server to which a worker sends its events too, as RFC 5424',
    },
    /^udp:\/\/(?:\[[0-9a-fA-F:]+\]|[^\s/:@]+):\d{1,5}$/,
    'udp://HOST:PORT',
  ),
  ...API_SETTINGS,
  ...HEALTH_SETTINGS,
  ...NOTIFY_SETTINGS,
  actor: text(
    {
      name: 'actor',
      variable: 'NCFD_ACTOR',
      summary: 'who uses the command line, as audit records name them; default the login',
    },
    /^.{1,200}$/,
    'a text of 1 to 200 characters',
  ),
} satisfies Readonly<Record<string, SettingDefinition>>;

export type SettingKey = keyof typeof SETTINGS;
export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

/** The values of all settings; null where one has none. */
export type SettingValues = {
  readonly [K in SettingKey]: (typeof SETTINGS)[K]['fallback'];
};

/** The definition of a setting, whatever its type. */
export const definitionOf = (key: SettingKey): SettingDefinition => SETTINGS[key];

/** Variables of ours that say how the process starts and are no settings. */
export const PROCESS_VARIABLES: Readonly<Record<string, string>> = {
  NCFD_PROFILE: 'profile: development, staging or production',
  NCFD_CONFIG: 'path of the configuration file',
  NCFD_HOME: 'folder of the embedded stack that commands look for',
  NCFD_DEBUG: 'print the stack trace of an unexpected error',
  NCFD_TEMPORAL_BIN: 'path of the Temporal CLI that `ncfd dev` starts',
  NCFD_WEED_BIN: 'path of the SeaweedFS binary that `ncfd dev --artifacts s3` starts',
  NCFD_ACTIONLINT_BIN: 'path of the linter of workflows',
  NCFD_HADOLINT_BIN: 'path of the linter of container files',
  NCFD_SHELLCHECK_BIN: 'path of the linter of shell',
  NCFD_SHFMT_BIN: 'path of the formatter of shell',
  NCFD_SQUAWK_BIN: 'path of the linter of migrations',
};
