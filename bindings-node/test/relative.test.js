'use strict';
// Relative paths: what was asked about is what is used, whatever becomes of the working directory.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { test } = require('node:test');
const { run, world } = require('./worlds.js');

/** A world with an own folder beside the secrets, and what a program with a wrapper prints there. */
function own(name) {
  const root = world(name);
  fs.mkdirSync(`${root}/own`);
  fs.writeFileSync(`${root}/own/1`, 'own');
  fs.writeFileSync(`${root}/secret/1`, 'secret');
  return root;
}
function prints(root, program, args = ['--require', 'wardline/function'], env = {}) {
  const { status, stdout, stderr } = run([...args, '-e', `const fs = require('node:fs'); const root = '${root}'; ${program}`], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: '/dev/null', ...env });
  // Node tells where it writes reports.
  assert.deepEqual([status, stderr.replaceAll(/^(Writing Node.js report.*|Node.js report completed)?\n/gm, '')], [0, ''], stdout);
  return stdout.trim();
}
const TRIES = `const tries = (f) => { try { return f() ?? 'done'; } catch ({ code }) { return code; } };`;

test('a worker uses what it asked about while the main thread changes the directory', () => {
  const root = own('threads');
  const worker = `
    const fs = require('node:fs');
    const { parentPort, workerData: root } = require('node:worker_threads');
    const counts = {};
    const count = (what) => { counts[what] = (counts[what] ?? 0) + 1; };
    const opened = (path) => { const descriptor = fs.openSync(path); try { return fs.readFileSync(descriptor, 'utf8'); } finally { fs.closeSync(descriptor); } };
    const reads = [
      () => fs.readFileSync('1', 'utf8'), () => fs.readFileSync('./1', 'utf8'), () => opened('1'), () => opened(Buffer.from('1')),
      () => { fs.copyFileSync('1', root + '/copied'); return fs.readFileSync(root + '/copied', 'utf8'); },
      () => { fs.writeFileSync('1', 'own', { flag: 'r+' }); return 'own'; }, () => { fs.appendFileSync('1', ''); return 'own'; }, () => { fs.chmodSync('1', 0o644); return 'own'; },
      () => (fs.readdirSync('.').length > 2 ? 'secret' : 'own'), () => (fs.readdirSync('.', { withFileTypes: true }).length > 2 ? 'secret' : 'own'),
    ];
    const tries = (what) => { try { count(what()); } catch ({ code }) { count(code); } };
    const stop = Date.now() + 3000;
    (async () => {
      while (Date.now() < stop) {
        for (const read of reads) tries(read);
        await fs.promises.readFile('1', 'utf8').then(count, ({ code }) => count(code));
      }
      parentPort.postMessage(counts);
    })();`;
  const counts = JSON.parse(prints(root, `
    const { Worker } = require('node:worker_threads');
    let done = false;
    new Worker(${JSON.stringify(worker)}, { eval: true, workerData: root }).on('message', (counts) => { done = true; console.log(JSON.stringify(counts)); });
    // The directory is back before anything is left to Node's own threads.
    (function turn() {
      for (const until = Date.now() + 10; Date.now() < until;) { process.chdir(root + '/own'); process.chdir(root + '/secret'); }
      if (!done) setImmediate(turn);
    })();`));
  assert.equal(fs.readFileSync(`${root}/secret/1`, 'utf8'), 'secret');
  const { own: allowed, EPERM, ...others } = counts;
  assert.ok(allowed > 100 && EPERM > 100, JSON.stringify(counts));
  assert.deepEqual(others, {});
});

/** What a worker counts while the main thread goes from one directory to the next. */
function flips(root, worker, directories, before = '') {
  return JSON.parse(prints(root, `
    const { Worker } = require('node:worker_threads');
    ${before}
    const directories = [${directories}];
    let done = false;
    new Worker(${JSON.stringify(worker)}, { eval: true, workerData: root }).on('message', (counts) => { done = true; console.log(JSON.stringify(counts)); });
    const turn = () => {
      for (const until = Date.now() + 10; Date.now() < until;) for (const directory of directories) process.chdir(directory);
      if (!done) setImmediate(turn);
    };
    // A worker does not start in a directory that has no name.
    setTimeout(turn, 300);`));
}
const COUNTS = `
  const fs = require('node:fs');
  const { parentPort, workerData: root } = require('node:worker_threads');
  const counts = {};
  const count = (what) => { counts[what] = (counts[what] ?? 0) + 1; };
  const tries = (what) => { try { count(what()); } catch ({ code, message }) { count(code ?? message); } };
  const stop = Date.now() + 3000;`;

test('a worker uses nothing by a directory that has no name', () => {
  const root = own('nameless');
  fs.writeFileSync(`${root}/secret/victim`, 'victim');
  const counts = flips(root, `${COUNTS}
    const acts = [
      () => fs.readFileSync('1', 'utf8'), () => { fs.copyFileSync('1', root + '/copied'); return fs.readFileSync(root + '/copied', 'utf8'); },
      () => (fs.readdirSync('.').includes('victim') ? 'secret' : 'own'), () => { fs.writeFileSync('w', 'x'); return 'own'; }, () => { fs.unlinkSync('victim'); return 'own'; },
    ];
    while (Date.now() < stop) for (const act of acts) tries(act);
    parentPort.postMessage(counts);`, `gone, root + '/own', root + '/secret'`, `
    fs.mkdirSync(root + '/gone');
    const gone = '/proc/self/fd/' + fs.openSync(root + '/gone');
    fs.rmdirSync(root + '/gone');`);
  assert.ok(!fs.existsSync(`${root}/secret/w`) && fs.existsSync(`${root}/secret/victim`));
  assert.equal(counts.secret, undefined, JSON.stringify(counts));
  assert.ok(counts.own > 100 && counts.EPERM > 100 && counts.ENOENT > 100, JSON.stringify(counts));
});

test('a worker loads and writes by itself only what it asked about', () => {
  const root = own('loads');
  // No libraries, each for a reason of its own.
  fs.writeFileSync(`${root}/own/x.node`, 'own');
  fs.writeFileSync(`${root}/secret/x.node`, '\0'.repeat(4096));
  const counts = flips(root, `${COUNTS}
    const acts = [
      () => { try { process.dlopen({ exports: {} }, './x.node'); } catch (error) { if (error.code !== 'ERR_DLOPEN_FAILED') throw error; return error.message.includes('too short') ? 'own' : error.message; } },
      () => { process.report.writeReport('report.json'); return 'written'; },
    ];
    while (Date.now() < stop) for (const act of acts) tries(act);
    for (let index = 0; index < 8; index++) tries(() => { require('node:v8').writeHeapSnapshot('heap'); return 'written'; });
    parentPort.postMessage(counts);`, `root + '/own', root + '/secret'`, `process.chdir(root + '/own');`);
  assert.deepEqual(['report.json', 'heap'].filter((name) => fs.existsSync(`${root}/secret/${name}`)), []);
  const { own: loaded, written, EPERM, ...others } = counts;
  assert.ok(loaded > 1 && written > 1 && EPERM > 10, JSON.stringify(counts));
  assert.deepEqual(others, {});
});

test('whoever reads the options changes nothing that was asked about', () => {
  const root = own('options');
  const program = (act) => `${TRIES}
    const { basename } = require('node:path');
    // An option that is read moves the program, or puts a link in the place of the folder.
    const when = (name, value, act) => Object.defineProperty({}, name, { enumerable: true, get: () => { act(); return value; } });
    const calls = (path, act) => [
      () => fs.mkdirSync(path('made'), when('recursive', false, act)), () => fs.readdirSync(path('.'), when('encoding', 'utf8', act)).join(),
      () => fs.mkdtempSync(path('new-'), when('encoding', 'utf8', act)) && 'made', () => { const dir = fs.opendirSync(path('.'), when('encoding', 'utf8', act)); const found = []; for (let entry; (entry = dir.readSync()) !== null;) found.push(entry.name); dir.closeSync(); return found.join(); },
      () => fs.rmdirSync(path('old'), when('recursive', false, act)), () => fs.rmSync(path('victim'), when('force', true, act)),
      () => fs.readFileSync(path('1'), when('encoding', 'utf8', act)),
    ];
    ${act}`;
  for (const folder of ['own', 'secret']) {
    fs.mkdirSync(`${root}/${folder}/old`);
    fs.writeFileSync(`${root}/${folder}/victim`, folder);
  }
  const before = fs.readdirSync(`${root}/secret`).sort().join();
  prints(root, program(`
    for (const call of calls((name) => name, () => process.chdir(root + '/secret'))) { process.chdir(root + '/own'); console.log(tries(call)); }`));
  assert.equal(fs.readdirSync(`${root}/secret`).sort().join(), before);
  const shown = prints(root, program(`
    const swap = () => { fs.rmSync(root + '/own/s', { recursive: true, force: true }); fs.symlinkSync('../secret', root + '/own/s'); };
    for (const call of calls((name) => root + '/own/s/' + name, swap)) {
      fs.rmSync(root + '/own/s', { recursive: true, force: true });
      fs.mkdirSync(root + '/own/s');
      console.log(tries(call));
    }`));
  assert.equal(fs.readdirSync(`${root}/secret`).sort().join(), before);
  assert.doesNotMatch(shown, /fork|victim/);
});

test('a directory that is renamed is asked about by the name that it has', () => {
  const root = own('renamed');
  assert.equal(prints(root, `${TRIES}
    const calls = [
      () => fs.readFileSync('1', 'utf8'), () => fs.closeSync(fs.openSync('./1', 'r+')), () => fs.appendFileSync('1', ''), () => fs.readdirSync('tree').length,
      () => fs.mkdirSync('made') ?? fs.rmdirSync('made'), () => fs.copyFileSync('1', 'copy') ?? fs.renameSync('copy', 'other') ?? fs.linkSync('other', 'hard') ?? fs.unlinkSync('other') ?? fs.unlinkSync('hard'), () => fs.chmodSync('1', 0o644), () => fs.utimesSync('1', 1, 2), () => fs.symlinkSync('1', 'soft') ?? fs.unlinkSync('soft'),
    ];
    const all = () => calls.map(tries).join(' ');
    fs.mkdirSync(root + '/own/tree');
    process.chdir(root + '/own');
    console.log(all());
    // A shell moves it: the program itself may not.
    require('node:child_process').execFileSync('mv', [root + '/own', root + '/secret/own']);
    console.log(all());
    require('node:child_process').execFileSync('mv', [root + '/secret/own', root + '/own']);
    console.log(all());`),
  [['own', 'done', 'done', '0', ...Array(5).fill('done')], Array(9).fill('EPERM'), ['own', 'done', 'done', '0', ...Array(5).fill('done')]].map((row) => row.join(' ')).join('\n'));
});

test('nothing is used by a name that the directory had, or will have', () => {
  const root = own('names');
  const pause = `for (let index = 0; index < 4; index++) require('node:crypto').pbkdf2('a', 'b', 200000, 64, 'sha512', () => {});`;
  assert.equal(prints(root, `
    const given = (path) => new Promise((resolve) => { fs.rmSync(root + '/out', { force: true }); fs.copyFile(path, root + '/out', (error) => resolve(error?.code ?? fs.readFileSync(root + '/out', 'utf8'))); });
    (async () => {
      for (const path of ['1', Buffer.from('1')]) {
        process.chdir(root + '/own');
        // Node remembers it.
        process.cwd();
        fs.renameSync(root + '/own', root + '/moved');
        fs.symlinkSync('secret', root + '/own');
        console.log(await given(path), await given(typeof path === 'string' ? './1' : Buffer.from('./1')));
        fs.unlinkSync(root + '/own');
        fs.renameSync(root + '/moved', root + '/own');
        ${pause}
        const copying = given(path);
        process.chdir(root + '/secret');
        console.log(await copying);
      }
    })();`), 'own own\nown\nown own\nown');
});

test('without a directory relative paths fail as in Node', () => {
  const root = own('gone');
  const program = `${TRIES}
    fs.mkdirSync(root + '/gone');
    process.chdir(root + '/gone');
    fs.rmdirSync(root + '/gone');
    const all = () => [() => fs.readFileSync('1'), () => fs.writeFileSync('1', 'x'), () => fs.readdirSync('x'), () => fs.mkdirSync('x'), () => fs.unlinkSync('x'), () => fs.renameSync('x', 'y')].map(tries).join(' ');
    console.log(all());
    // Another of its name is another one.
    fs.mkdirSync(root + '/gone');
    fs.writeFileSync(root + '/gone/1', 'other');
    console.log(all());
    fs.rmSync(root + '/gone', { recursive: true });
    process.chdir(root);
    // What goes on after it returned must not find another directory then.
    fs.mkdirSync(root + '/gone');
    process.chdir(root + '/gone');
    process.cwd();
    fs.rmdirSync(root + '/gone');
    const shown = (error, text) => console.log(error?.code ?? text);
    fs.readFile('1', 'utf8', shown);
    fs.copyFile('1', root + '/out', shown);
    fs.promises.readFile('1', 'utf8').then((text) => console.log(text), shown);
    process.chdir(root + '/secret');`;
  const bare = prints(root, program, []);
  assert.match(bare, /^(ENOENT ?){6}\n(ENOENT ?){6}\n/);
  // What has no name cannot be asked about, and is refused.
  assert.match(prints(root, program), /^((ENOENT|EPERM)\s?){15}$/);
  assert.match(prints(root, program, undefined, { WARDLINE_FAIL: 'open' }), /^((ENOENT|EPERM)\s?){15}$/);
});

test('a directory with a name that is no text, and one that is long', () => {
  const root = own('bytes');
  const program = `${TRIES}
    const bytes = Buffer.concat([Buffer.from(root + '/own/'), Buffer.from([0xff])]);
    fs.mkdirSync(bytes);
    fs.mkdirSync(root + '/own/\\ufffd');
    fs.writeFileSync(root + '/own/\\ufffd/1', 'other');
    process.chdir(root + '/own');
    fs.writeFileSync(Buffer.concat([bytes, Buffer.from('/1')]), 'right');
    // Node takes text only, and a link leads there.
    fs.symlinkSync(bytes, root + '/own/link');
    process.chdir(root + '/own/link');
    const found = [tries(() => fs.readFileSync('1', 'utf8')), tries(() => fs.copyFileSync('1', 'copy')), tries(() => fs.readdirSync('.').length)];
    process.chdir(root + '/own');
    const deep = [];
    for (let index = 0; index < 25; index++) { fs.mkdirSync('n'.repeat(200)); process.chdir('n'.repeat(200)); fs.writeFileSync('1', String(index)); deep.push(tries(() => fs.readFileSync('1', 'utf8')), tries(() => fs.renameSync('1', 'other'))); }
    console.log(JSON.stringify([found, deep]));
    process.chdir(root);
    require('node:child_process').execFileSync('rm', ['-r', root + '/own']);`;
  const bare = JSON.parse(prints(root, program, []));
  fs.mkdirSync(`${root}/own`);
  const armed = JSON.parse(prints(root, program));
  assert.deepEqual(armed[0], bare[0]);
  assert.deepEqual(bare[0], ['right', 'done', 2]);
  assert.deepEqual(armed[1], bare[1]);
});

test('a blocked directory is blocked however far below it a program stands', () => {
  const root = own('below');
  const far = (act) => `process.chdir(root + '/secret'); for (let index = 0; index < 25; index++) { ${act}; }`;
  prints(root, far(`fs.mkdirSync('n'.repeat(200)); process.chdir('n'.repeat(200)); fs.writeFileSync('1', '')`), []);
  assert.equal(prints(root, `${TRIES} const found = new Set(); ${far(`
    process.chdir('n'.repeat(200));
    for (const call of [() => fs.readFileSync('1'), () => fs.writeFileSync('./1', ''), () => fs.openSync('new', 'wx'), () => fs.readdirSync('n'.repeat(200)), () => fs.unlinkSync('1'), () => fs.renameSync('1', '2'), () => fs.copyFileSync('1', root + '/own/out')]) found.add(tries(call));
  `)} console.log([...found].join(' '));`), 'EPERM');
  fs.rmSync(`${root}/own`, { recursive: true });
  prints(root, `require('node:child_process').execFileSync('rm', ['-r', root + '/secret']);`, []);
});
