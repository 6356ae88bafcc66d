'use strict';
// The wrapper: every attack of attacks.mjs is open without it, blocked when the
// policy enforces, and open but reported when it audits.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const dgram = require('node:dgram');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { compileSync } = require('wardline');
const { attack, bundle, run, world } = require('./worlds.js');

for (const [mode, env, judge, before = []] of [
  ['unwatched', undefined, ({ code, reported }) => code !== 'EPERM' && !reported],
  ['enforce', {}, ({ group, code, reported }) => (group === 'ROWS' ? code === 'EPERM' && reported : code === 'open' && !reported)],
  ['enforce-silent', {}, ({ group, code, reported }) => (group === 'ROWS' ? code === 'EPERM' && reported : code === 'open' && !reported), ['--require', require.resolve('./poison/silent.js')]],
  ['audit', { WARDLINE_MODE: 'audit' }, ({ group, code, reported }) => (group === 'ROWS' ? code !== 'EPERM' && reported : code === 'open' && !reported)],
]) {
  test(`the attacks: ${mode}`, { timeout: 240_000 }, () => {
    const rows = attack(world(mode), env === undefined ? [] : [...before, '--require', 'wardline/function'], env);
    assert.ok(rows.filter((row) => row.group === 'ROWS').length >= 280, `${rows.length}`);
    const wrong = rows.filter((row) => !judge(row));
    assert.deepEqual(wrong, []);
    console.log(`${rows.length} rows, ${mode}`);
  });
}

test('every way to switch it on does', () => {
  const root = world('switch');
  const program = `import('node:fs').then((fs) => { try { fs.readFileSync(${JSON.stringify(`${root}/secret/1`)}); } catch (error) { console.log(error.code); } })`;
  const env = { WARDLINE_BUNDLE: `${root}/f.wlb` };
  for (const [args, more] of [
    [['--require', 'wardline/function', '-e', program], {}],
    [['--import', 'wardline/function', '-e', program], {}],
    [['-e', program], { NODE_OPTIONS: '--require wardline/function' }],
    [['-e', `require('wardline/function'); ${program}`], {}],
  ]) {
    assert.equal(run(args, { ...env, ...more }).stdout.trim(), 'EPERM', args.join(' '));
  }
});

test('paths are the real ones, with and without links in them', () => {
  const root = world('links');
  const program = `
    const fs = require('node:fs');
    const tries = (f) => { try { f(); } catch {} };
    process.chdir('${root}');
    for (const folder of ['secret/tree', 'way', './secret/../way', 'way/.', '${root}/secret/tree', '${root}/way', '${root}//way', '/proc/self/cwd/way']) {
      tries(() => fs.renameSync(folder + '/a', folder + '/b'));
      tries(() => fs.renameSync(folder + '/a', '${root}/way/b'));
      tries(() => fs.renameSync(folder + '/soft', folder + '/soft'));
      tries(() => fs.unlinkSync(folder + '/none'));
      tries(() => fs.chmodSync(folder + '/soft', 0o600));
      tries(() => fs.readFileSync(folder + '/soft'));
      tries(() => fs.closeSync(fs.openSync(folder + '/soft')));
      tries(() => fs.writeFileSync(folder + '/dangling', ''));
      tries(() => fs.readdirSync(folder));
      tries(() => fs.rmdirSync(folder + '/none/'));
    }`;
  fs.symlinkSync(`${root}/secret/tree`, `${root}/way`);
  fs.symlinkSync('../1', `${root}/secret/tree/soft`);
  fs.symlinkSync('../new', `${root}/secret/tree/dangling`);
  const env = { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: `${root}/audit.jsonl` };
  const { status, stderr } = run(['--require', 'wardline/function', '-e', program], env);
  assert.equal(status, 0, stderr);
  const events = fs.readFileSync(`${root}/audit.jsonl`, 'utf8').trim().split('\n').map((line) => JSON.parse(line).event);
  const asked = events.map(({ operation, path, target }) => [operation, ...[path, target].filter(Boolean).map((one) => one.slice(root.length))].join(' '));
  const each = [
    'rename /secret/tree/a /secret/tree/b', 'rename /secret/tree/a /secret/tree/b', 'rename /secret/tree/soft /secret/tree/soft',
    'delete /secret/tree/none', 'attributes /secret/1', 'read /secret/1', 'read /secret/1', 'create /secret/new', 'read /secret/tree', 'delete /secret/tree/none',
  ];
  assert.deepEqual(asked, Array(8).fill(each).flat());
});

test('a file that is opened at once is closed as Node opened it', () => {
  const root = world('opened');
  const body = `const fs = require('node:fs'); process.on('warning', (one) => console.log(one.message)); fs.closeSync(fs.openSync('${root}/reads.js')); console.log(fs.readFileSync('${root}/reads.js', 'utf8').length > 0); console.log(fs.readFileSync('${root}/reads.js', { encoding: 'latin1' }).length > 0)`;
  for (const program of [body, `new (require('node:worker_threads').Worker)(${JSON.stringify(body)}, { eval: true })`]) {
    const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
    assert.equal(stdout, 'true\ntrue\n', stderr);
  }
});

test('a bundle that does not load ends the process, or lets it run if told so', () => {
  const root = world('bad');
  fs.writeFileSync(`${root}/bad.wlb`, 'no');
  for (const bundle of [`${root}/bad.wlb`, `${root}/none.wlb`]) {
    const closed = run(['--require', 'wardline/function', '-e', 'console.log("ran")'], { WARDLINE_BUNDLE: bundle });
    assert.deepEqual([closed.status, closed.stdout], [1, '']);
    assert.match(closed.stderr, /wardline: not armed/);
    const open = run(['--require', 'wardline/function', '-e', 'console.log("ran")'], { WARDLINE_BUNDLE: bundle, WARDLINE_FAIL: 'open' });
    assert.deepEqual([open.status, open.stdout.trim()], [0, 'ran']);
    assert.match(open.stderr, /wardline: not armed/);
  }
});

test('an option that keeps the addon away is no damage: the process ends, also if told to be open', () => {
  const root = world('away');
  const env = { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_FAIL: 'open' };
  const permission = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  for (const option of [['--no-addons'], ['--no_addons'], [permission, '--allow-fs-read=*'], [permission, '--allow-addons', `--allow-fs-read=${path.resolve(__dirname, '..')}/*`]]) {
    const { status, stdout, stderr } = run([...option, '--require', 'wardline/function', '-e', 'console.log("ran")'], env);
    assert.deepEqual([status === 0, stdout], [false, ''], stderr);
  }
  assert.match(run(['--no-addons', '--require', 'wardline/function', '-e', '0'], env).stderr, /not armed, the process ends/);
});

test('with the bindings of Node nothing starts, also if told to be open', () => {
  const root = world('internals');
  for (const option of ['--expose-internals', '--expose_internals=true']) {
    for (const env of [{}, { WARDLINE_FAIL: 'open' }]) {
      const { status, stdout, stderr } = run([option, '--require', 'wardline/function', '-e', 'console.log("ran")'], { WARDLINE_BUNDLE: `${root}/f.wlb`, ...env });
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /"reason":"bypass"/);
    }
    const audit = run([option, '--require', 'wardline/function', '-e', 'console.log("ran")'], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_MODE: 'audit' });
    assert.equal(audit.stdout, 'ran\n');
  }
});

test('a datagram goes to the address that was asked about, whatever a look-up says of it', async () => {
  const root = world('datagrams');
  const seen = [];
  const ended = async (address, port) => {
    const socket = dgram.createSocket('udp4').on('message', (text) => seen.push(`${address} ${text}`));
    await new Promise((resolve) => { socket.bind(port, address, resolve); });
    return socket;
  };
  const good = await ended('127.0.0.1', 0);
  const { port } = good.address();
  const bad = await ended('127.0.0.2', port);
  const program = `
    const dgram = require('node:dgram');
    const { promisify } = require('node:util');
    const elsewhere = (name, how, done) => done(null, '127.0.0.2', 4);
    (async () => {
      for (const [name, options] of [['own', { type: 'udp4', lookup: elsewhere }], ['replaced', 'udp4']]) {
        require('node:dns').lookup = elsewhere;
        for (const make of [() => dgram.createSocket(options), () => new dgram.Socket(options)]) {
          const one = make();
          await promisify(one.send.bind(one))(name, ${port}, '127.0.0.1');
          const two = make();
          await promisify(two.connect.bind(two))(${port}, '127.0.0.1');
          await promisify(two.send.bind(two))(name);
          one.close(); two.close();
        }
      }
      const bound = dgram.createSocket({ type: 'udp4', lookup: (name, how, done) => done(null, '127.0.0.3', 4) });
      bound.bind(0, 'own.test', () => { console.log(bound.address().address); process.exit(); });
    })();
  `;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  await new Promise((resolve) => { setTimeout(resolve, 200); });
  good.close();
  bad.close();
  assert.equal(stdout, '127.0.0.3\n', stderr);
  assert.deepEqual(seen.sort(), [...Array(4).fill('127.0.0.1 own'), ...Array(4).fill('127.0.0.1 replaced')]);
});

test('a frozen process keeps no module of TLS unwatched, and ends nothing', () => {
  const root = world('frozen');
  const last = `try { (first.createSecureContext ?? require('node:tls').createSecureContext)({ clientCertEngine: '${root}/secret/1' }); } catch (error) { console.log(error.code); }`;
  for (const freeze of ['Object.freeze(process)', 'Object.defineProperty(process, "emitWarning", { get: () => () => {}, configurable: false })']) {
    for (const first of ['node:tls', 'node:_tls_common', 'node:https', 'node:http2']) {
      const { stdout, stderr } = run(['--no-warnings', '--require', 'wardline/function', '-e', `${freeze}; const first = require('${first}'); ${last}`], { WARDLINE_BUNDLE: `${root}/f.wlb` });
      assert.equal(stdout, 'EPERM\n', `${freeze} ${first} ${stderr}`);
    }
  }
});

test('what starts itself is looked through in no time, and refused where it goes too deep', { timeout: 20_000 }, () => {
  const root = world('starters');
  const program = `
    const cp = require('node:child_process');
    const many = (count, ...last) => cp.spawnSync('env', [...Array(count).fill('env'), ...last]).error?.code ?? 'open';
    console.log(many(8, 'true'), many(60, 'true'), many(60, '${root}/bin/blocked-tool'), many(12, 'sh', '-c', 'true; ${root}/bin/blocked-tool'));`;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  assert.equal(stdout, 'open EPERM EPERM EPERM\n', stderr);
});

test('what is nowhere is this host', () => {
  const root = world('nowhere');
  bundle(`${root}/f.wlb`, '  network_block: { networks: [127.0.0.1, "::1"] }\n');
  const program = `
    const net = require('node:net');
    const dgram = require('node:dgram');
    const { promisify } = require('node:util');
    const code = (run) => run().then(() => 'open', ({ code }) => code);
    const connects = (host) => new Promise((resolve, reject) => net.connect(9, host).once('error', reject).once('connect', resolve));
    const sends = (type, host) => { const socket = dgram.createSocket(type); return promisify(socket.send.bind(socket))('x', 9, host).finally(() => socket.close()); };
    (async () => {
      for (const host of ['0.0.0.0', '::', '0:0::0', '::ffff:0.0.0.0', '::ffff:0:0']) console.log(host, await code(() => connects(host)));
      console.log(await code(() => sends('udp4', '0.0.0.0')), await code(() => sends('udp6', '::')), await code(() => connects('127.0.0.3')));
    })();
  `;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: '/dev/null' });
  assert.equal(stdout, '0.0.0.0 EPERM\n:: EPERM\n0:0::0 EPERM\n::ffff:0.0.0.0 EPERM\n::ffff:0:0 EPERM\nEPERM EPERM ECONNREFUSED\n', stderr);
});

test('each thing is asked about once, by whatever call', () => {
  const root = world('once');
  bundle(`${root}/f.wlb`, '  executables_blocked: { executables: ["true"] }\n  network_block: { networks: [127.0.0.0/8, "::1", "::"], domains: [.blocked.test] }\n');
  const program = `
    const child = require('node:child_process');
    const dgram = require('node:dgram');
    const dns = require('node:dns');
    const net = require('node:net');
    const { promisify } = require('node:util');
    const reported = () => require('node:fs').readFileSync('${root}/audit.jsonl', 'utf8').split('\\n').length - 1;
    const good = (emitter, name) => new Promise((resolve, reject) => emitter.once('error', reject).once(name, resolve));
    const lookup = (name, options, done) => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4));
    const server = net.createServer((socket) => socket.end());
    const bound = dgram.createSocket('udp4');
    const sender = dgram.createSocket('udp4');
    const connected = dgram.createSocket({ type: 'udp4', lookup });
    const ROWS = {
      spawn: () => good(child.spawn('true'), 'exit'),
      fork: () => good(child.fork('${root}/reads.js', ['/etc/hostname'], { execPath: '/bin/true', silent: true }), 'exit'),
      exec: () => promisify(child.execFile)('true'),
      listen: () => good(server.listen(0, '127.0.0.1'), 'listening'),
      everywhere: () => { const other = net.createServer().listen(0); return good(other, 'listening').then(() => other.close()); },
      named: () => { const other = net.createServer().listen(0, 'localhost'); return good(other, 'listening').then(() => other.close()); },
      connect: () => good(net.connect(server.address().port, '127.0.0.1'), 'close'),
      'connect by a name': () => good(net.connect({ port: server.address().port, host: 'own.test', lookup }), 'close'),
      bind: () => promisify(bound.bind.bind(bound))(0, '127.0.0.1'),
      send: () => promisify(sender.send.bind(sender))('x', bound.address().port, '127.0.0.1'),
      'send again': () => promisify(sender.send.bind(sender))('x', bound.address().port, '127.0.0.1'),
      'connect a socket': () => promisify(connected.connect.bind(connected))(bound.address().port, 'own.test'),
      'send connected': () => promisify(connected.send.bind(connected))('x'),
      resolve: () => promisify(dns.resolve4)('a.blocked.test').catch(() => 0),
      'resolve by a promise': () => dns.promises.resolveTxt('a.blocked.test').catch(() => 0),
      setServers: () => dns.setServers(['127.0.0.1']),
    };
    (async () => {
      const counts = {};
      for (const name of Object.keys(ROWS)) { const before = reported(); await ROWS[name](); counts[name] = reported() - before; }
      console.log(JSON.stringify(counts));
      process.exit(0);
    })();
  `;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_MODE: 'audit', WARDLINE_AUDIT: `${root}/audit.jsonl` });
  const counts = JSON.parse(stdout || JSON.stringify(stderr));
  const { 'send connected': none, named, ...others } = counts;
  // The second is the answer of the look-up.
  assert.deepEqual([none, named], [0, 2], stderr);
  assert.deepEqual(Object.entries(others).filter(([, count]) => count !== 1), []);
});

test('the error is that of a real EPERM, with the rule', () => {
  const root = world('error');
  const program = `try { require('fs').readFileSync(${JSON.stringify(`${root}/secret/1`)}); } catch (error) { console.log(JSON.stringify({ ...error, is: error instanceof Error })); }`;
  const { stdout } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  assert.deepEqual(JSON.parse(stdout), { errno: -1, code: 'EPERM', syscall: 'readFile', path: `${root}/secret/1`, wardline: { policy: 'shop', control: 'file_block', severity: 'medium' }, is: true });
});

test('a decoy in the environment is touched: blocked or reported, and the process is quarantined', () => {
  const root = world('honeypot');
  const { bytes } = compileSync({
    name: 'h.yaml',
    text: 'wardline: 1\nkind: function\nname: trap\nplatform: linux\nmode: enforce\ncontrols:\n  honeypot: { decoys: [{ kind: environment, name: BAIT, value: AKIA0000 }] }\n',
  });
  fs.writeFileSync(`${root}/h.wlb`, bytes);
  const program = `
    const attempt = (f) => { try { return f() === undefined ? 'open' : 'open'; } catch (error) { return error.code; } };
    const cp = require('node:child_process');
    console.log(attempt(() => cp.execSync('true')), attempt(() => process.env.HOME), attempt(() => process.env.BAIT), attempt(() => cp.execSync('true')));
  `;
  const env = { WARDLINE_BUNDLE: `${root}/h.wlb`, BAIT: 'AKIA0000', WARDLINE_AUDIT: `${root}/audit.jsonl` };
  assert.equal(run(['--require', 'wardline/function', '-e', program], env).stdout.trim(), 'open open EPERM EPERM');
  assert.equal(run(['--require', 'wardline/function', '-e', program], { ...env, WARDLINE_MODE: 'audit' }).stdout.trim(), 'open open open open');
  const lines = fs.readFileSync(`${root}/audit.jsonl`, 'utf8');
  assert.match(lines, /"reason":"quarantined"/);
  assert.ok(!lines.includes('AKIA0000'));
});

test('a command that is put together when it runs is reported, and one that is known is not', () => {
  const root = world('unresolved');
  const env = { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: `${root}/audit.jsonl`, X: 'true' };
  const later = ['$X', 'X=true; $X', '`echo true`', '$(echo true) a', '/bin/tr?e', 'eval $X', '. $X', 'sh -c "$X"', 'nice $X', 'if $X; then :; fi'];
  const known = ['true $X', "echo '$X'", 'cd / && ls', 'X=$HOME true', 'for x in $X; do true; done', "alias own='echo a'\nown blocked-tool"];
  const program = `const { execSync } = require('node:child_process'); for (const one of JSON.parse(process.argv[1])) try { execSync(one, { stdio: 'ignore' }); } catch (error) { if (error.code === 'EPERM') console.log(one); }`;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program, JSON.stringify([...known, ...later])], env);
  assert.deepEqual([stdout, stderr], ['', '']);
  const lines = fs.readFileSync(`${root}/audit.jsonl`, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ reason, action, metadata }) => [reason, action, metadata.call]), later.map(() => ['unresolved_command', 'audit', 'execSync']));
});

test('a decoy that a shell or env reads is touched', () => {
  const root = world('shown');
  const { bytes } = compileSync({
    name: 'h.yaml',
    text: 'wardline: 1\nkind: function\nname: trap\nplatform: linux\nmode: enforce\ncontrols:\n  honeypot: { decoys: [{ kind: environment, name: BAIT }] }\n',
  });
  fs.writeFileSync(`${root}/h.wlb`, bytes);
  for (const [command, want] of [['echo $BAIT', 'EPERM'], ['echo "${BAIT:-x}"', 'EPERM'], ['env', 'EPERM'], ['nice printenv', 'EPERM'], ['export', 'EPERM'], ["echo '$BAIT'", 'open'], ['env A=1 true', 'open']]) {
    const program = `let code = 'open'; try { require('node:child_process').execSync(process.argv[1], { stdio: 'ignore' }); } catch (error) { code = error.code; } console.log(code);`;
    const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program, command], { WARDLINE_BUNDLE: `${root}/h.wlb`, BAIT: 'AKIA0000', WARDLINE_AUDIT: '/dev/null' });
    assert.equal(stdout.trim(), want, `${command}: ${stderr}`);
  }
});

test('a PATH that changes is read once', () => {
  const root = world('changing');
  fs.symlinkSync(`${root}/bin/blocked-tool`, `${root}/innocent`);
  const program = `let asked = 0, code; try { require('node:child_process').execFileSync('innocent', { env: { PATH: { toString: () => (asked++ === 0 ? '/nonexistent' : ${JSON.stringify(root)}) } } }); } catch (error) { code = error.code; } console.log(code, asked);`;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  assert.equal(stdout.trim(), 'ENOENT 1', stderr);
});

test('what may start too many programs to ask about is refused', () => {
  const root = world('many');
  const program = `let code; try { code = require('node:child_process').spawnSync('find', Array(60).fill('find')).error?.code; } catch (error) { code = error.code; } console.log(code);`;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: '/dev/null' });
  assert.equal(stdout.trim(), 'EPERM', stderr);
});

test('starting a child touches no decoy, in whatever form', () => {
  const root = world('children');
  const { bytes } = compileSync({
    name: 'h.yaml',
    text: 'wardline: 1\nkind: function\nname: trap\nplatform: linux\nmode: enforce\ncontrols:\n  honeypot: { decoys: [{ kind: environment, name: BAIT }] }\n',
  });
  fs.writeFileSync(`${root}/h.wlb`, bytes);
  fs.writeFileSync(`${root}/empty.js`, '');
  const program = `
    const cp = require('node:child_process');
    const { promisify } = require('node:util');
    const { Worker } = require('node:worker_threads');
    const end = (child) => new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
    (async () => {
      for (const start of [() => end(cp.spawn('true')), () => end(cp.spawn('true', [])), () => end(cp.spawn('true', [], { cwd: '/' })), () => promisify(cp.exec)('true'),
        () => promisify(cp.execFile)('true'), () => new Promise((resolve, reject) => cp.exec('true', (error) => (error ? reject(error) : resolve()))),
        () => new Promise((resolve, reject) => cp.execFile('true', null, (error) => (error ? reject(error) : resolve()))),
        () => end(cp.fork(${JSON.stringify(`${root}/empty.js`)})), () => cp.spawnSync('true'), () => cp.execFileSync('true'), () => end(new Worker('process.env.HOME', { eval: true, env: process.env })),
        () => { const cluster = require('node:cluster'); cluster.setupPrimary({ exec: ${JSON.stringify(`${root}/empty.js`)} }); return end(cluster.fork().once('online', function () { this.kill(); })); }, () => cp.execSync('true')]) await start();
      console.log('done');
    })();
  `;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/h.wlb`, BAIT: 'AKIA0000' });
  assert.deepEqual([stdout.trim(), stderr], ['done', '']);
});

test('a subscriber changes nothing of what the process becomes', { skip: process.execve === undefined }, () => {
  const root = world('becomes');
  const reads = `try { require('node:fs').readFileSync(${JSON.stringify(`${root}/secret/1`)}); console.log('open'); } catch (error) { console.log(error.code); }`;
  const program = `
    require('node:diagnostics_channel').subscribe('process.execve', ({ env }) => { env.length = 0; });
    process.execve(process.execPath, ['node', '-e', ${JSON.stringify(reads)}]);`;
  const { stdout, stderr } = run(['--no-warnings', '--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  assert.equal(stdout, 'EPERM\n', stderr);
});

test('the wrapper script of a layer arms what it starts', () => {
  const root = world('layer');
  const script = path.join(path.dirname(require.resolve('wardline/package.json')), 'bin', 'wardline-wrapper');
  const program = `try { require('fs').readFileSync(${JSON.stringify(`${root}/secret/1`)}); } catch (error) { console.log(error.code); }`;
  const result = spawnSync(script, [process.execPath, '-e', program], { encoding: 'utf8', env: { ...process.env, WARDLINE_BUNDLE: `${root}/f.wlb` } });
  assert.equal(result.stdout.trim(), 'EPERM', result.stderr);
});

test('the reports cannot be ended by closing their descriptor', () => {
  const root = world('closing');
  const program = `
    const fs = require('node:fs');
    // Without those that are no files Node itself may end at any moment.
    const files = () => Array.from({ length: 61 }, (_, index) => index + 3).filter((number) => { try { return fs.fstatSync(number).isFile(); } catch { return false; } });
    const tries = (f) => { try { return f(); } catch {} };
    for (const number of files()) tries(() => fs.closeSync(number));
    // By handles, each of which closes what it is given.
    const classOf = (...args) => { const socket = new (require('node:net').Socket)().on('error', () => 0); socket.connect(...args); const { constructor } = socket._handle; socket.destroy(); return constructor; };
    const [Pipe, TCP] = [classOf('${root}/bin'), classOf(9, '127.0.0.1')];
    for (const number of files()) for (const Handle of [Pipe, TCP]) tries(() => { const handle = new Handle(0); if (handle.open(number) === 0) handle.close(); });
    fs.promises.open('/dev/null').then((handle) => {
      const own = Object.getOwnPropertySymbols(handle).map((symbol) => handle[symbol]).find((value) => typeof value?.releaseFD === 'function');
      for (const number of files()) tries(() => new own.constructor(number).releaseFD());
      for (const number of files()) tries(() => new own.constructor(number).close());
      setTimeout(() => {
        try { fs.readFileSync(${JSON.stringify(`${root}/secret/1`)}); } catch (error) { fs.writeSync(1, error.code); }
        process.exit(0);
      }, 100);
    });
  `;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: `${root}/audit.jsonl` });
  assert.equal(stdout.trim(), 'EPERM', stderr);
  assert.match(fs.readFileSync(`${root}/audit.jsonl`, 'utf8'), /"control":"file_block"/);
});

test('a link that is turned round after the call comes too late', () => {
  const root = world('late');
  const program = `
    const fs = require('node:fs');
    const crypto = require('node:crypto');
    // Every thread that could open the file is busy until the link has changed.
    for (let index = 0; index < 4; index++) crypto.pbkdf2('a', 'b', 200000, 64, 'sha512', () => {});
    fs.symlinkSync('/etc/hostname', ${JSON.stringify(`${root}/way`)});
    fs.readFile(${JSON.stringify(`${root}/way`)}, 'utf8', (error, text) => { console.log(error?.code ?? text === fs.readFileSync('/etc/hostname', 'utf8')); });
    fs.unlinkSync(${JSON.stringify(`${root}/way`)});
    fs.symlinkSync(${JSON.stringify(`${root}/secret/1`)}, ${JSON.stringify(`${root}/way`)});
  `;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  assert.equal(stdout.trim(), 'true', stderr);
});
