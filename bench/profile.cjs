/** Summary of a V8 CPU profile: share of self time by part of the code, largest first. */
function summarise(profile, root) {
  const part = new Map(profile.nodes.map((node) => [node.id, partOf(node.callFrame, root)]));
  const micros = new Map();
  let busy = 0;
  profile.samples.forEach((id, i) => {
    const name = part.get(id);
    if (name === 'idle') return;
    const delta = Math.max(0, profile.timeDeltas[i] ?? 0);
    busy += delta;
    micros.set(name, (micros.get(name) ?? 0) + delta);
  });
  return [...micros]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 20)
    .map(([name, value]) => ({ part: name, percent: Math.round((1000 * value) / busy) / 10 }));
}

function partOf({ url, functionName }, root) {
  if (functionName === '(idle)' || functionName === '(program)') return 'idle';
  if (functionName === '(garbage collector)') return 'garbage collection';
  const file = url.replace('file://', '').replace(`${root}/`, '');
  if (file === '') return `engine: ${functionName || 'native'}`;
  if (file.startsWith('dist/')) return file.split('/').slice(1, 3).join('/').replace(/\.js$/, '');
  const pack = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file);
  return pack === null ? file : `package: ${pack[1]}`;
}

module.exports = { summarise };
