// Prints the reference of all metrics; `npm run docs:metrics` writes it.
'use strict';
const compiled = require('./compiled.cjs');

process.stdout.write(compiled('observability/metrics-reference').metricsReference());
