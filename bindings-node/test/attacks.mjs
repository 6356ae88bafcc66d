// The attacks of test/function.test.js: run in a process that the wrapper watches
// or that nobody does. Each row has a file of its own below `secret`.

import * as fs from 'node:fs';
import * as child from 'node:child_process';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import * as tls from 'node:tls';
import * as dgram from 'node:dgram';
import * as dns from 'node:dns';
import { Worker } from 'node:worker_threads';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const [root, audit] = process.argv.slice(2);
const { promises } = fs;
const TOOL = `${root}/bin/blocked-tool`;

const event = (emitter, good) => new Promise((resolve, reject) => emitter.once('error', reject).once(good, resolve));
const tries = (stream) => new Promise((resolve, reject) => stream.once('error', reject).once('close', resolve).once('finish', resolve).once('data', resolve));
const refuse = (result) => { if (result.error) throw result.error; return result; };
const ran = (program, ...args) => event(child.spawn(program, ...args), 'exit');
const nodes = (options, code = 'require("node:fs").readFileSync(process.argv[1])') => (path) => {
  const result = child.spawnSync(process.execPath, ['-e', code, path], { encoding: 'utf8', ...options });
  if (result.stderr.includes('EPERM')) throw Object.assign(new Error(result.stderr), { code: 'EPERM' });
  if (result.status !== 0) throw new Error(result.stderr);
};
const works = (options) => (path) => event(new Worker(`require('node:fs').readFileSync(${JSON.stringify(path)})`, { eval: true, ...options }), 'exit');

/** Name, and what is done with the row's secret file. */
export const ROWS = {
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
  'createWriteStream': (path) => tries(fs.createWriteStream(path).end('x')),
  'openAsBlob': (path) => fs.openAsBlob(path),
  'writeFileSync': (path) => fs.writeFileSync(path, 'x'),
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
  'a symbolic link': (path) => { fs.symlinkSync(path, `${root}/soft`); return fs.readFileSync(`${root}/soft`); },
  'a linked directory': (path) => { fs.symlinkSync(`${root}/secret`, `${root}/way`); return fs.readFileSync(`${root}/way/${path.split('/').pop()}`); },
  'a link to what is not there yet': (path) => { fs.symlinkSync(`${path}.later`, `${root}/later`); fs.writeFileSync(`${root}/later`, 'x'); },
  '/proc/self/root': (path) => fs.readFileSync(`/proc/self/root${path}`),
  '/proc/self/cwd': (path) => fs.readFileSync(`/proc/self/cwd/..${path}`),
  'require of JSON': (path) => require(path),
  'spawn': () => ran(TOOL),
  'spawn by PATH': () => ran('blocked-tool', { env: { PATH: `${root}/bin` } }),
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
  'process.binding': () => process.binding('fs'),
  'calls replaced later': (path) => {
    const saved = [Function.prototype.call, Function.prototype.apply, Reflect.apply, Array.prototype.includes, String.prototype.includes];
    Function.prototype.call = Function.prototype.apply = Reflect.apply = Array.prototype.includes = String.prototype.includes = () => undefined;
    try { return fs.readFileSync(path); } finally {
      [Function.prototype.call, Function.prototype.apply, Reflect.apply, Array.prototype.includes, String.prototype.includes] = saved;
    }
  },
};

/** What must go on working: read, written, run and connected without a word. */
export const HARMLESS = {
  'reading another file': () => fs.readFileSync('/etc/hostname'),
  'writing a file': () => fs.writeFileSync(`${root}/own`, 'x'),
  'running a program': () => child.execSync('true; echo x'),
  'a child Node': () => child.execFileSync(process.execPath, ['-e', '0']),
  'connecting': async () => { const server = net.createServer().listen(0, '127.0.0.1'); await event(server, 'listening'); const socket = net.connect(server.address().port, '127.0.0.1'); await event(socket, 'connect'); socket.destroy(); server.close(); },
  'looking up': () => dns.promises.lookup('localhost'),
  'standard output': () => fs.writeSync(1, ''),
  'a file that is not there': () => promises.readFile('/nonexistent').then(() => { throw new Error('there'); }, (error) => { if (error.code !== 'ENOENT') throw error; }),
};

if (root) {
  const size = () => (audit ? fs.statSync(audit).size : 0);
  for (const [group, rows] of Object.entries({ ROWS, HARMLESS })) {
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
