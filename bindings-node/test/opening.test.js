'use strict';
// Files that are opened in the call that decides: as Node opens them, and never without
// the question that the longer way would have asked.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, test } = require('node:test');
const { bundle, run, world } = require('./worlds.js');

const ARMED = ['--require', 'wardline/function'];

/** Thousands of files: in memory, where there is such a place. Others get in, so that files refuse them. */
const folder = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'wardline-'));
fs.chmodSync(folder, 0o755);
after(() => fs.rmSync(folder, { recursive: true }));

/** What a program prints without the wrapper and with it. */
function both(root, program) {
  const own = path.join(folder, path.basename(root));
  fs.mkdirSync(own);
  return [[], ARMED].map((args) => {
    const { status, stdout, stderr } = run([...args, '-e', `process.chdir('${own}');${program}`], { WARDLINE_BUNDLE: `${root}/f.wlb` });
    assert.deepEqual([status, stderr], [0, '']);
    return JSON.parse(stdout);
  });
}

/** What has been reported: operation, path below `root`, and mode if there is one. */
function reported(root) {
  const lines = fs.readFileSync(`${root}/audit.jsonl`, 'utf8').trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line).event).map(({ operation, path, mode }) => [operation, path.slice(root.length), ...(mode === undefined ? [] : [mode.toString(8)])].join(' '));
}

/** Shows how a call ends, and what stands in its file then; each time the files are new. */
const SHOW = `
  const fs = require('node:fs');
  const here = process.cwd();
  const found = [];
  const files = ['file', 'new', 'folder', 'link', 'dangling', 'file/below', 'none/new'];
  function show(call) {
    for (const name of fs.readdirSync(here)) fs.rmSync(here + '/' + name, { recursive: true });
    fs.writeFileSync(here + '/file', 'before', { mode: 0o644 });
    fs.mkdirSync(here + '/folder');
    fs.symlinkSync('file', here + '/link');
    fs.symlinkSync('later', here + '/dangling');
    let row;
    try { row = call(); } catch ({ name, message, code, errno, syscall, path }) { row = { name, message, code, errno, syscall, path }; }
    for (const name of ['file', 'new', 'later']) {
      try { row = [row, name, fs.readFileSync(here + '/' + name, 'latin1').slice(0, 40), (fs.statSync(here + '/' + name).mode & 0o7777).toString(8)]; } catch {}
    }
    found.push(row);
  }
  const tries = (call) => { try { return call(); } catch ({ code }) { return code; } };
`;

test('files open as Node opens them: flags, modes and the mask, paths and errors', () => {
  const root = world('flags');
  const [bare, armed] = both(root, `${SHOW}
    const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    const flags = [
      undefined, null, 'r', 'rs', 'r+', 'rs+', 'sr+', 'w', 'w+', 'wx', 'xw', 'wx+', 'a', 'a+', 'ax', 'ax+', 'as', 'as+', '', 'rw', 'W', '+', 'wxyz', 0, 3, 1.5, NaN, -1, 2 ** 31, {}, true,
      O_WRONLY, O_RDWR, O_WRONLY | O_CREAT, O_RDWR | O_CREAT | O_EXCL, O_WRONLY | O_TRUNC, O_RDONLY | O_TRUNC, O_RDONLY | O_CREAT, O_RDONLY | O_APPEND, O_WRONLY | O_APPEND | O_CREAT, O_RDWR | O_SYNC,
      O_WRONLY | O_EXCL, O_DIRECTORY, O_DIRECTORY | O_CREAT | O_RDWR, O_WRONLY | O_NOFOLLOW, O_RDWR | O_CREAT | O_NONBLOCK, 0o20000000 | O_DIRECTORY | O_RDWR, 0o10000000,
    ];
    const opened = (path, flag, mode) => show(() => {
      const descriptor = fs.openSync(path, flag, mode);
      const does = [tries(() => fs.writeSync(descriptor, 'W')), tries(() => fs.readSync(descriptor, Buffer.alloc(9), 0, 9, 0))];
      const kept = fs.readFileSync('/proc/self/fdinfo/' + descriptor, 'utf8').match(/flags:.*/)[0];
      fs.closeSync(descriptor);
      return [does, kept];
    });
    for (const file of [...files, ...files.map((name) => here + '/' + name), '', 'a\\0b', '/dev/null', './file', './new', './/etc/hostname', './folder/../file', '.', './', 'folder/']) for (const flag of flags) opened(file, flag);
    for (const mask of [0o22, 0o77, 0]) {
      process.umask(mask);
      for (const mode of [undefined, null, 0, 0o600, 0o777, 0o4755, 0o100644, 0x7fffffff, '600', '0o600', '8', '', 1.5, -1, 2 ** 32, NaN, {}, true]) for (const file of ['new', 'file']) for (const flag of ['w', 'ax', 'r']) opened(here + '/' + file, flag, mode);
    }
    for (const path of [Buffer.from(here + '/new'), new URL('file://' + here + '/new'), undefined, null, 1.5, here + '/new/', here + '//new', here + '/./new', here + '/' + 'n'.repeat(300), here + '/\\ud800']) opened(path, 'w');
    found.push(fs.openSync.length, fs.openSync.name);
    const root = process.geteuid() === 0;
    fs.rmSync(here, { recursive: true }); fs.mkdirSync(here); process.chdir(here);
    fs.writeFileSync(here + '/closed', '', { mode: 0 });
    fs.chmodSync(here, 0o555);
    if (root) process.seteuid(65534);
    for (const file of ['closed', 'new']) for (const flag of ['r', 'w', 'a', 'wx']) {
      try { found.push(fs.openSync(here + '/' + file, flag) > 2); } catch ({ message, code, errno, syscall, path }) { found.push({ message, code, errno, syscall, path }); }
    }
    if (root) process.seteuid(0);
    fs.chmodSync(here, 0o755);
    fs.writeFileSync(1, JSON.stringify(found));`);
  for (const code of ['ENOENT', 'EISDIR', 'EACCES', 'EEXIST', 'ENOTDIR', 'EINVAL', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE', 'ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE']) assert.ok(JSON.stringify(bare).includes(`"${code}"`), code);
  assert.ok(bare.length > 900, `${bare.length}`);
  assert.deepEqual(armed, bare);
});

test('files are written as Node writes them: data, options and errors', () => {
  const root = world('written');
  const [bare, armed] = both(root, `${SHOW}
    const big = 'x\\u00e9\\u{1f600}'.repeat(300000);
    const aborted = new AbortController(); aborted.abort();
    const plain = ['text', Buffer.from('bytes'), null];
    const data = ['', '\\u00e9\\u{1f600}\\ud800', new Uint16Array([97, 98]), new DataView(new ArrayBuffer(2)), new Uint8Array(0), undefined, 5, {}, [], new ArrayBuffer(2), Symbol.iterator];
    const options = [
      undefined, null, 'utf8', 'utf-8', 'UTF8', 'latin1', 'hex', 'base64', 'ucs2', 'utf-16le', 'buffer', 'none', '', 5, true, () => 0, {}, { encoding: 'utf8' }, { encoding: 'hex' }, { encoding: 'none' }, { encoding: null }, { encoding: 'buffer' }, { encoding: 5 },
      { flag: 'w' }, { flag: 'a' }, { flag: 'r' }, { flag: 'r+' }, { flag: 'wx' }, { flag: 'ax' }, { flag: 0 }, { flag: '' }, { flag: null }, { flag: 'none' }, { flag: {} }, { flag: fs.constants.O_RDWR }, { flag: fs.constants.O_WRONLY | fs.constants.O_CREAT },
      { mode: 0o600 }, { mode: '640' }, { mode: 'none' }, { mode: -1 }, { mode: null }, { flush: true }, { flush: false }, { flush: 'yes' }, { flush: null }, { signal: aborted.signal }, { signal: 5 }, { signal: null },
      Object.create({ flag: 'a', mode: 0o640, encoding: 'hex' }), { get flag() { return 'a'; } }, { get encoding() { throw new Error('own'); } },
    ];
    const wrote = (path, what, how) => { for (const call of ['writeFileSync', 'appendFileSync']) show(() => fs[call](path, what, how) ?? 'nothing'); };
    for (const what of [...plain, ...data]) for (const how of plain.includes(what) ? options : [undefined, 'hex', { flush: true }]) for (const file of ['file', 'new']) wrote(here + '/' + file, what, how);
    for (const file of [...files, ...files.map((name) => here + '/' + name), '', 'a\\0b', '/dev/null', '/dev/full', undefined, null, -1, 1.5, 99, Buffer.from(here + '/new'), new URL('file://' + here + '/new')]) for (const what of ['text', Buffer.from('bytes')]) wrote(file, what);
    for (const what of [big, Buffer.from(big)]) for (const file of ['file', here + '/file']) {
      show(() => { fs.writeFileSync(file, what); fs.appendFileSync(file, what); const all = fs.readFileSync(file); return [all.length, all.equals(Buffer.from(big + big))]; });
    }
    for (const call of ['writeFileSync', 'appendFileSync']) for (const what of ['text', Buffer.from('bytes')]) show(() => { const descriptor = fs.openSync(here + '/file', 'r+'); try { fs[call](descriptor, what); return fs[call](descriptor, what) ?? 'nothing'; } finally { fs.closeSync(descriptor); } });
    // None stays open.
    fs.closeSync(fs.openSync(here));
    found.push(fs.readdirSync('/proc/self/fd').length, fs.writeFileSync.length, fs.appendFileSync.length, fs.readFileSync.length, fs.writeFileSync.name);
    show(() => { fs.writeFileSync(here + '/new', '', { mode: 0o666 }); process.umask(0o77); fs.writeFileSync(here + '/later', '', { mode: 0o666 }); });
    fs.writeFileSync(1, JSON.stringify(found));`);
  for (const code of ['ENOENT', 'EISDIR', 'EEXIST', 'EBADF', 'ENOSPC', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE']) assert.ok(JSON.stringify(bare).includes(`"${code}"`), code);
  assert.ok(bare.length > 700, `${bare.length}`);
  assert.deepEqual(armed, bare);
});

/** Each call, and what is asked about `old`, which is there, and `new`, which is not. */
const CALLS = [
  ['openSync(path)', ['read']],
  ['openSync(path, "r+")', ['read', 'modify']],
  ['openSync(path, "w")', ['write']],
  ['openSync(path, "w", 0o640)', ['write 640']],
  ['openSync(path, "w", "640")', ['write 640']],
  ['openSync(path, "w+", 0o100640)', ['read', 'write 640']],
  ['openSync(path, "wx", 0o600)', ['write 600']],
  ['openSync(path, "a+")', ['read', 'write']],
  ['openSync(path, fs.constants.O_WRONLY)', ['modify']],
  ['openSync(path, fs.constants.O_TRUNC)', ['read', 'modify']],
  ['openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL)', ['read', 'write']],
  ['writeFileSync(path, "x")', ['write']],
  ['writeFileSync(path, Buffer.from("x"), { mode: 0o600 })', ['write 600']],
  ['writeFileSync(path, "x", { flag: "a+", mode: 0o600 })', ['read', 'write 600']],
  ['writeFileSync(path, "x", "hex")', ['write']],
  ['appendFileSync(path, "x")', ['write']],
  ['appendFileSync(path, Buffer.from("x"), { mode: 0o600, flag: "r+" })', ['read', 'modify']],
  ['readFileSync(path, { flag: "a+" })', ['read', 'write']],
  ['copyFileSync("/etc/hostname", path)', ['write']],
];

/** What is reported of a file. */
const expected = (asked, path, there) => asked.map((one) => {
  const [operation, mode] = one.split(' ');
  if (operation !== 'write') return `${operation} ${path}`;
  return there ? `modify ${path}` : `create ${path}${mode === undefined ? '' : ` ${mode}`}`;
});

for (const mode of ['audit', 'enforce']) {
  test(`what may be written is asked about once, as what it is: ${mode}`, () => {
    const root = world(`asked-${mode}`);
    const [old, fresh] = ['/secret/old', '/secret/new'];
    for (const [call, asked] of CALLS) {
      for (const [path, there] of [[old, true], [fresh, false]]) {
        fs.rmSync(`${root}${fresh}`, { force: true });
        fs.writeFileSync(`${root}${old}`, 'old');
        fs.writeFileSync(`${root}/audit.jsonl`, '');
        const program = `const fs = require('node:fs'); const path = '${root}${path}'; try { fs.${call}; } catch (error) { if (error.code === 'EPERM') process.exitCode = 7; }`;
        const { status, stderr } = run([...ARMED, '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: `${root}/audit.jsonl`, WARDLINE_MODE: mode });
        const all = expected(asked, path, there);
        assert.equal(stderr, '');
        assert.deepEqual(reported(root), mode === 'enforce' ? all.slice(0, 1) : all, `${call} ${path}`);
        assert.equal(status, mode === 'enforce' ? 7 : 0, call);
        if (mode === 'enforce') assert.deepEqual([fs.readFileSync(`${root}${old}`, 'utf8'), fs.existsSync(`${root}${fresh}`)], ['old', false], call);
      }
    }
  });
}

test('a rule on one operation only: nothing is written by the other', () => {
  const root = world('readable');
  fs.mkdirSync(`${root}/kept`);
  bundle(`${root}/f.wlb`, `  read_only_files: { paths: [${root}/kept] }\n`);
  const program = `
    const fs = require('node:fs');
    const tries = (f) => { try { return f(); } catch ({ code }) { return code; } };
    const path = '${root}/kept/file';
    console.log(JSON.stringify(['w', 'a', 'r+', 'wx', 'w+', 'ax+'].map((flag) => tries(() => fs.openSync(path, flag))).concat(
      tries(() => fs.writeFileSync(path, 'x')), tries(() => fs.appendFileSync(path, 'x')), tries(() => fs.copyFileSync('/etc/hostname', path)), tries(() => fs.readFileSync(path, 'utf8')))));`;
  fs.writeFileSync(`${root}/kept/file`, 'kept');
  const { stdout, stderr } = run([...ARMED, '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: '/dev/null' });
  assert.deepEqual(JSON.parse(stdout), [...Array(9).fill('EPERM'), 'kept'], stderr);
});

test('a relative path is asked about as what it is', () => {
  const root = world('relative');
  fs.symlinkSync(`${root}/secret`, `${root}/way`);
  const program = `
    const fs = require('node:fs');
    const found = [];
    const tries = (f) => { try { f(); found.push('open'); } catch ({ code }) { found.push(code); } };
    for (const [folder, ...paths] of [
      ['${root}/secret', '1', './1', '../secret/1', './/1', 'tree/../1'], ['${root}/way', '1', './1'], ['${root}', 'secret/1', './secret/1', 'way/1', './way/1'], ['/', '${root.slice(1)}/secret/1', './${root.slice(1)}/way/1'],
    ]) {
      process.chdir(folder);
      for (const path of paths) {
        tries(() => fs.readFileSync(path));
        tries(() => fs.writeFileSync(path, 'x'));
        tries(() => fs.closeSync(fs.openSync(path, 'a+')));
        tries(() => fs.chmodSync(path, 0o600));
        tries(() => fs.unlinkSync(path));
        tries(() => fs.renameSync(path, path + 'x'));
      }
    }
    console.log(found.length, found.filter((code) => code !== 'EPERM').length);`;
  const { stdout, stderr } = run([...ARMED, '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: `${root}/audit.jsonl` });
  assert.equal(stdout, '78 0\n', stderr);
  const each = ['read /secret/1', 'modify /secret/1', 'read /secret/1', 'attributes /secret/1 600', 'delete /secret/1', 'rename /secret/1'];
  assert.deepEqual(reported(root), Array(13).fill(each).flat());
});

test('a path that leads elsewhere between two calls is asked about anew', () => {
  const root = world('turned');
  fs.mkdirSync(`${root}/own/folder`, { recursive: true });
  fs.mkdirSync(`${root}/secret/folder`);
  const program = `
    const fs = require('node:fs');
    const found = [];
    const tries = (f) => { try { f(); found.push('open'); } catch ({ code }) { found.push(code); } };
    const writes = (path) => {
      tries(() => fs.writeFileSync(path, 'x'));
      tries(() => fs.appendFileSync(path, Buffer.from('x')));
      for (const flag of ['w', 'a', 'r+', 'w+', 'ax', fs.constants.O_WRONLY | fs.constants.O_CREAT]) tries(() => fs.closeSync(fs.openSync(path, flag)));
    };
    writes('${root}/own/file');
    fs.unlinkSync('${root}/own/file');
    fs.symlinkSync('${root}/secret/1', '${root}/own/file');
    writes('${root}/own/file');
    writes('${root}/own/folder/1');
    fs.renameSync('${root}/own/folder', '${root}/own/away');
    fs.symlinkSync('${root}/secret', '${root}/own/folder');
    writes('${root}/own/folder/1');
    writes('${root}/own/folder/never');
    fs.unlinkSync('${root}/own/file');
    fs.symlinkSync('../secret/later', '${root}/own/file');
    writes('${root}/own/file');
    console.log(JSON.stringify(found));`;
  const { stdout, stderr } = run([...ARMED, '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: '/dev/null' });
  const open = ['open', 'open', 'open', 'open', 'open', 'open', 'EEXIST', 'open'];
  const blocked = Array(8).fill('EPERM');
  assert.deepEqual(JSON.parse(stdout), [...open, ...blocked, ...open, ...blocked, ...blocked, ...blocked], stderr);
  assert.deepEqual([fs.readFileSync(`${root}/secret/1`, 'utf8'), fs.existsSync(`${root}/secret/later`), fs.existsSync(`${root}/secret/never`)], ['{}', false, false]);
});
