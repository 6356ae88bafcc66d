// The attacks of test/function.test.js: run in a process that the wrapper watches
// or that nobody does. Each row has a file of its own below `secret`.

import * as fs from 'node:fs';
import * as child from 'node:child_process';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import * as net from 'node:net';
import * as tls from 'node:tls';
import * as asyncHooks from 'node:async_hooks';
import * as diagnostics from 'node:diagnostics_channel';
import * as dgram from 'node:dgram';
import * as dns from 'node:dns';
import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as crypto from 'node:crypto';
import * as v8 from 'node:v8';
import * as vm from 'node:vm';
import * as inspector from 'node:inspector';

const require = createRequire(import.meta.url);
const [root, audit] = process.argv.slice(2);
const { promises } = fs;
const TOOL = `${root}/bin/blocked-tool`;

/** The dynamic loader. */
const LOADER = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1', '/lib/ld-musl-x86_64.so.1'].find((path) => fs.existsSync(path)) ?? '/lib/ld.so';
/** Where the tool is. */
const BIN = `${root}/bin`;

const event = (emitter, good) => new Promise((resolve, reject) => emitter.once('error', reject).once(good, resolve));
const tries = (stream) => new Promise((resolve, reject) => stream.once('error', reject).once('close', resolve).once('finish', resolve).once('data', resolve));
const refuse = (result) => { if (result.error) throw result.error; return result; };
const ran = (program, ...args) => event(child.spawn(program, ...args), 'exit');
const nodes = (options, code = 'require("node:fs").readFileSync(process.argv[1])', ...args) => (path) => {
  const result = child.spawnSync(process.execPath, [...args, '-e', code, path], { encoding: 'utf8', ...options });
  if (result.stderr.includes('EPERM')) throw Object.assign(new Error(result.stderr), { code: 'EPERM' });
  if (result.status !== 0) throw new Error(result.stderr);
};
/** A program that was not armed ends otherwise than one that is refused. */
const ends = (program) => { const { status, stderr } = refuse(child.spawnSync(program, { encoding: 'utf8' })); if (status !== 0) throw Object.assign(new Error(stderr), { code: stderr.includes('goes around') ? 'EPERM' : 'OTHER' }); };
const works = (options) => (path) => event(new Worker(`require('node:fs').readFileSync(${JSON.stringify(path)})`, { eval: true, ...options }), 'exit');

/** Does something while what is open below `from` stands at `to`, where it is secret. */
const rename = async (from, to, run) => { child.execFileSync('mv', [from, to]); try { await run(); } finally { child.execFileSync('mv', [to, from]); } };

/** A file that was open, and what inherits all that it inherits. */
const closedHandle = async () => { const handle = await promises.open('/dev/null'); await handle.close(); return handle; };
const inheriting = (object, handle) => Object.defineProperties(Object.setPrototypeOf(object, Object.getPrototypeOf(handle)), Object.getOwnPropertyDescriptors(object));

/** A link to the tool that nobody knows by its name. */
const links = (name) => { fs.mkdirSync(`${root}/links`, { recursive: true }); fs.rmSync(`${root}/links/${name}`, { force: true }); fs.symlinkSync(TOOL, `${root}/links/${name}`); };
/** Does something in a directory. */
const inside = async (folder, run) => { process.chdir(folder); try { return await run(); } finally { process.chdir('/'); } };
/** Does something with a property of reports as it is then. */
const reporting = (name, value, run) => { const before = process.report[name]; process.report[name] = value; try { return run(); } finally { process.report[name] = before; } };
const engined = (options) => event(tls.connect({ port: 9, host: '127.0.0.1', ...options }), 'secureConnect');
const snap = (...args) => fs.rmSync(v8.writeHeapSnapshot(...args), { force: true });
/** A server of names that answers every question with the name `a.blocked.test`. */
const named = async (run) => {
  const server = dgram.createSocket('udp4');
  server.on('message', (question, { port }) => {
    const asked = question.subarray(12, question.indexOf(0, 12) + 5);
    const found = Buffer.from('\x01a\x07blocked\x04test\0');
    const answer = Buffer.from([0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 9, 0, found.length]);
    server.send(Buffer.concat([question.subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]), asked, answer, found]), port, '127.0.0.1');
  });
  await promisify(server.bind.bind(server))(0, '127.0.0.1');
  const resolver = new dns.promises.Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  return run(resolver).finally(() => server.close());
};
/** Node's own handles fail with a number. */
const native = (status) => { if (status !== undefined && status < 0) throw Object.assign(new Error(`${status}`), { code: status === -1 ? 'EPERM' : 'OTHER' }); };
/** One of a class that Node uses for itself, as `async_hooks` shows it. */
const requestOf = async (kind, run, args = []) => {
  let found;
  const hook = asyncHooks.createHook({ init(id, type, trigger, resource) { if (type === kind) found ??= resource; } }).enable();
  const used = run();
  used?.on?.('error', () => 0);
  for (let turns = 0; found === undefined && turns < 100; turns++) await new Promise((resolve) => { setTimeout(resolve, 1); });
  hook.disable();
  return new found.constructor(...args);
};
/** What stands behind an object, by one of its methods. */
const behind = (object, name) => Object.getOwnPropertySymbols(object).map((symbol) => object[symbol]).find((value) => typeof value?.[name] === 'function');
/** What stands behind a socket of datagrams. */
const hidden = (socket) => Object.getOwnPropertySymbols(socket).map((symbol) => socket[symbol]).find((value) => value?.handle !== undefined).handle;
const udp = (run) => { const socket = dgram.createSocket('udp4'); try { return run(hidden(socket)); } finally { socket.close(); } };
const Tcp = () => { const socket = net.connect(9, '127.0.0.1').on('error', () => 0); const { constructor } = socket._handle; socket.destroy(); return constructor; };
const Process = () => new child.ChildProcess()._handle.constructor;
/** What a handle of a child is told, in this Node's form: an object, or one after the other. */
const starts = (handle, spawn = handle.spawn) => {
  const own = new child.ChildProcess();
  let count;
  own._handle = { spawn(...args) { count = args.length; } };
  own.spawn({ file: 'true', stdio: 'ignore' });
  native(count === 1 ? spawn.call(handle, { file: TOOL, args: [TOOL], stdio: [] }) : spawn.call(handle, TOOL, [TOOL], undefined, undefined, [], 0));
};
/** A request to connect, made of the class that `async_hooks` shows. */
const connects = async (handle, name, address, port = 9) => {
  const request = await requestOf('TCPCONNECTWRAP', () => net.connect(9, '127.0.0.1'));
  return native(handle[name](request, address, port));
};
const sends = async (name, address) => {
  const socket = dgram.createSocket(name === 'send' ? 'udp4' : 'udp6');
  let request;
  // Node gives each request its list.
  Object.defineProperty(Object.prototype, 'list', { configurable: true, set(value) { request = this; Object.defineProperty(this, 'list', { value }); } });
  try {
    await promisify(socket.send.bind(socket))('x', 9, name === 'send' ? '127.0.0.1' : '::1');
    return native(hidden(socket)[name](new request.constructor(), [Buffer.from('x')], 1, 9, address, false));
  } finally {
    delete Object.prototype.list;
    socket.close();
  }
};
const asks = async (name, what) => {
  const resolver = new dns.Resolver({ timeout: 50, tries: 1 });
  const request = await requestOf('QUERYWRAP', () => resolver.resolve4('localhost', () => 0));
  try { return native(resolver._handle[name](request, what)); } finally { resolver.cancel(); }
};
/** Rows for what not every Node has. */
const only = (there, rows) => (there ? rows : {});
const Database = () => require('node:sqlite').DatabaseSync;
const hasDatabase = require('node:module').isBuiltin('node:sqlite');
const hasBackup = hasDatabase && require('node:sqlite').backup !== undefined;
const hasExtensions = hasDatabase && Database().prototype.loadExtension !== undefined;
const hasCache = require('node:module').enableCompileCache !== undefined;

/** Name, and what is done with the row's secret file. */
export const ROWS = {
  // First: what some of the others leave behind crashes Node's snapshots.
  'writeHeapSnapshot': (path) => snap(path),
  'writeHeapSnapshot to bytes': (path) => snap(Buffer.from(path)),
  'writeHeapSnapshot here': () => inside(`${root}/secret`, () => snap()),
  'readFileSync': (path) => fs.readFileSync(path),
  'readFile callback': (path) => promisify(fs.readFile)(path),
  'promises.readFile': (path) => promises.readFile(path),
  'node:fs/promises': async (path) => (await import('node:fs/promises')).readFile(path),
  'required fs': (path) => require('fs').readFileSync(path),
  'getBuiltinModule': (path) => (process.getBuiltinModule ?? require)('fs').readFileSync(path),
  'openSync': (path) => fs.closeSync(fs.openSync(path)),
  'open callback': (path) => promisify(fs.open)(path, 'r'),
  'promises.open': async (path) => (await promises.open(path)).close(),
  'open by number': (path) => fs.closeSync(fs.openSync(path, fs.constants.O_RDWR)),
  'createReadStream': (path) => tries(fs.createReadStream(path)),
  'new ReadStream': (path) => tries(new fs.ReadStream(path)),
  'rmdirSync by its own name': (path) => { try { fs.rmdirSync(path); } catch (error) { if (error.code !== 'ENOTDIR') throw error; } },
  'createWriteStream': (path) => tries(fs.createWriteStream(path).end('x')),
  'openAsBlob': (path) => fs.openAsBlob(path),
  'writeFileSync': (path) => fs.writeFileSync(path, 'x'),
  'writeFileSync of bytes': (path) => fs.writeFileSync(path, Buffer.from('x'), { mode: 0o600 }),
  'writeFileSync of what is new': (path) => fs.writeFileSync(`${path}.first`, 'x'),
  'writeFileSync by a link': (path) => { fs.symlinkSync(path, `${root}/link-w`); fs.writeFileSync(`${root}/link-w`, 'x'); },
  'writeFileSync below a linked directory': (path) => { fs.symlinkSync(`${root}/secret`, `${root}/way-w`); fs.writeFileSync(`${root}/way-w/${path.split('/').pop()}`, 'x'); },
  'appendFileSync': (path) => fs.appendFileSync(path, 'x'),
  'appendFileSync by a link': (path) => { fs.symlinkSync(path, `${root}/link-a`); fs.appendFileSync(`${root}/link-a`, 'x'); },
  'openSync to write': (path) => fs.closeSync(fs.openSync(path, 'r+')),
  'openSync to append by a link': (path) => { fs.symlinkSync(path, `${root}/link-o`); fs.closeSync(fs.openSync(`${root}/link-o`, 'a')); },
  'openSync that cuts off by number': (path) => fs.closeSync(fs.openSync(path, fs.constants.O_TRUNC)),
  'openSync of what must be new': (path) => fs.closeSync(fs.openSync(`${path}.only`, 'wx', 0o600)),
  'promises.writeFile': (path) => promises.writeFile(path, 'x'),
  'appendFile callback': (path) => promisify(fs.appendFile)(path, 'x'),
  'truncateSync': (path) => fs.truncateSync(path),
  'unlinkSync': (path) => fs.unlinkSync(path),
  'promises.rm': (path) => promises.rm(path),
  'renameSync away': (path) => fs.renameSync(path, `${root}/taken`),
  'renameSync over': (path) => { fs.writeFileSync(`${root}/mine`, ''); fs.renameSync(`${root}/mine`, path); },
  'linkSync': (path) => fs.linkSync(path, `${root}/hard`),
  'copyFileSync': (path) => fs.copyFileSync(path, `${root}/copy`),
  'cpSync': (path) => fs.cpSync(path, `${root}/copy2`),
  'promises.cp': (path) => promises.cp(path, `${root}/copy3`),
  'chmodSync': (path) => fs.chmodSync(path, 0o600),
  'utimes callback': (path) => promisify(fs.utimes)(path, 1, 1),
  'mkdirSync below': (path) => fs.mkdirSync(`${path}.new`),
  'symlinkSync into': (path) => fs.symlinkSync('/etc/hostname', `${path}.link`),
  'readdirSync': (path) => fs.readdirSync(`${path}/..`),
  'opendirSync': () => fs.opendirSync(`${root}/secret`).closeSync(),
  'fchmodSync of an inherited descriptor': () => fs.fchmodSync(3, 0o600),
  'a Buffer': (path) => fs.readFileSync(Buffer.from(path)),
  'a URL': (path) => fs.readFileSync(pathToFileURL(path)),
  'dots': (path) => fs.readFileSync(`${root}/bin/../secret/./${path.split('/').pop()}`),
  'double slashes': (path) => fs.readFileSync(path.replaceAll('/', '//')),
  'relative': (path) => { process.chdir(`${root}/secret`); try { return fs.readFileSync(path.split('/').pop()); } finally { process.chdir('/'); } },
  'relative with a dot': (path) => inside(`${root}/secret`, () => fs.readFileSync(`./${path.split('/').pop()}`)),
  'relative by a directory above': (path) => inside(`${root}/bin`, () => fs.readFileSync(`../secret/${path.split('/').pop()}`)),
  'relative by a link': (path) => inside(root, () => { fs.symlinkSync('secret', 'way-r'); return fs.readFileSync(`way-r/${path.split('/').pop()}`); }),
  'relative to write by a link': (path) => inside(root, () => { fs.symlinkSync(`secret/${path.split('/').pop()}`, 'link-r'); fs.writeFileSync('link-r', 'x'); }),
  'relative after a link to the directory': (path) => { fs.symlinkSync(`${root}/secret`, `${root}/way-c`); return inside(`${root}/way-c`, () => fs.readFileSync(path.split('/').pop())); },
  'relative to make': (path) => inside(`${root}/secret`, () => fs.mkdirSync(`${path.split('/').pop()}.made`)),
  'relative to rename over': (path) => inside(root, () => { fs.writeFileSync('mine-r', ''); fs.renameSync('mine-r', `secret/${path.split('/').pop()}`); }),
  'relative to rename away': (path) => inside(`${root}/secret`, () => fs.renameSync(path.split('/').pop(), '../taken-r')),
  'relative to copy': (path) => inside(root, () => fs.copyFileSync(`secret/${path.split('/').pop()}`, 'copy-r')),
  'relative from the root': (path) => inside('/', () => fs.readFileSync(path.slice(1))),
  'relative after the directory was renamed': async () => { fs.mkdirSync(`${root}/way-m/own`, { recursive: true }); fs.writeFileSync(`${root}/way-m/own/file`, ''); await inside(`${root}/way-m/own`, () => { fs.readFileSync('file'); return rename(`${root}/way-m`, `${root}/secret/moved-r`, () => fs.readFileSync('file')); }); },
  'a symbolic link': (path) => { fs.symlinkSync(path, `${root}/soft`); return fs.readFileSync(`${root}/soft`); },
  'a linked directory': (path) => { fs.symlinkSync(`${root}/secret`, `${root}/way`); return fs.readFileSync(`${root}/way/${path.split('/').pop()}`); },
  'a link to what is not there yet': (path) => { fs.symlinkSync(`${path}.later`, `${root}/later`); fs.writeFileSync(`${root}/later`, 'x'); },
  '/proc/self/root': (path) => fs.readFileSync(`/proc/self/root${path}`),
  '/proc/self/cwd': (path) => fs.readFileSync(`/proc/self/cwd/..${path}`),
  'require of JSON': (path) => require(path),
  'spawn': () => ran(TOOL),
  'spawn by PATH': () => ran('blocked-tool', { env: { PATH: `${root}/bin` } }),
  'spawn by PATH behind a directory': () => { fs.mkdirSync(`${root}/dirs/blocked-tool`, { recursive: true }); return ran('blocked-tool', { env: { PATH: `${root}/dirs:${root}/bin` } }); },
  'spawn in a shell': () => ran('blocked-tool x', { shell: true }),
  'spawn of a link': () => { fs.symlinkSync(TOOL, `${root}/innocent`); return ran(`${root}/innocent`); },
  'spawnSync': () => refuse(child.spawnSync(TOOL)),
  'exec': () => promisify(child.exec)(TOOL),
  'execSync': () => child.execSync(TOOL),
  'execSync after another': () => child.execSync(`true && ${TOOL}`),
  'execSync in quotes': () => child.execSync(`"${root}/bin/blocked"-tool`),
  'execSync substituted': () => child.execSync(`echo $(${TOOL})`),
  'execSync in a pipe': () => child.execSync(`echo x|${TOOL}`),
  'execSync after env': () => child.execSync(`env A=1 ${TOOL}`),
  'sh -c sh -c': () => child.execSync(`sh -c 'sh -c ${TOOL}'`),
  'execSync with backslashes': () => child.execSync([...TOOL].map((one) => `\\${one}`).join('')),
  'execSync in backticks': () => child.execSync(`echo \`${TOOL}\``),
  'execSync in the background': () => child.execSync(`${TOOL} & wait`),
  'execSync in an or': () => child.execSync(`false||${TOOL}`),
  'execSync on the next line': () => child.execSync(`true\n${TOOL}`),
  'execSync in parentheses': () => child.execSync(`(${TOOL})`),
  'execSync in an if': () => child.execSync(`if ${TOOL}; then :; fi`),
  'execSync in a case': () => child.execSync(`case a in a) ${TOOL};; esac`),
  'execSync in a here-document': () => child.execSync(`cat <<END\n$(${TOOL})\nEND`),
  'execSync after an assignment': () => child.execSync(`A=1 B='2 3' ${TOOL}`),
  'execSync after a redirection': () => child.execSync(`>/dev/null 2>&1 ${TOOL}`),
  'execSync after nice': () => child.execSync(`nice -n 5 ${TOOL}`),
  'execSync after cd': () => child.execSync(`cd ${BIN} && ./blocked-tool`),
  'execSync by an own PATH': () => child.execSync(`PATH=${BIN}:$PATH blocked-tool`),
  'execSync by a link in an own PATH': () => { links('by-path'); return child.execSync(`PATH=${root}/links:$PATH by-path`); },
  'execSync after an own PATH of another': () => { links('by-other'); return child.execSync('PATH=/none true; by-other', { env: { ...process.env, PATH: `${root}/links:${process.env.PATH}` } }); },
  'execSync by a link after cd': () => { links('by-cd'); return child.execSync(`cd ${root}/links && ./by-cd`); },
  'execSync by eval': () => child.execSync(`eval '${TOOL}'`),
  'execSync by exec': () => child.execSync(`exec ${TOOL}`),
  'execSync by find': () => child.execSync(`find /etc/hostname -exec ${TOOL} \\;`),
  'execSync by xargs': () => child.execSync(`echo | xargs ${TOOL}`),
  'script': () => ran('script', ['-qc', `${TOOL} x`, '/dev/null']),
  'script with a long option': () => ran('script', ['--quiet', `--command=${TOOL} x`, '/dev/null']),
  'script with its argument attached': () => ran('script', ['-q', `-c${TOOL} x`, '/dev/null']),
  'flock': () => ran('flock', [`${root}/lock`, '-c', `${TOOL} x`]),
  'flock of a program': () => ran('flock', [`${root}/lock`, TOOL]),
  'setarch': () => ran('setarch', ['linux64', TOOL]),
  'su': () => ran('su', ['nobody', '-s', '/bin/sh', '-c', `${TOOL} x`]),
  'runuser': () => ran('runuser', ['-u', 'nobody', '--', TOOL]),
  'setpriv': () => ran('setpriv', ['--no-new-privs', TOOL]),
  'prlimit': () => ran('prlimit', ['--nofile=64', TOOL]),
  'taskset': () => ran('taskset', ['-c', '0', TOOL]),
  'nsenter': () => ran('nsenter', ['--target', `${process.pid}`, TOOL]),
  'unshare': () => ran('unshare', ['--user', TOOL]),
  'chroot': () => ran('chroot', ['/', TOOL]),
  'setsid': () => ran('setsid', ['--wait', TOOL]),
  'stdbuf': () => ran('stdbuf', ['-o', 'L', TOOL]),
  'timeout': () => ran('timeout', ['-k', '1', '2.5s', TOOL]),
  'watch': () => ran('watch', ['-n', '1', `true; ${TOOL}`], { timeout: 500 }),
  'parallel': () => ran('parallel', [`${TOOL} {}`, ':::', 'x']),
  'busybox': () => ran('busybox', ['sh', '-c', TOOL]),
  'a program by the loader': () => ran(LOADER, [TOOL]),
  'a program by the loader in a shell': () => child.execSync(`${LOADER} --argv0 x ${TOOL} || true`),
  'a script of a shell': () => ran('/bin/sh', [TOOL]),
  'a script of a shell after an option': () => ran('bash', ['-eo', 'pipefail', TOOL]),
  'a script that a shell reads': () => child.execSync(`. ${TOOL}`),
  'a script of another Node': () => ran(process.execPath, [TOOL]),
  'a program behind a script': () => { fs.writeFileSync(`${root}/uses-tool`, `#!${TOOL}\n`, { mode: 0o755 }); return ran(`${root}/uses-tool`); },
  'LD_PRELOAD of a child': (path) => ran('true', { env: { ...process.env, LD_PRELOAD: path } }),
  'LD_PRELOAD of this process': async (path) => { process.env.LD_PRELOAD = path; try { await ran('true'); } finally { delete process.env.LD_PRELOAD; } },
  'LD_PRELOAD in a shell': (path) => child.execSync(`LD_PRELOAD=${path} true`, { stdio: 'ignore' }),
  'LD_AUDIT in a shell': (path) => child.execSync(`export LD_AUDIT=${path}; true`, { stdio: 'ignore' }),
  'LD_PRELOAD by env': (path) => ran('env', [`LD_PRELOAD=${path}`, 'true']),
  'a library by the loader': (path) => ran(LOADER, ['--preload', path, '/bin/true']),
  'execFile': () => promisify(child.execFile)(TOOL),
  'execFileSync': () => child.execFileSync(TOOL),
  'execFileSync of a shell': () => child.execFileSync('/bin/sh', ['-c', TOOL]),
  'ChildProcess itself': () => { const own = new child.ChildProcess(); own.spawn({ file: TOOL, args: [TOOL], stdio: 'ignore' }); return event(own, 'exit'); },
  'a child Node': nodes({}),
  'a child Node without environment': nodes({ env: {} }),
  'a child Node with other options': nodes({ env: { NODE_OPTIONS: '--no-warnings' } }),
  'fork without execArgv': () => event(child.fork(`${root}/reads.js`, [`${root}/secret/fork`], { execArgv: [], env: {}, silent: true }), 'exit').then((code) => { if (code !== 0) throw Object.assign(new Error(`${code}`), { code: code === 7 ? 'EPERM' : 'OTHER' }); }),
  'a worker': works({}),
  'a worker without preload': works({ execArgv: [], env: {} }),
  'net.connect': () => event(net.connect(9, '127.0.0.2'), 'connect'),
  'new net.Socket': () => event(new net.Socket().connect({ port: 9, host: '127.0.0.2' }), 'connect'),
  'an address in IPv6': () => event(net.connect(9, '::ffff:127.0.0.2'), 'connect'),
  'a name that leads there': () => event(net.connect({ port: 9, host: 'innocent.test', lookup: (name, options, done) => (options.all ? done(null, [{ address: '127.0.0.2', family: 4 }]) : done(null, '127.0.0.2', 4)) }), 'connect'),
  'net.connect by name': () => event(net.connect(9, 'a.blocked.test'), 'connect'),
  'tls.connect': () => event(tls.connect(9, '127.0.0.2'), 'secureConnect'),
  'http.get': () => event(http.get('http://127.0.0.2:9/'), 'response'),
  'http.request with options': () => event(http.request({ host: '127.0.0.2', port: 9 }).end(), 'response'),
  'https.get': () => event(https.get('https://127.0.0.2:9/'), 'response'),
  'http2.connect': () => event(http2.connect('http://127.0.0.2:9'), 'connect'),
  'fetch': () => fetch('http://127.0.0.2:9901/').catch((error) => { throw error.cause ?? error; }),
  'dgram.send': () => { const socket = dgram.createSocket('udp4'); return promisify(socket.send.bind(socket))(Buffer.from('x'), 9, '127.0.0.2').finally(() => socket.close()); },
  'dgram.connect': () => { const socket = dgram.createSocket('udp4'); return promisify(socket.connect.bind(socket))(9, '127.0.0.2').finally(() => socket.close()); },
  'dns.lookup': () => promisify(dns.lookup)('a.blocked.test'),
  'dns.promises.lookup': () => dns.promises.lookup('A.BLOCKED.test.'),
  'dns.resolve4': () => promisify(dns.resolve4)('a.blocked.test'),
  'dns.promises.resolveTxt': () => dns.promises.resolveTxt('a.blocked.test'),
  'new Resolver': () => { const resolver = new dns.Resolver({ timeout: 50, tries: 1 }); return promisify(resolver.resolve4.bind(resolver))('a.blocked.test'); },
  'new promises.Resolver': () => new dns.promises.Resolver({ timeout: 50, tries: 1 }).resolve('a.blocked.test'),
  'process.dlopen': (path) => process.dlopen({ exports: {} }, path),
  'process.dlopen up to a zero byte': (path) => process.dlopen({ exports: {} }, `${path}\0x`),
  'process.binding': () => process.binding('fs'),
  'readFileSync that writes': (path) => fs.readFileSync(path, { flag: 'w+' }),
  'readFile by flag a+': (path) => promisify(fs.readFile)(path, { flag: 'a+' }),
  'promises.readFile by number': (path) => promises.readFile(path, { flag: fs.constants.O_RDWR | fs.constants.O_TRUNC }),
  'createReadStream that writes': (path) => tries(fs.createReadStream(path, { flags: 'w+' })),
  'writeFileSync with flag 0': (path) => fs.writeFileSync(path, 'x', { flag: 0 }),
  'open with letters turned round': (path) => fs.closeSync(fs.openSync(`${path}.new`, 'xw')),
  'a FileHandle that changes the mode': async (path) => { const handle = await promises.open(`${root}/way-to/open`, 'w'); await rename(`${root}/way-to`, `${root}/secret/open${path.length}`, () => handle.chmod(0o600)).finally(() => handle.close()); },
  'a FileHandle that changes the times': async (path) => { const handle = await promises.open(`${root}/way-to/open`, 'w'); await rename(`${root}/way-to`, `${root}/secret/times${path.length}`, () => handle.utimes(1, 1)).finally(() => handle.close()); },
  'bytes that inherit from a FileHandle': async (path) => { fs.readFileSync(inheriting(Buffer.from(path), await closedHandle())); },
  'an address that inherits from a FileHandle': async (path) => { const { href, protocol, hostname, pathname } = pathToFileURL(path); fs.readFileSync(inheriting({ href, protocol, hostname, pathname }, await closedHandle())); },
  'readFile of a FileHandle': async (path) => { const handle = await promises.open(path); await handle.readFile(); },
  'promisify of opendir': async () => (await promisify(fs.opendir)(`${root}/secret`)).close(),
  'a copy of a directory above': (path) => fs.cpSync(`${root}/secret/..`, `${root}-copy${path.length}`, { recursive: true }),
  'promises.cp of a directory above': (path) => promises.cp(`${root}/secret/..`, `${root}-copies${path.length}`, { recursive: true }),
  'a change of directory after the call': async (path) => { process.chdir('/'); const reading = promisify(fs.readFile)(`${root.slice(1)}/secret/../bin/../secret/${path.split('/').pop()}`); process.chdir('/tmp'); try { return await reading; } finally { process.chdir('/'); } },
  'a URL that changes': (path) => { let asked = 0; const url = pathToFileURL('/etc/hostname'); Object.defineProperty(url, 'pathname', { get: () => (asked++ < 1 ? path : '/etc/hostname') }); return fs.readFileSync(url); },
  'options that change': (path) => { let asked = 0; return fs.writeFileSync(path, 'x', { get flag() { return asked++ === 0 ? 'r+' : 'w'; } }); },
  'bytes that say they are others': (path) => { const bytes = Buffer.from(path); bytes.valueOf = () => Buffer.from('/etc/hostname'); bytes.toString = () => '/etc/hostname'; return fs.readFileSync(bytes); },
  'a name that is no UTF-8': (path) => { const name = Buffer.concat([Buffer.from(`${root}/soft`), Buffer.from([0xff])]); fs.symlinkSync(path, name); return fs.readFileSync(name); },
  'spawn of env': () => ran('env', ['A=1', TOOL]),
  'spawn of a shell with options between': () => ran('/bin/sh', ['-e', '-c', '-x', TOOL]),
  'a shell with an option that takes an argument': () => ran('bash', ['-eco', 'pipefail', TOOL]),
  'a shell with such an option after c': () => ran('sh', ['-co', 'nounset', TOOL]),
  'a shell with such an option before c': () => ran('sh', ['-oc', 'nounset', TOOL]),
  'a shell with two such options': () => ran('bash', ['-Oco', 'extglob', 'pipefail', TOOL]),
  'a shell with such an option apart': () => ran('bash', ['-o', 'pipefail', '-c', '-O', 'extglob', TOOL]),
  'a shell with an option taken back': () => ran('sh', ['+co', 'nounset', TOOL]),
  'a shell with a long option': () => ran('bash', ['-rcfile', '/dev/null', '-c', TOOL]),
  'a shell after the end of options': () => ran('sh', ['-c', '--', TOOL]),
  'a shell as a coprocess': () => ran('bash', ['-c', `coproc ${TOOL}; wait`]),
  'a shell as a coprocess with a name': () => ran('bash', ['-c', `coproc OWN { ${TOOL}; }; wait`]),
  'a shell in a function': () => ran('bash', ['-c', `function f { ${TOOL}; }; f`]),
  'a shell that takes the time': () => ran('bash', ['-c', `time -p ${TOOL}`]),
  'a shell that takes the time after options': () => ran('bash', ['-c', `time -- ${TOOL}`]),
  'a shell by an alias': () => ran('sh', ['-c', `alias own=${TOOL}\nown`]),
  'a shell by an alias that takes it': () => ran('sh', ['-c', `alias own='exec sh -c'\nown ${TOOL}`]),
  'env that splits': () => ran('env', ['-S', `A=1 ${TOOL}`]),
  'env that splits into options': () => ran('env', ['-S', `-u X ${TOOL}`]),
  'env behind env': () => ran('env', [...Array(30).fill('env'), TOOL]),
  'a shell after many directories': () => { links('by-far'); return child.execSync(`${'cd /usr; cd bin; cd ..; cd lib; cd ..; '.repeat(3)}cd ${root}/links; ./by-far`); },
  'env that splits a long option': () => ran('env', ['--split-string', `A=1 ${TOOL}`]),
  'env that splits a short name': () => ran('env', [`--sp=A=1 ${TOOL}`]),
  'env that splits among options': () => ran('env', ['-vS', `A=1 ${TOOL}`]),
  'a shell by another name': () => { fs.symlinkSync('/bin/sh', `${root}/innocent-sh`); return ran(`${root}/innocent-sh`, ['-c', TOOL]); },
  'an emptied environment': () => child.execSync(`env -i ${process.execPath} -e 0`),
  'an option given anew': () => child.execSync(`NODE_OPTIONS= ${process.execPath} -e 0`),
  'an option taken away': () => child.execSync(`unset NODE_OPTIONS; ${process.execPath} -e 0`),
  'an emptied environment of exec': () => ran('bash', ['-c', `exec -c ${process.execPath} -e 0`]),
  'an emptied environment that is split': () => ran('env', ['-S', `-i ${process.execPath} -e 0`]),
  'an option taken away by a short name': () => child.execSync(`env -uNODE_OPTIONS ${process.execPath} -e 0`),
  'an option taken away by a beginning': () => child.execSync(`env --un=NODE_OPTIONS ${process.execPath} -e 0`),
  'spawn with an emptied environment': () => ran('env', ['-u', 'NODE_OPTIONS', process.execPath, '-e', '0']),
  'a child Node with internals': () => ran(process.execPath, ['--expose-internals', '-e', 'require("internal/test/binding")']),
  'a child Node with internals by another spelling': () => ran(process.execPath, ['--expose_internals=true', '-e', '0']),
  'a copy of Node with internals': () => { fs.copyFileSync(process.execPath, `${root}/copied`); return ran(`${root}/copied`, ['--expose-internals', '-e', '0']); },
  'a script that names Node with internals': () => { fs.writeFileSync(`${root}/script`, `#!${process.execPath} --expose-internals\nrequire('internal/test/binding')`, { mode: 0o755 }); return ends(`${root}/script`); },
  'a worker with internals': () => event(new Worker('require("internal/test/binding")', { eval: true, execArgv: ['--expose-internals'] }), 'exit'),
  'a library that is loaded into a child': (path) => ran('true', { env: { LD_PRELOAD: `libc.so.6 ${path}` } }),
  'a library that audits a child': (path) => ran('true', { env: { LD_AUDIT: path } }),
  'a library below the folder of a child': (path) => refuse(child.spawnSync('true', { env: { LD_PRELOAD: `./${path.split('/').pop()}` }, cwd: `${root}/secret` })),
  'a library where the loader looks': (path) => child.execSync('true', { env: { LD_PRELOAD: path.split('/').pop(), LD_LIBRARY_PATH: `/nowhere:${root}/secret` } }),
  'a library in a shell': (path) => child.execSync(`LD_PRELOAD=${path} true`),
  'a library behind env': (path) => ran('env', [`LD_PRELOAD=${path}`, 'true']),
  'a child Node that builds a snapshot': () => ran(process.execPath, ['--snapshot-blob', `${root}/blob`, '--build-snapshot', `${root}/reads.js`]),
  'a child Node that runs a snapshot': () => ran(process.execPath, ['--snapshot-blob', `${root}/blob`]),
  'a snapshot in the options of a child': () => ran(process.execPath, ['-e', '0'], { env: { NODE_OPTIONS: `"--snapshot_blob=${root}/blob"` } }),
  'a child Node that runs a command': () => ran(process.execPath, ['--no-warnings', '-C', 'x', '--run', 'test'], { cwd: root }),
  'a child Node that makes an application': () => ran('node', [`--experimental-sea-config=${root}/sea.json`], { cwd: root }),
  'a child Node with variables of a file': (path) => ran(process.execPath, [`--env-file=${path}`, '-e', '0']),
  'a child Node with variables of a file from its folder': (path) => ran(process.execPath, ['-r', 'fs', '--env-file', path.split('/').pop(), '-e', '0'], { cwd: `${root}/secret` }),
  'a shell that starts Node with variables of a file': (path) => child.execSync(`node --env-file-if-exists ${path} -e 0`),
  'a child Node whose variables of a file audit': (path) => { fs.writeFileSync(`${root}/env`, 'WARDLINE_MODE=audit\nWARDLINE_FAIL=open\n'); return nodes({}, 'require("node:fs").readFileSync(process.argv[1])', `--env-file=${root}/env`)(path); },
  'a child Node without warnings and addons': (path) => nodes({ env: { NODE_OPTIONS: '' } }, `require("node:module")._load("fs").readFileSync(process.argv[1])`)(path),
  'a child Node whose options only name the preload': (path) => nodes({ env: { NODE_OPTIONS: `--title="${import.meta.url} wardline/function/index.js"` } })(path),
  'a child Node in audit mode': (path) => { process.env.WARDLINE_MODE = 'audit'; try { return nodes({ env: { ...process.env, WARDLINE_MODE: 'audit', WARDLINE_BUNDLE: '/nonexistent', WARDLINE_FAIL: 'open' } })(path); } finally { delete process.env.WARDLINE_MODE; } },
  'the class that Worker inherits from': (path) => { const Original = Object.getPrototypeOf(Worker); const Used = typeof Original === 'function' && Original.prototype instanceof Object && Original.name === 'Worker' ? Original : Worker; return event(new Used(`require('node:fs').readFileSync(${JSON.stringify(path)})`, { eval: true, execArgv: [], env: {} }), 'exit'); },
  'the constructor of a Worker': (path) => event(new Worker.prototype.constructor(`require('node:fs').readFileSync(${JSON.stringify(path)})`, { eval: true, execArgv: [], env: {} }), 'exit'),
  'a worker that requires again': (path) => event(new Worker(`delete require.cache[require.resolve('node:fs')]; process.getBuiltinModule?.('fs'); module.constructor._load('fs').readFileSync(${JSON.stringify(path)})`, { eval: true, execArgv: ['--no-warnings'], env: {} }), 'exit'),
  'module._load': (path) => require('node:module')._load('fs').readFileSync(path),
  'a cache that was cleared': (path) => { for (const name of Object.keys(require.cache)) delete require.cache[name]; return require('node:fs').readFileSync(path); },
  'Module._extensions': (path) => require('node:module')._extensions['.node']({ exports: {} }, path),
  'a vm realm': (path) => vm.runInNewContext('read(path)', { read: fs.readFileSync, path }),
  'a vm module that imports': async (path) => (await vm.runInThisContext('(s) => import(s)', { importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER })('node:fs')).readFileSync(path),
  'process._linkedBinding': () => process._linkedBinding('fs'),
  'the inspector': () => new inspector.Session().connect(),
  'hooks of the loader': () => require('node:module').register('data:text/javascript,'),
  'a stream of Blob': async (path) => (await fs.openAsBlob(path)).text(),
  'WASI': () => new (require('node:wasi').WASI)({ version: 'preview1', preopens: { '/': '/' } }),
  'process.loadEnvFile': (path) => (process.loadEnvFile ?? fs.readFileSync)(path),
  'a custom look-up for a datagram': () => { const socket = dgram.createSocket({ type: 'udp4', lookup: (name, options, done) => done(null, '127.0.0.2', 4) }); return promisify(socket.send.bind(socket))(Buffer.from('x'), 9, 'innocent.test').finally(() => socket.close()); },
  'a custom look-up for a connected datagram': () => { const socket = new dgram.Socket({ type: 'udp4', lookup: (name, options, done) => done(null, '127.0.0.2', 4) }); return promisify(socket.connect.bind(socket))(9, 'innocent.test').finally(() => socket.close()); },
  'a datagram to a name': () => { const socket = dgram.createSocket('udp4'); return promisify(socket.send.bind(socket))(Buffer.from('x'), 9, 'a.blocked.test').finally(() => socket.close()); },
  'a datagram to a part of a buffer': () => { const socket = dgram.createSocket('udp4'); return promisify(socket.send.bind(socket))(Buffer.from('xyz'), 0, 1, 9, '127.0.0.2').finally(() => socket.close()); },
  'a datagram to a number that is an address': () => { const socket = dgram.createSocket('udp4'); return promisify(socket.send.bind(socket))(Buffer.from('x'), 9, '2130706434').finally(() => socket.close()); },
  'an address that the system reads': () => event(net.connect(9, '127.2'), 'connect'),
  'a look-up that answers differently': () => event(net.connect({ port: 9, host: 'innocent.test', lookup: (name, options, done) => { let asked = 0; const one = { get address() { return asked++ === 0 ? '127.0.0.2' : '127.0.0.1'; }, family: 4 }; done(null, options.all ? [one] : one.address, 4); } }), 'connect'),
  'an empty host with a look-up': () => event(net.connect({ port: 9, host: '', lookup: (name, options, done) => (options.all ? done(null, [{ address: '127.0.0.2', family: 4 }]) : done(null, '127.0.0.2', 4)) }), 'connect'),
  'calls replaced later': (path) => {
    const saved = [Function.prototype.call, Function.prototype.apply, Reflect.apply, Array.prototype.includes, String.prototype.includes];
    Function.prototype.call = Function.prototype.apply = Reflect.apply = Array.prototype.includes = String.prototype.includes = () => undefined;
    try { return fs.readFileSync(path); } finally {
      [Function.prototype.call, Function.prototype.apply, Reflect.apply, Array.prototype.includes, String.prototype.includes] = saved;
    }
  },
  'crypto.setEngine': (path) => crypto.setEngine(path),
  'crypto.setEngine of a program': () => crypto.setEngine(TOOL),
  'crypto.setEngine of a link': (path) => { fs.symlinkSync(path, `${root}/engine.so`); crypto.setEngine(`${root}/engine.so`); },
  'crypto.setEngine up to a zero byte': (path) => crypto.setEngine(`${path}\0x`),
  'crypto.setEngine from here': (path) => inside(`${root}/bin`, () => crypto.setEngine(`../secret/${path.split('/').pop()}`)),
  'crypto.setEngine out of its directory': () => crypto.setEngine('../../nowhere/engine'),
  'crypto.setEngine in a directory of engines': () => { process.env.OPENSSL_ENGINES = `${root}/secret`; try { crypto.setEngine('own'); } finally { delete process.env.OPENSSL_ENGINES; } },
  'clientCertEngine': (path) => tls.createSecureContext({ clientCertEngine: path }),
  'privateKeyEngine': (path) => tls.createSecureContext({ privateKeyEngine: path, privateKeyIdentifier: 'key' }),
  'the class that createSecureContext makes': (path) => tls.createSecureContext().context.setClientCertEngine(path),
  'the key of a context': (path) => tls.createSecureContext().context.setEngineKey('key', path),
  'clientCertEngine of tls.connect': (path) => engined({ clientCertEngine: path }),
  'privateKeyEngine of tls.connect': (path) => engined({ privateKeyEngine: path, privateKeyIdentifier: 'key' }),
  'clientCertEngine of https': (path) => event(https.get({ host: '127.0.0.1', port: 9, clientCertEngine: path }), 'response'),
  'privateKeyEngine of an agent': (path) => event(https.get({ host: '127.0.0.1', port: 9, agent: new https.Agent({ privateKeyEngine: path, privateKeyIdentifier: 'key' }) }), 'response'),
  'clientCertEngine of http2': (path) => event(http2.connect('https://127.0.0.1:9', { clientCertEngine: path }), 'connect'),
  'clientCertEngine of a server': (path) => tls.createServer({ clientCertEngine: path }),
  'setHeapSnapshotNearHeapLimit': () => inside(`${root}/secret`, () => v8.setHeapSnapshotNearHeapLimit(1)),
  'a directory for a snapshot near the limit': () => { v8.setHeapSnapshotNearHeapLimit(1); return inside(`${root}/secret`, () => 0); },
  'flags of V8 that write': (path) => v8.setFlagsFromString(`--logfile=${path}`),
  'writeReport': (path) => process.report.writeReport(path),
  'writeReport with an error': () => inside(`${root}/secret`, () => process.report.writeReport(new Error('x'))),
  'writeReport into a directory': () => reporting('directory', `${root}/secret`, () => process.report.writeReport('named')),
  'writeReport by the name of all': (path) => reporting('filename', path, () => process.report.writeReport()),
  'a report on a signal': (path) => reporting('filename', path, () => reporting('reportOnSignal', true, () => 0)),
  'a report on a signal up to a zero byte': (path) => reporting('filename', `${path}\0x`, () => reporting('reportOnSignal', true, () => 0)),
  'the name of a report on a signal': (path) => reporting('reportOnUncaughtException', true, () => reporting('filename', path, () => 0)),
  'a trace of events': () => inside(`${root}/secret`, () => { const tracing = require('node:trace_events').createTracing({ categories: ['node'] }); tracing.enable(); tracing.disable(); }),
  'a child that caches code': () => child.execFileSync(process.execPath, ['-e', '0'], { env: { NODE_COMPILE_CACHE: `${root}/secret` } }),
  'a child that writes what it covers': () => ran(process.execPath, ['-e', '0'], { cwd: root, env: { NODE_V8_COVERAGE: 'secret' } }),
  'a child that writes its warnings': (path) => ran(process.execPath, ['-e', '0'], { env: { NODE_REDIRECT_WARNINGS: path } }),
  'dns.reverse': () => promisify(dns.reverse)('127.0.0.2'),
  'dns.reverse of an address in IPv6': () => promisify(dns.reverse)('::ffff:127.0.0.2'),
  'dns.promises.reverse': () => dns.promises.reverse('127.0.0.2'),
  'dns.lookupService': () => promisify(dns.lookupService)('127.0.0.2', 22),
  'dns.promises.lookupService': () => dns.promises.lookupService('127.0.0.2', 22),
  'reverse of a Resolver': () => { const resolver = new dns.Resolver({ timeout: 50, tries: 1 }); return promisify(resolver.reverse.bind(resolver))('127.0.0.2'); },
  'reverse of a promises.Resolver': () => new dns.promises.Resolver({ timeout: 50, tries: 1 }).reverse('127.0.0.2'),
  'an address that leads to a name': () => named((resolver) => resolver.reverse('127.0.0.9')),
  'the handle of a child': () => starts(new (Process())()),
  'the handle of a child that was made': () => starts(new child.ChildProcess()._handle),
  'the handle of a child with another prototype': () => { const { spawn } = Process().prototype; starts(Object.setPrototypeOf(new (Process())(), null), spawn); },
  'a subclass of the handle of a child': () => starts(new (class extends Process() {})()),
  'the handle of a child by Reflect.construct': () => starts(Reflect.construct(Process(), [], Object), Process().prototype.spawn),
  'the handle of a child that async_hooks shows': async () => starts(await requestOf('PROCESSWRAP', () => child.spawn('true'))),
  'a child whose handle changes what starts': () => {
    const own = new child.ChildProcess();
    const handle = own._handle;
    own._handle = { spawn(first, ...others) { if (typeof first === 'object') first.file = TOOL; native(handle.spawn(typeof first === 'object' ? first : TOOL, ...others)); }, close() {} };
    own.spawn({ file: '/bin/true', args: ['true'], stdio: 'ignore' });
  },
  'a subscriber that changes what starts': async () => { let changed = false; const change = ({ options }) => { changed = true; options.file = TOOL; options.args[0] = TOOL; }; diagnostics.subscribe('tracing:child_process.spawn:start', change); try { await ran('true'); } finally { diagnostics.unsubscribe('tracing:child_process.spawn:start', change); } if (!changed) await ran(TOOL); },
  'the handle of a socket': () => connects(new (Tcp())(0), 'connect', '127.0.0.2'),
  'the handle of a socket up to a zero byte': () => connects(new (Tcp())(0), 'connect', '127.0.0.2\0x'),
  'the handle of a socket in IPv6': () => connects(new (Tcp())(0), 'connect6', '::ffff:127.0.0.2'),
  'the handle of a socket that connected elsewhere': async () => { const server = net.createServer().listen(0, '127.0.0.1'); await event(server, 'listening'); const { port } = server.address(); net.connect(port, '127.0.0.1').destroy(); try { return await connects(new (Tcp())(0), 'connect', '127.0.0.2', port); } finally { server.close(); } },
  'the handle of a socket of a subclass': () => connects(new (class extends Tcp() {})(0), 'connect', '127.0.0.2'),
  'the handle of a socket without its prototype': async () => { const TCP = Tcp(); const { connect } = TCP.prototype; return connects(Object.assign(Object.setPrototypeOf(new TCP(0), null), { connect }), 'connect', '127.0.0.2'); },
  'the handle of a socket of TLS': () => { const socket = tls.connect(9, '127.0.0.1').on('error', () => 0); return connects(socket._handle, 'connect', '127.0.0.2'); },
  'listening': () => event(net.createServer().listen(0, '127.0.0.2'), 'listening'),
  'listening at the address of a name': () => { const server = net.createServer(); return event(server.listen(0, '127.2'), 'listening').finally(() => server.close()); },
  'the handle of a server': () => { const handle = new (Tcp())(1); handle.bind('127.0.0.2', 0); native(handle.listen(1)); },
  'a handle that is bound': () => native(net._createServerHandle('127.0.0.2', 0, 4).listen(1)),
  'listening by a handle': () => event(net.createServer().listen({ handle: net._createServerHandle('127.0.0.2', 0, 4) }), 'listening'),
  'listening by a descriptor': () => { const handle = new (Tcp())(1); handle.bind('127.0.0.2', 0); handle.getsockname({}); return event(net.createServer().listen({ fd: handle.fd }), 'listening'); },
  'the handle of a datagram socket': () => sends('send', '127.0.0.2'),
  'the handle of a datagram socket in IPv6': () => sends('send6', '::ffff:127.0.0.2'),
  'the handle of a datagram socket that connects': () => udp((handle) => native(handle.connect('127.0.0.2', 9))),
  'the handle of a datagram socket that is bound': () => udp((handle) => native(handle.bind('127.0.0.2', 0, 0))),
  'the handle of a datagram socket by its class': () => udp((handle) => native(new handle.constructor().connect('127.0.0.2', 9))),
  'dgram._createSocketHandle': () => native([dgram._createSocketHandle('127.0.0.2', 0, 'udp4')].find((one) => typeof one === 'number')),
  'a datagram socket that is bound': () => { const socket = dgram.createSocket('udp4'); return event(socket.bind(0, '127.0.0.2'), 'listening').finally(() => socket.close()); },
  'a datagram socket that is bound by options': () => { const socket = dgram.createSocket('udp4'); return event(socket.bind({ port: 0, address: '127.0.0.2', exclusive: true }), 'listening').finally(() => socket.close()); },
  'a datagram socket that is bound to a name': () => { const socket = dgram.createSocket({ type: 'udp4', lookup: (name, options, done) => done(null, '127.0.0.2', 4) }); return event(socket.bind(0, 'own.test'), 'listening').finally(() => socket.close()); },
  'the handle of a resolver': () => asks('queryA', 'a.blocked.test'),
  'the handle of a resolver that asks for text': () => asks('queryTxt', 'a.blocked.test'),
  'the handle of a resolver up to a zero byte': () => asks('queryA', 'a.blocked.test\0x'),
  'the handle of a resolver that asks for an address': () => asks('getHostByAddr', '127.0.0.2'),
  'servers of a resolver': () => new dns.Resolver().setServers(['127.0.0.2']),
  'servers of a promises.Resolver': () => new dns.promises.Resolver().setServers(['127.0.0.1', '[::ffff:127.0.0.2]:5353']),
  'dns.setServers': () => dns.setServers(['127.0.0.2:53']),
  'dns.promises.setServers': () => dns.promises.setServers(['127.0.0.2:53']),
  'servers of the handle of a resolver': () => new dns.Resolver()._handle.setServers([[4, '127.0.0.2', 53]]),
  'the class behind WASI': () => new (new (require('node:wasi').WASI)({ version: 'preview1' }).wasiImport.constructor)([], [], ['/', '/'], [0, 1, 2]),
  'the class behind WASI that a subclass is given': () => { let own; new (class extends require('node:wasi').WASI { set wasiImport(value) { own ??= new value.constructor([], [], ['/', '/'], [0, 1, 2]); } })({ version: 'preview1' }); own ?? new (new (require('node:wasi').WASI)({ version: 'preview1' }).wasiImport.constructor)([], [], ['/', '/'], [0, 1, 2]); },
  'the class behind WASI that a getter is given': () => {
    let own;
    const take = (value) => { if (value?.fd_write) own ??= new value.constructor([], [], ['/', '/'], [0, 1, 2]); };
    Object.defineProperty(Object.prototype, 'taken', { configurable: true, enumerable: true, get() { take(this); return () => 0; }, set() {} });
    try { new (require('node:wasi').WASI)({ version: 'preview1' }); } finally { delete Object.prototype.taken; }
    own ?? new (new (require('node:wasi').WASI)({ version: 'preview1' }).wasiImport.constructor)([], [], ['/', '/'], [0, 1, 2]);
  },
  'the class behind a worker': () => { const own = new Worker('0', { eval: true }); const { constructor } = behind(own, 'startThread'); return new constructor(null, {}, [], new Float64Array(4), true, false, ''); },
  'the class behind a worker that async_hooks shows': async () => requestOf('WORKER', () => new Worker('0', { eval: true }), [null, {}, [], new Float64Array(4), true, false, '']),
  'the class behind a worker that is being made': () => {
    const { init } = EventEmitter;
    let own, made;
    EventEmitter.init = function (...args) { own ??= this; return init.apply(this, args); };
    try { new Worker('0', { eval: true, workerData: { get x() { made = new (behind(own, 'startThread').constructor)(null, {}, [], new Float64Array(4), true, false, ''); } } }); } finally { EventEmitter.init = init; }
    if (made === undefined) throw new Error('none');
  },
  'the handle of a trace of events': () => inside(`${root}/secret`, () => { const tracing = require('node:trace_events').createTracing({ categories: ['node'] }); const handle = behind(tracing, 'enable') ?? tracing; handle.enable(); handle.disable(); }),
  ...only(hasCache, {
    'enableCompileCache': () => require('node:module').enableCompileCache(`${root}/secret`),
    'enableCompileCache here': () => inside(`${root}/secret`, () => require('node:module').enableCompileCache('cache')),
  }),
  ...only(hasDatabase, {
    'DatabaseSync': (path) => new (Database())(path),
    'DatabaseSync that only reads': (path) => new (Database())(path, { readOnly: true }),
    'DatabaseSync of a URL': (path) => new (Database())(pathToFileURL(path)),
    'DatabaseSync of a URI': (path) => new (Database())(`file:${path}?mode=ro`),
    'DatabaseSync of an encoded URI': (path) => new (Database())(`file://localhost${path.replace('secret', '%73ecret')}#x`),
  }),
  ...only(hasBackup, {
    'backup': (path) => require('node:sqlite').backup(new (Database())(':memory:'), path),
    'backup to a URI': (path) => require('node:sqlite').backup(new (Database())(':memory:'), `file:${path}`),
  }),
  ...only(hasExtensions, {
    'loadExtension': (path) => new (Database())(':memory:', { allowExtension: true }).loadExtension(path),
    'loadExtension by the name without its end': (path) => { fs.symlinkSync(path, `${root}/extension.so`); new (Database())(':memory:', { allowExtension: true }).loadExtension(`${root}/extension`); },
  }),
};

/** What must go on working: read, written, run and connected without a word. */
export const HARMLESS = {
  'reading another file': () => fs.readFileSync('/etc/hostname'),
  'writing a file': () => fs.writeFileSync(`${root}/own`, 'x'),
  'running a program': () => child.execSync('true; echo x'),
  'a shell with arguments of its own': () => ran('bash', ['-euo', 'pipefail', '-c', 'test "$1" = blocked-tool', 'sh', 'blocked-tool']),
  'aliases': () => ran('sh', ['-c', "alias own='echo x'\nown blocked-tool >/dev/null"]),
  'words that are no programs': () => child.execSync("true $X; echo '$X' blocked-tool; cd / && ls; X=$HOME true; for x in $X; do true; done; cat <<END\nblocked-tool\nEND", { stdio: 'ignore' }),
  'shells that start what they may': () => { for (const line of ['coproc OWN { true; }; wait', 'time -p true', 'taskset -c 0 true', 'function f { true; }; f', 'timeout 5 true']) child.execFileSync('bash', ['-c', line], { stdio: 'ignore' }); },
  'a child Node': () => child.execFileSync(process.execPath, ['-e', '0']),
  'a script with options of its own': () => child.execFileSync(process.execPath, ['--no-warnings', '--title=own', '--enable-source-maps', '-r', 'fs', `${root}/reads.js`, '/etc/hostname', '--run', 'x', '--env-file', `${root}/secret/1`, '--snapshot-blob=x']),
  'a library of the system in a child': () => child.execSync('true', { env: { LD_PRELOAD: 'libc.so.6' } }),
  'variables of a file': () => { fs.writeFileSync(`${root}/own.env`, 'OWN=1\n'); child.execFileSync(process.execPath, [`--env-file=${root}/own.env`, '-e', 'process.exit(process.env.OWN - 1)']); },
  'connecting': async () => { const server = net.createServer().listen(0, '127.0.0.1'); await event(server, 'listening'); const socket = net.connect(server.address().port, '127.0.0.1'); await event(socket, 'connect'); socket.destroy(); server.close(); },
  'connecting to a name': async () => { const server = net.createServer().listen(0); await event(server, 'listening'); const socket = net.connect(server.address().port, 'localhost'); await event(socket, 'connect'); socket.destroy(); server.close(); },
  'listening': async () => { for (const args of [[0], [{ port: 0, host: 'localhost' }], [{ handle: net._createServerHandle('127.0.0.1', 0, 4) }], [`${root}/socket`]]) { const server = net.createServer().listen(...args); await event(server, 'listening'); server.close(); } },
  'datagrams': async () => { for (const [type, address] of [['udp4', '127.0.0.1'], ['udp6', '::1'], ['udp4', 'localhost']]) { const socket = dgram.createSocket(type); await event(socket.bind(0, address), 'listening'); const other = dgram.createSocket(type); await promisify(other.send.bind(other))('x', socket.address().port, address); await new Promise((resolve) => { socket.once('message', resolve); }); await promisify(other.connect.bind(other))(socket.address().port, address); await promisify(other.send.bind(other))('y'); other.close(); socket.close(); } },
  'a child with a channel': async () => { const own = child.fork(`${root}/reads.js`, ['/etc/hostname']); await event(own, 'exit'); },
  'servers of a resolver': () => { new dns.Resolver().setServers(['127.0.0.1', '[::1]:5353']); dns.setServers(dns.getServers()); },
  'looking up': () => dns.promises.lookup('localhost'),
  'an engine that is not there': () => { try { crypto.setEngine('/nonexistent/engine.so'); } catch (error) { if (error.code === 'EPERM') throw error; } },
  'an engine by name': () => { try { crypto.setEngine('none'); } catch (error) { if (error.code === 'EPERM') throw error; } },
  'contexts of TLS': () => { tls.createSecureContext(); tls.createSecureContext({ minVersion: 'TLSv1.3' }); },
  'a snapshot of the heap': () => snap(`${root}/own.heapsnapshot`),
  'a snapshot without a name': () => inside(root, () => snap()),
  'statistics of the heap': () => v8.getHeapStatistics(),
  'flags of V8': () => v8.setFlagsFromString('--expose-gc'),
  'a report': () => process.report.writeReport(`${root}/own.json`),
  'a report in a directory': () => reporting('directory', root, () => process.report.writeReport()),
  'a report on a signal elsewhere': () => reporting('directory', root, () => reporting('reportOnSignal', true, () => 0)),
  'a trace of events elsewhere': () => inside(root, () => { const tracing = require('node:trace_events').createTracing({ categories: ['node'] }); tracing.enable(); tracing.disable(); }),
  'a child that caches code elsewhere': () => child.execFileSync(process.execPath, ['-e', '0'], { env: { NODE_COMPILE_CACHE: `${root}/cache` } }),
  'reverse look-ups': async () => { await dns.promises.reverse('127.0.0.1').catch((error) => { if (error.code === 'EPERM') throw error; }); await promisify(dns.lookupService)('127.0.0.1', 22); },
  ...only(hasCache, { 'a cache of code': () => require('node:module').enableCompileCache(`${root}/cache`) }),
  ...only(hasDatabase, { 'databases': () => { new (Database())(':memory:').close(); new (Database())(`${root}/own.db`).close(); new (Database())(`file:${root}/own.db?mode=ro`).close(); } }),
  ...only(hasBackup, { 'a backup': () => require('node:sqlite').backup(new (Database())(':memory:'), `${root}/backup.db`) }),
  'standard output': () => fs.writeSync(1, ''),
  'a file that is not there': () => promises.readFile('/nonexistent').then(() => { throw new Error('there'); }, (error) => { if (error.code !== 'ENOENT') throw error; }),
};

if (root) {
  const size = () => (audit ? fs.statSync(audit).size : 0);
  for (const [group, rows] of Object.entries({ HARMLESS, ROWS })) {
    let index = 0;
    for (const [name, run] of Object.entries(rows)) {
      const before = size();
      let code = 'open';
      try {
        await Promise.race([run(`${root}/secret/${index++}`), new Promise((resolve) => { setTimeout(resolve, 3000).unref(); })]);
      } catch (error) {
        code = error.code ?? error.message.split('\n')[0];
      }
      fs.writeSync(1, `${JSON.stringify({ group, name, code, reported: size() > before })}\n`);
    }
  }
  process.exit(0);
}
