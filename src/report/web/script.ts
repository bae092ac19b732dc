/**
 * The only script of the site: follows a run by its events. Without it the page looks again every
 * few seconds. It writes text and numbers, never markup.
 */
export const RUN_SCRIPT = `'use strict';
const status = document.querySelector('[data-run]');
const set = (name, value) => {
  for (const one of document.querySelectorAll('[data-field="' + name + '"]')) one.textContent = value;
};
const show = (run) => {
  set('status', run.status);
  set('stage', run.paused ? run.stage + ', paused' : run.stage || 'not told');
  for (const name of ['shards', 'trials', 'frozen', 'scored', 'failed']) {
    if (run[name] !== undefined) set(name, run[name]);
  }
  for (const bar of document.querySelectorAll('[data-bar]')) {
    if (run.shards > 0) bar.max = run.shards;
    bar.value = run[bar.dataset.bar] || 0;
  }
};
if (status && status.dataset.atWork === 'true') {
  const events = new EventSource('/v1/runs/' + encodeURIComponent(status.dataset.run) + '/events');
  events.addEventListener('progress', (event) => show(JSON.parse(event.data)));
  events.addEventListener('end', () => {
    events.close();
    location.reload();
  });
}
`;
