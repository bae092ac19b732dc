// Makes sure the programs that npm does not bring are at hand (see src/dev/setup.ts).
'use strict';
const compiled = require('./compiled.cjs');

void (async () => {
  process.exitCode = await compiled('dev/setup').main(process.argv.slice(2));
})();
