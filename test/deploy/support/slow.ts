import type { Edit } from './builds';

/** Milliseconds that each activity waits before it works. */
const STEP_MS = 400;

/**
 * Makes a build whose runs are in flight for as long as they must be, however slow the machine is: each
 * step takes longer, and no run publishes while there is a file of the name in `REHEARSAL_HOLD`.
 */
export const SLOW: Edit = {
  file: 'dist/worker/payload-guard.js',
  find: 'const result = await next(input);',
  put: `await new Promise((done) => setTimeout(done, ${STEP_MS}));
            const { Context } = require('@temporalio/activity');
            const held = () => require('node:fs').existsSync(process.env.REHEARSAL_HOLD);
            while (activity === 'publishRun' && held()) {
                Context.current().heartbeat();
                await Context.current().sleep(50);
            }
            const result = await next(input);`,
};
