'use strict';
// Files that Node writes by itself: snapshots of the heap, reports, traces, the
// cache of compiled code. Names that Node would make up are made up here, so that
// what is asked about is what is written.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { replace } = require('./replace.js');
const { fromBuiltin, inBuiltin } = require('./builtin.js');
const { absolute, isAbsolute, untilZero } = require('./paths.js');
const { touchAll } = require('./environment.js');

const { existsSync } = fs;
const { pid } = process;
/** Triggers of reports that Node writes when the program no longer runs. */
const TRIGGERS = ['reportOnFatalError', 'reportOnSignal', 'reportOnUncaughtException'];
/** Words of V8's flags that write files or look behind what is hidden. */
const WRITING = ['log', 'prof', 'trace', 'redirect', 'dump', 'perf', 'file', 'natives'];
/** Directories and files that a child Node writes because its environment says so. */
const VARIABLES = [
  { name: 'NODE_COMPILE_CACHE', below: '/cache' }, { name: 'NODE_V8_COVERAGE', below: '/coverage' }, { name: 'NODE_REDIRECT_WARNINGS', below: '' },
];

function install(judge) {
  if (!judge.has('file') && !judge.has('credential')) return;
  const environment = process.env;
  const folder = diagnosticFolder();
  const writes = (call, path) => asksWrite(judge, call, path);
  const { taken, fixed } = judge;
  let made = 0;
  const tmpdir = fromBuiltin('os', (os) => os.tmpdir);
  const threadId = fromBuiltin('worker_threads', (threads) => threads.threadId);
  const named = (prefix, suffix) => `${prefix}.${stamp()}.${pid}.${threadId()}.${P.slice(`${1000 + ++made}`, 1)}.${suffix}`;

  // Written when memory ends, into the directory that is the working one by then.
  let nearLimit = false;
  const snapshot = (call, where) => writes(call, `${where}${named('Heap', 'heapsnapshot')}`);
  replace(process, 'chdir', (original) => function (...args) {
    const to = P.at(args, 0);
    const error = nearLimit && folder === '' && typeof to === 'string' ? snapshot('chdir', `${to}/`) : undefined;
    if (error !== undefined) throw error;
    return P.apply(original, this, args);
  });
  inBuiltin('v8', (v8) => {
    replace(v8, 'writeHeapSnapshot', (original) => function (...args) {
      const path = taken(P.at(args, 0) === undefined ? `${folder}${named('Heap', 'heapsnapshot')}` : args[0]);
      const error = isPath(path) ? writes('writeHeapSnapshot', path) : undefined;
      if (error !== undefined) throw error;
      P.put(args, 0, path);
      return P.apply(original, this, args);
    });
    replace(v8, 'setHeapSnapshotNearHeapLimit', (original) => function (...args) {
      const error = snapshot('setHeapSnapshotNearHeapLimit', folder);
      if (error !== undefined) throw error;
      nearLimit = true;
      return P.apply(original, this, args);
    });
    replace(v8, 'setFlagsFromString', (original) => function (...args) {
      const text = P.at(args, 0);
      for (let index = 0; index < WRITING.length && typeof text === 'string'; index++) {
        if (!P.textIncludes(text, WRITING[index])) continue;
        const error = judge.around('v8.setFlagsFromString', text);
        if (error !== undefined) throw error;
        break;
      }
      return P.apply(original, this, args);
    });
  });

  installReports(judge, environment, writes, () => named('report', 'json'));

  const loader = require('node:module');
  replace(loader, 'enableCompileCache', (original) => function (...args) {
    const given = P.at(args, 0);
    const options = typeof given === 'object' && given !== null ? P.copy(given) : undefined;
    const asked = options === undefined ? given : options.directory;
    const wanted = asked === undefined ? environment.NODE_COMPILE_CACHE || `${tmpdir()()}/node-compile-cache` : asked;
    const directory = typeof wanted === 'string' ? fixed(untilZero(wanted)) : wanted;
    const error = typeof directory === 'string' ? writes('enableCompileCache', `${directory}/cache`) : undefined;
    if (error !== undefined) throw error;
    if (options !== undefined) options.directory = directory;
    return P.apply(original, this, [options === undefined ? directory : options]);
  });

  // No thread but the main one has it, nor can it be loaded in another.
  if (judge.isMainThread) inBuiltin('trace_events', ({ createTracing }) => {
    const tracing = createTracing({ __proto__: null, categories: ['v8'] });
    const asked = () => {
      const error = writes('trace_events', absolute('node_trace.1.log'));
      if (error !== undefined) throw error;
    };
    // Whether what its handle does next was asked about.
    let allowed = false;
    replace(P.getPrototypeOf(tracing), 'enable', (original) => function () {
      asked();
      allowed = true;
      try {
        return P.apply(original, this, NOTHING);
      } finally {
        allowed = false;
      }
    });
    const handle = handleOf(tracing);
    if (handle !== undefined) replace(handle, 'enable', (original) => function () {
      if (!allowed) asked();
      allowed = false;
      return P.apply(original, this, NOTHING);
    });
  });
}

/** What the handles of traces inherit from, where anybody can get at one: up to Node 20. */
function handleOf(tracing) {
  const keys = P.ownKeys(tracing);
  for (let index = 0; index < keys.length; index++) {
    const value = tracing[keys[index]];
    const proto = typeof value === 'object' && value !== null ? P.getPrototypeOf(value) : null;
    if (proto !== null && P.hasOwn(proto, 'enable')) return proto;
  }
  return undefined;
}

/** A report holds the whole environment, and is written where two properties say. */
function installReports(judge, environment, writes, made) {
  const { report } = process;
  const reads = judge.has('credential') ? (call) => touchAll(judge, call, environment) : () => undefined;
  const own = { __proto__: null };
  for (const name of ['directory', 'filename', ...TRIGGERS]) own[name] = P.getOwnPropertyDescriptor(report, name);
  const got = (name) => P.apply(own[name].get, report, NOTHING);

  /** `node::TriggerNodeReport` in Node's src/node_report.cc. */
  const asked = (call, directory, name) => {
    if (name === 'stdout' || name === 'stderr') return undefined;
    return writes(call, directory === '' ? name : `${directory}/${name}`);
  };

  replace(report, 'getReport', (original) => function (...args) {
    const error = reads('report.getReport');
    if (error !== undefined) throw error;
    return P.apply(original, this, args);
  });
  replace(report, 'writeReport', (original) => function (...args) {
    // The first may be the error.
    const hasName = typeof P.at(args, 0) !== 'object' || args[0] === null;
    const given = hasName ? P.at(args, 0) : undefined;
    const cause = hasName ? P.at(args, 1) : args[0];
    if (given !== undefined && typeof given !== 'string') return P.apply(original, this, args);
    const wanted = untilZero(given ?? '') || got('filename') || made();
    // Below its directory, if it has one.
    const name = got('directory') === '' && wanted !== 'stdout' && wanted !== 'stderr' ? judge.taken(wanted) : wanted;
    const error = reads('report.writeReport') ?? asked('report.writeReport', got('directory'), name);
    if (error !== undefined) throw error;
    return P.apply(original, this, cause === undefined ? [name] : [name, cause]);
  });

  /** Asks about what a trigger would write, if one is on. */
  const change = (name, value) => {
    const will = (other) => (other === name ? value : got(other));
    let on = false;
    for (let index = 0; index < TRIGGERS.length; index++) on ||= will(TRIGGERS[index]) === true;
    if (!on) return undefined;
    const directory = absolute(will('directory') || '.');
    const error = reads(`report.${name}`) ?? asked(`report.${name}`, directory, will('filename') || made());
    // The working directory may be another by then.
    if (error === undefined && name !== 'directory') P.apply(own.directory.set, report, [directory]);
    return error;
  };
  for (const name in own) {
    const { get, set, enumerable } = own[name];
    P.defineProperty(report, name, {
      __proto__: null, get, enumerable, configurable: false,
      set(given) {
        const value = typeof given === 'string' ? untilZero(given) : given;
        // Anything else fails in Node itself.
        const error = typeof value === 'string' || typeof value === 'boolean' ? change(name, value) : undefined;
        if (error !== undefined) throw error;
        P.apply(set, report, [name === 'directory' && typeof value === 'string' && value !== '' ? absolute(value) : value]);
      },
    });
  }
}

/** `asked(call, env, folder)`: about what a child with this environment writes, if it is Node. */
function createChildWrites(judge) {
  if (!judge.has('file')) return () => undefined;
  return (call, env, folder) => {
    for (let index = 0; index < VARIABLES.length; index++) {
      const { name, below } = VARIABLES[index];
      const value = P.hasOwn(env, name) ? env[name] : undefined;
      if (typeof value !== 'string' || value === '') continue;
      const path = isAbsolute(value) || typeof folder !== 'string' ? value : `${folder}/${value}`;
      const error = asksWrite(judge, call, `${path}${below}`);
      if (error !== undefined) return error;
    }
    return undefined;
  };
}

const asksWrite = (judge, call, path) => judge.touch(call, path, existsSync(path) ? 'modify' : 'create', false);
const isPath = (path) => typeof path === 'string' || (typeof path === 'object' && path !== null);
const NOTHING = P.freeze([]);

/** Date and time as Node has them in such names. */
function stamp() {
  const text = P.isoTime(P.now());
  const cut = (from, to) => P.slice(text, from, to);
  return `${cut(0, 4)}${cut(5, 7)}${cut(8, 10)}.${cut(11, 13)}${cut(14, 16)}${cut(17, 19)}`;
}

/** Where Node was told to put its diagnostics, with a separator; before the program runs. */
function diagnosticFolder() {
  const words = [...(process.env.NODE_OPTIONS ?? '').split(' '), ...process.execArgv];
  let folder = '';
  words.forEach((word, index) => {
    const [, name, value] = /^(--diagnostic[-_]dir)(?:=(.*))?$/.exec(word) ?? [];
    if (name !== undefined) folder = `${value ?? words[index + 1]}/`;
  });
  return folder;
}

module.exports = { install, createChildWrites };
