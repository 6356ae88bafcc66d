'use strict';
// What a call costs, in nanoseconds: medians of rounds, everything in one process.
//
//     scripts/bench-node
//
// Beside it, in the same rounds: a bare call of Node-API that copies the same
// arguments and does nothing (`raw/`), the engine's own time for the same events,
// and what else a program could ask. Those that are not installed are skipped.

const { BlockList } = require('node:net');
const path = require('node:path');
const { Batch, compileSync, Engine } = require('wardline');

const raw = require(path.resolve(process.env.WARDLINE_RAW ?? `${__dirname}/raw.node`));
const NGINX = '/usr/sbin/nginx';
const names = Array.from({ length: 500 }, (_, index) => `/srv/app${index}/bin/tool${index}`);
const globs = [...names, '/tmp/**', '**/nc', '**/xmrig'];

const text = `
wardline: 1
kind: host
name: bench
platform: linux
mode: enforce
controls:
  executables_blocked: { executables: [${names.join(', ')}, nc, xmrig, "/tmp/**"] }
`;
const { bytes } = compileSync({ name: 'bench.yaml', text });
const engine = Engine.load(bytes);
const nginx = engine.actor({ process: { path: NGINX } });

const COUNT = 1000;
const paths = Array.from({ length: COUNT }, (_, index) => `/usr/lib/x86_64-linux-gnu/program-${index}`);
const events = paths.map((path) => ({ kind: 'exec', path, process: { path: NGINX } }));
const acted = paths.map((path) => ({ kind: 'exec', path, actor: nginx }));
const lines = Buffer.from(events.map((event) => JSON.stringify(event)).join('\n'));
const batch = Batch.from(events);
raw.load(bytes, Buffer.from(paths.join('\n')));

/** A row: `f` is called for each path, or `all` once for all of them. */
const each = (f, count = COUNT) => () => {
  const start = process.hrtime.bigint();
  for (let index = 0; index < count; index++) f(index);
  return Number(process.hrtime.bigint() - start) / count;
};
const once = (all) => () => {
  const start = process.hrtime.bigint();
  all();
  return Number(process.hrtime.bigint() - start) / COUNT;
};

const list = new Set(names);
const pattern = new RegExp(`^(?:${names.join('|')}|/tmp/.*|.*/nc|.*/xmrig)$`);
const blocks = new BlockList();
for (let index = 0; index < 500; index++) blocks.addSubnet(`10.${index >> 8}.${index & 255}.0`, 24);

const RAW_TEXTS = 'raw: two strings';
const RAW_EVENT = 'raw: an object';
const CORE = 'the engine alone, in Rust';
const rows = {
  [RAW_TEXTS]: each((index) => raw.texts(paths[index], NGINX)),
  [RAW_EVENT]: each((index) => raw.event(events[index])),
  [CORE]: () => raw.core(),
  'checkExec(path, process)': each((index) => engine.checkExec(paths[index], NGINX)),
  'decide(event)': each((index) => engine.decide(events[index])),
  'decide(event with an actor)': each((index) => engine.decide(acted[index])),
  'decideBatch(packed)': once(() => engine.decideBatch(batch)),
  'decideBatch(array)': once(() => engine.decideBatch(events)),
  'decideBatch(JSON lines)': once(() => engine.decideBatch(lines)),
  'by hand: Set and prefix': each((index) => {
    const path = paths[index];
    const base = path.slice(path.lastIndexOf('/') + 1);
    return list.has(path) || path.startsWith('/tmp/') || base === 'nc' || base === 'xmrig';
  }),
  RegExp: each((index) => pattern.test(paths[index])),
  'net.BlockList of 500 networks': each((index) => blocks.check(`192.0.2.${index & 255}`)),
};

/** What is installed beside, asked the same where it can say it. */
const others = {
  picomatch: (picomatch) => {
    const matches = picomatch(globs);
    return each((index) => matches(paths[index]));
  },
  minimatch: ({ Minimatch }) => {
    const all = globs.map((glob) => new Minimatch(glob));
    return each((index) => all.some((one) => one.match(paths[index])), 50);
  },
  casbin: async ({ newEnforcer, newModelFromString, StringAdapter }) => {
    // Its globs cannot say `**/nc`; `/usr/bin/nc` stands for it.
    const model = newModelFromString(`
[request_definition]
r = path
[policy_definition]
p = path, eft
[policy_effect]
e = !some(where (p.eft == deny))
[matchers]
m = keyMatch(r.path, p.path)
`);
    const policy = [...names, '/tmp/*', '/usr/bin/nc', '/usr/bin/xmrig'].map((path) => `p, ${path}, deny`).join('\n');
    const enforcer = await newEnforcer(model, new StringAdapter(policy));
    return each((index) => enforcer.enforceSync(paths[index]), 5);
  },
  '@cedar-policy/cedar-wasm/nodejs': (cedar) => {
    const rules = [...names.map((name) => `== "${name}"`), 'like "/tmp/*"', 'like "*/nc"', 'like "*/xmrig"'];
    const staticPolicies = `${rules.map((rule) => `forbid(principal, action, resource) when { context.path ${rule} };`).join('\n')}
permit(principal, action, resource);`;
    const parsed = cedar.preparsePolicySet('bench', { staticPolicies });
    if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed));
    const request = (path) => ({
      principal: { type: 'Process', id: NGINX }, action: { type: 'Action', id: 'exec' }, resource: { type: 'Host', id: 'a' },
      context: { path }, preparsedPolicySetId: 'bench', entities: [],
    });
    return each((index) => cedar.statefulIsAuthorized(request(paths[index])), 5);
  },
};

async function main() {
  for (const [name, make] of Object.entries(others)) {
    let found;
    try {
      found = require(name);
    } catch {
      console.log(`skipped: needs ${name}`);
      continue;
    }
    rows[name] = await make(found);
  }
  const times = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
  for (let round = 0; round < 120; round++) {
    for (const [name, run] of Object.entries(rows)) times[name].push(run());
  }
  const median = (name) => times[name].sort((a, b) => a - b)[times[name].length >> 1];
  for (const name of Object.keys(times)) console.log(`${median(name).toFixed(1).padStart(11)} ns  ${name}`);
  const goal = (name, value, most, unit) => {
    console.log(`${name}: ${value.toFixed(1)} ${unit} (goal ${most}: ${value <= most ? 'ok' : 'missed'})`);
  };
  goal('checkExec over the engine', median('checkExec(path, process)') - median(CORE), 120, 'ns');
  goal('decide(event) over the bare call', median('decide(event)') / median(RAW_EVENT), 2, 'times');
  goal('decide(event with an actor) over the bare call', median('decide(event with an actor)') / median(RAW_EVENT), 2, 'times');
  goal('decideBatch(packed) over the engine', median('decideBatch(packed)') - median(CORE), 10, 'ns');
}

main();
