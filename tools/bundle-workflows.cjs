/** Build step: writes dist/workflow-bundle.js, so that no worker bundles at its start. */
const { rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { DefaultLogger } = require('@temporalio/worker');
const { bundle } = require('../dist/worker/bundle.js');

const target = path.resolve(__dirname, '../dist/workflow-bundle.js');
rmSync(target, { force: true });
bundle(new DefaultLogger('WARN'))
  .then(({ code }) => writeFileSync(target, code))
  .catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  });
