'use strict';
// The real Lambda runtime client runs a function against a stub of the runtime API:
// without the wrapper its attacks succeed, with it they are blocked or reported.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { world } = require('./worlds.js');
const { serve } = require('./runtime-stub.js');

let client;
try {
  client = path.join(path.dirname(require.resolve('aws-lambda-ric/package.json')), 'index.mjs');
} catch {
  console.log('skipped: needs aws-lambda-ric, which npm could not build here');
}
const skip = client === undefined ? 'needs aws-lambda-ric' : false;

const BODY = `
const attempt = async (f) => { try { await f(); return 'open'; } catch (error) { return error.code ?? error.message; } };
let calls = 0;
const handle = async ({ root, crash }) => {
  if (crash) throw new Error('the function crashed');
  return {
    calls: ++calls,
    file: await attempt(() => readFileSync(root + '/secret/1')),
    program: await attempt(() => execFileSync(root + '/bin/blocked-tool')),
    shell: await attempt(() => execFileSync('/bin/sh', ['-c', root + '/bin/blocked-tool'])),
    name: await attempt(() => lookup('a.blocked.test').catch((error) => { if (error.code === 'EPERM') throw error; })),
    own: await attempt(() => readFileSync('/etc/hostname')),
  };
};
`;
const HANDLERS = {
  CommonJS: ['index.js', `const { readFileSync } = require('node:fs'); const { execFileSync } = require('node:child_process'); const { lookup } = require('node:dns/promises');${BODY}exports.handler = handle;\n`],
  ESM: ['index.mjs', `import { readFileSync } from 'node:fs'; import { execFileSync } from 'node:child_process'; import { lookup } from 'node:dns/promises';${BODY}export const handler = handle;\n`],
};
const OPEN = { file: 'open', program: 'open', shell: 'open', name: 'open', own: 'open' };
const BLOCKED = { file: 'EPERM', program: 'EPERM', shell: 'EPERM', name: 'EPERM', own: 'open' };

/** One instance: starts, answers the events, and is stopped. */
async function instance(root, kind, wrapped, env, events) {
  const task = path.join(root, kind);
  fs.mkdirSync(task, { recursive: true });
  fs.writeFileSync(path.join(task, HANDLERS[kind][0]), HANDLERS[kind][1]);
  const api = await serve(events);
  const wrapper = path.join(path.dirname(require.resolve('wardline/package.json')), 'bin', 'wardline-wrapper');
  // As the bootstrap does it: the wrapper gets the runtime's command line.
  const words = [...(wrapped ? [wrapper] : []), process.execPath, client];
  const child = spawn(words[0], words.slice(1), {
    cwd: task,
    env: {
      PATH: process.env.PATH, HOME: root, AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: task, _HANDLER: 'index.handler',
      AWS_LAMBDA_FUNCTION_NAME: 'shop', AWS_LAMBDA_FUNCTION_VERSION: '1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128', AWS_REGION: 'eu-central-1',
      AWS_LAMBDA_LOG_GROUP_NAME: 'g', AWS_LAMBDA_LOG_STREAM_NAME: 's', WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: `${root}/audit.jsonl`, ...env,
    },
  });
  let output = '';
  child.stdout.on('data', (part) => { output += part; });
  child.stderr.on('data', (part) => { output += part; });
  const exit = new Promise((resolve) => { child.once('exit', (code) => resolve(code)); });
  await Promise.race([api.done, exit]);
  const code = child.exitCode;
  child.kill('SIGKILL');
  await exit;
  api.close();
  const lines = fs.readFileSync(`${root}/audit.jsonl`, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
  return { code, output, answers: api.answers, lines };
}

const results = ({ answers }) => answers.map(({ what, body }) => ({ what, ...JSON.parse(body) }));

for (const kind of Object.keys(HANDLERS)) {
  for (const [mode, wrapped, env, expected] of [['unwrapped', false, {}, OPEN], ['enforce', true, {}, BLOCKED], ['audit', true, { WARDLINE_MODE: 'audit' }, OPEN]]) {
    test(`${kind}, ${mode}: cold, warm, crashed, and warm again`, { skip, timeout: 60_000 }, async () => {
      const root = world(`lambda-${kind}-${mode}`);
      const ran = await instance(root, kind, wrapped, env, [{ root }, { root }, { root, crash: true }, { root }]);
      const all = results(ran);
      assert.equal(all.length, 4, ran.output);
      assert.deepEqual(all[0], { what: 'response', calls: 1, ...expected }, ran.output);
      assert.deepEqual(all[1], { what: 'response', calls: 2, ...expected });
      assert.equal(all[2].what, 'error');
      assert.equal(all[2].errorMessage, 'the function crashed');
      assert.deepEqual(all[3], { what: 'response', calls: 3, ...expected });
      // Each of four things, three times; some are asked about at more than one door.
      const controls = new Set(ran.lines.map((line) => line.control));
      assert.deepEqual([...controls].sort(), wrapped ? ['executables_blocked', 'file_block', 'network_block'] : []);
      assert.ok(ran.lines.every((line) => line.action === (mode === 'audit' ? 'audit' : 'block')));
      if (wrapped) assert.ok(ran.lines.length >= 12, `${ran.lines.length}`);
    });
  }

  test(`${kind}: a bad bundle stops the function, or lets it run loudly`, { skip, timeout: 60_000 }, async () => {
    const root = world(`lambda-${kind}-bad`);
    fs.writeFileSync(`${root}/f.wlb`, 'no bundle');
    const closed = await instance(root, kind, true, {}, [{ root }]);
    assert.equal(closed.code, 1, closed.output);
    assert.deepEqual(closed.answers, []);
    assert.match(closed.output, /wardline: not armed, the process ends/);
    const open = await instance(root, kind, true, { WARDLINE_FAIL: 'open' }, [{ root }]);
    assert.deepEqual(results(open), [{ what: 'response', calls: 1, ...OPEN }], open.output);
    const event = open.output.split('\n').filter((line) => line.includes('"not_armed"')).map((line) => JSON.parse(line))[0];
    assert.deepEqual([event.type, event.action], ['function_runtime', 'allow']);
  });
}
