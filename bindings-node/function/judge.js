'use strict';
// Asks the engine about what the program does, reports it, and makes the error
// that the program gets. Built on the addon's functions themselves: the classes
// of the package can be changed by the program, what is captured here cannot.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const native = require('../lib/native.js');
const { decide, record } = require('../lib/event.js');

const { writeSync, openSync, constants } = fs;
const { now } = Date;
const { apply } = Reflect;
const { geteuid, pid, execPath } = process;
const out = new P.Uint32Array(8);

/** EPERM on Linux, as Node numbers errors. */
const EPERM = -1;

/**
 * What the hooks ask. `config` is that of `config.js`; the bundle is loaded, or
 * this throws.
 */
function createJudge(config) {
  const engine = native.load(config.bytes, config.target, config.fail, config.modeCap, 0xffff);
  const known = P.parse(native.describeEngine(engine, undefined));
  const state = known.needsState ? native.createState(1 << 18, undefined) : undefined;
  const functions = native.bind(engine, state, out);
  const report = reporter(config.audit);
  const actor = P.freeze({ path: fs.realpathSync.native(execPath), pid });
  const kinds = new Set();
  let enforces = false;
  for (const rule of known.rules) {
    kinds.add(rule.kind);
    enforces ||= rule.canBlock && rule.mode === 'enforce' && config.modeCap === 'enforce';
  }

  /**
   * Decides an event of this process. `undefined`, or the error to fail with;
   * `call` and `name` say what failed.
   */
  function judge(event, call, name) {
    event.time = now();
    event.process ??= actor;
    event.user ??= { id: apply(geteuid, process, []) };
    const code = decide(functions, event);
    const action = code & 3;
    if (action === 0) return undefined;
    const words = P.typedFrom(out);
    const metadata = event.metadata === undefined ? undefined : P.stringify(event.metadata);
    report(native.audit(engine, record(event), words, metadata));
    if (action !== 2) return undefined;
    const rule = known.rules[words[1]];
    return denied(call, name, rule);
  }

  /** Something that no event describes, because it goes around the hooks. */
  function judgeRaw(call, name) {
    const action = enforces ? 'block' : 'audit';
    report(P.stringify({ version: 1, type: 'function_runtime', time: now(), action, intent: 'block', reason: 'raw', message: `${call} goes around the hooks`, name }));
    return enforces ? denied(call, name, undefined) : undefined;
  }

  return P.freeze({ judge, judgeRaw, has: (kind) => kinds.has(kind), kinds: P.freeze([...kinds]), enforces });
}

/** The error that the call would give if the system refused it. */
function denied(call, name, rule) {
  const shown = name === undefined ? '' : ` '${name}'`;
  const by = rule === undefined ? '' : ` (${rule.policy}/${rule.control})`;
  const error = new Error(`EPERM: operation not permitted, ${call}${shown}: blocked by wardline${by}`);
  error.errno = EPERM;
  error.code = 'EPERM';
  error.syscall = call;
  if (name !== undefined) error.path = name;
  error.wardline = P.freeze(rule === undefined ? {} : { policy: rule.policy, control: rule.control, severity: rule.severity });
  return error;
}

/** Lines go to a file that is appended to, or to standard error. */
function reporter(file) {
  const fd = file === undefined ? 2 : openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
  return (line) => {
    try {
      writeSync(fd, `${line}\n`);
    } catch (error) {
      // A full pipe must not turn a decision round. Standard error is all that is left.
      if (error.code !== 'EAGAIN' && fd !== 2) writeSync(2, `wardline: cannot report: ${error.message}\n`);
    }
  };
}

module.exports = { createJudge };
