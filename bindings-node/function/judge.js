'use strict';
// Asks the engine about what the program does, reports it, and makes the error
// that the program gets. Built on the addon's functions themselves: the classes
// of the package can be changed by the program, what is captured here cannot.
//
// Every event is one literal with all its members: what is assigned later could
// meet a setter that somebody gave to all objects.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { watch, describeWatch, auditWatch } = require('../lib/native.js');
const { decide, record } = require('../lib/event.js');
const { taken, settled, shown } = require('./paths.js');

const { WORDS } = require('../lib/decision.js');
const { FILE_OPERATIONS } = require('../lib/vocabulary.js');

const { writeSync } = fs;
const { geteuid, pid, execPath } = process;
const out = new P.Uint32Array(WORDS);

/** EPERM on Linux, as Node numbers errors. */
const EPERM = -1;
const NO_RULE = 0xffffffff;
const BLOCK = 2;
/** A bit of an answer's first word; see `src/handle.rs`. */
const SUPPRESSED = 1 << 14;
/** See `src/touch.rs`. */
const ENVIRONMENT = 1 << 15;
const MODIFIES = 1 << 16;
const NOFOLLOW = 16;
/** What `touch` is asked, as numbers; `write` creates a file, or modifies it if it is there. */
const TOUCHES = P.freeze({ __proto__: null, ...FILE_OPERATIONS, write: FILE_OPERATIONS.create | 32 });

/**
 * What the hooks ask. `config` is that of `config.js`; the bundle is loaded, or
 * this throws. Each question gives `undefined`, or the error to fail with; `call`
 * and `name` say what failed.
 */
function createJudge(config) {
  const program = fs.realpathSync.native(execPath);
  const functions = watch(config.bytes, config.target, config.fail, config.modeCap, P.utf8(program), out);
  const { touch, touched } = functions;
  const known = P.parse(describeWatch());
  const descriptor = config.audit === undefined ? 2 : fs.openSync(config.audit, 'a', 0o600);
  const actor = P.freeze({ path: program, pid });
  const kinds = new Set(known.rules.map((rule) => rule.kind));
  const enforces = config.modeCap === 'enforce' && known.rules.some((rule) => rule.canBlock && rule.mode === 'enforce');

  const report = (line) => {
    try {
      writeSync(descriptor, `${line}\n`);
    } catch (error) {
      // A full pipe must not turn a decision round. Standard error is all that is left.
      if (error.code !== 'EAGAIN' && descriptor !== 2) writeSync(2, `wardline: cannot report: ${error.message}\n`);
    }
  };

  /** Reports a decision that is not allowed; the error, if it blocks. */
  const answered = (code, event, call, name) => {
    // An audit over the limit of its policy's throttle is not worth a report.
    if ((code & SUPPRESSED) !== 0) return undefined;
    const words = P.typedFrom(out);
    report(auditWatch(record(event), words));
    if ((code & 3) !== BLOCK) return undefined;
    return denied(call, name, words[1] === NO_RULE ? undefined : known.rules[words[1]]);
  };
  const judge = (event, call, name) => {
    const code = decide(functions, event);
    return (code & 3) === 0 ? undefined : answered(code, event, call, name);
  };
  const fixed = (given) => settled(taken(given), () => functions.resolve('.', 0));
  const user = () => ({ id: P.apply(geteuid, process, NOTHING) });

  return P.freeze({
    /**
     * As `file`, of a path that is resolved on the way; a `nofollow` one is that of a
     * link itself. `environment` is called if a process's environment is read.
     */
    touch(call, path, operation, nofollow, mode, target, environment) {
      const what = TOUCHES[operation] | (nofollow ? NOFOLLOW : 0);
      // The kernel looks at these bits alone.
      const bits = mode === undefined ? -1 : mode & 0o7777;
      const code = target === undefined ? touch(what, bits, path) : touch(what, bits, path, target);
      if (code < 0 || (code & (3 | ENVIRONMENT)) === 0) return undefined;
      const real = touched(0);
      const other = target === undefined ? undefined : touched(1);
      if ((code & ENVIRONMENT) !== 0 && operation === 'read') {
        const kept = P.typedFrom(out);
        const error = environment(call);
        if (error !== undefined) return error;
        P.typedSet(out, kept);
      }
      if ((code & 3) === 0) return undefined;
      const modifies = (code & MODIFIES) !== 0;
      const done = operation !== 'write' ? operation : modifies ? 'modify' : 'create';
      const event = { kind: 'file', operation: done, path: real, target: other, mode: mode === undefined || modifies ? undefined : bits, time: P.now(), process: actor, user: user() };
      return answered(code, event, call, shown(path));
    },
    /**
     * Opens a file, if nothing is to be said about that: its descriptor, or -1 if `touch` has
     * to be asked. `undefined` where Node has a say too, by its own permissions.
     */
    open: process.permission === undefined ? functions.open : undefined,
    /** The same for the names in a folder, as JSON; `undefined` for -1. */
    list: process.permission === undefined ? functions.list : undefined,
    /** The same for a change of a path: see `src/act.rs`. */
    act: process.permission === undefined ? functions.act : undefined,
    /** The real path that `touch` asked about last; `undefined` if it asked nothing. */
    real: () => touched(0),

    file: (call, name, operation, path, target, mode) =>
      judge({ kind: 'file', operation, path, target, mode, time: P.now(), process: actor, user: user() }, call, name),
    exec: (call, name, path, requested) =>
      judge({ kind: 'exec', path, requested, time: P.now(), process: actor, user: user() }, call, name),
    /** A program that something starts; `by` is the program that does, if another than this one. */
    program: (call, name, { path, requested, aliases, argv, script, memfd, deleted, by }) =>
      judge({ kind: 'exec', path, requested, aliases, argv, script, memfd, deleted, time: P.now(), process: by === undefined ? actor : { path: by, pid }, user: user() }, call, name),
    network: (call, name, direction, ip, domain, port, protocol) =>
      judge({ kind: 'network', direction, ip, domain, port, protocol, time: P.now(), process: actor, user: user() }, call, name),
    dns: (call, name, answers) =>
      judge({ kind: 'dns', name, answers, time: P.now(), process: actor, user: user() }, call, name),
    accessKey: (call, id) =>
      judge({ kind: 'credential', id, time: P.now(), process: actor, user: user() }, call, id),
    credential: (call, name) =>
      judge({ kind: 'credential', name, time: P.now(), process: actor, user: user() }, call, name),

    /** Something that no event describes, because it goes around the hooks. */
    around(call, name) {
      const action = enforces ? 'block' : 'audit';
      const event = { __proto__: null, version: 1, type: 'function_runtime', time: P.now(), action, intent: 'block', reason: 'bypass', message: `${call} goes around the hooks`, name };
      report(P.stringify(event));
      return enforces ? denied(call, name, undefined) : undefined;
    },

    /** A command of which the programs cannot be known before it runs. */
    unresolved(call, name) {
      const message = 'a shell puts the name of a program together when it runs';
      report(P.stringify({ __proto__: null, version: 1, type: 'function_runtime', time: P.now(), action: 'audit', intent: 'audit', reason: 'unresolved_command', name, message, metadata: { __proto__: null, call } }));
    },

    /** Whether events of this kind can be decided other than allowed. */
    has: (kind) => known.needsState || kinds.has(kind),
    isMainThread: functions.isMainThread,
    /** The program must not close it and open something else in its place. */
    descriptor,
    /**
     * A path argument that names the same when it is asked about and when it is used. The main
     * thread may change the working directory in between, if this is a worker; or the program,
     * if the call goes on after it returned, which `fixed` is for.
     */
    taken: functions.isMainThread ? taken : fixed,
    fixed,
    /** The object that a path names: text, bytes where it is none, or `undefined`. */
    resolve: (path, nofollow) => functions.resolve(path, nofollow ? 1 : 0),
  });
}

const NOTHING = P.freeze([]);

/** The error that the call would give if the system refused it. */
function denied(call, name, rule) {
  const shown = name === undefined ? '' : ` '${name}'`;
  const by = rule === undefined ? '' : ` (${rule.policy}/${rule.control})`;
  const error = new P.Error(`EPERM: operation not permitted, ${call}${shown}: blocked by wardline${by}`);
  member(error, 'errno', EPERM);
  member(error, 'code', 'EPERM');
  member(error, 'syscall', call);
  if (name !== undefined) member(error, 'path', name);
  member(error, 'wardline', P.freeze(rule === undefined ? {} : { policy: rule.policy, control: rule.control, severity: rule.severity }));
  return error;
}

function member(error, name, value) {
  P.defineProperty(error, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

module.exports = { createJudge };
