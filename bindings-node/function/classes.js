'use strict';
// Classes of Node's own that do what they can when one is made of them: without a question,
// whatever the class that stands before them asks. Node gives them to nobody, but what is
// made of one names it as its `constructor`.

const { EventEmitter } = require('node:events');
const P = require('../lib/primordials.js');
const { builtin, inBuiltin, meanwhile } = require('./builtin.js');
const { replace, replaceClass } = require('./replace.js');

/** Has the class that `proto` names ask before it makes one. */
function guardClass(judge, proto, call) {
  replaceClass(proto, 'constructor', (original) => function (...args) {
    const error = judge.around(call, 'constructor');
    if (error !== undefined) throw error;
    return P.construct(original, args, new.target ?? original);
  });
}

/** A thread that is started by its handle is not armed. */
function installWorkers(judge) {
  inBuiltin('worker_threads', ({ Worker }) => guardClass(judge, P.getPrototypeOf(handleOf(Worker)), 'Worker'));
  // These hooks are shown what Node makes: it is loaded before there is one.
  inBuiltin('async_hooks', (hooks) => replace(hooks, 'createHook', (original) => function (...args) {
    builtin('worker_threads');
    return P.apply(original, this, args);
  }));
}

/** The handle of a worker, of which no thread is started. Code of the program's must not run meanwhile. */
function handleOf(Worker) {
  let handle;
  // What is made inherits from this alone, which is given its handle and ends it then.
  const Probe = function () {};
  Probe.prototype = new Proxy(P.freeze({ __proto__: null }), {
    __proto__: null,
    get() { throw MADE; },
    set(target, name, value) {
      handle = value;
      throw MADE;
    },
  });
  const make = () => P.construct(Worker, ['', { __proto__: null, eval: true, env: { __proto__: null } }], Probe);
  // Node asks for both: they may be the program's.
  const environment = P.getOwnPropertyDescriptor(process, 'env');
  const inner = P.hasOwn(environment, 'value') ? make : () => meanwhile(process, 'env', null, make);
  try {
    meanwhile(EventEmitter, 'init', { __proto__: null, call() {} }, inner);
  } catch (error) {
    if (error !== MADE || handle === undefined) throw error;
  }
  return handle;
}

const MADE = P.freeze({ __proto__: null });

/** With directories it opens files itself. */
function installWasi(judge) {
  let guarded = false;
  const Plain = function () {};
  Plain.prototype = { __proto__: null };

  inBuiltin('wasi', (wasi) => replaceClass(wasi, 'WASI', (original) => function WASI(given) {
    const options = typeof given === 'object' && given !== null ? P.copy(given) : given;
    const opens = typeof options?.preopens === 'object' && options.preopens !== null && P.keys(options.preopens).length > 0;
    const error = opens || !guarded && hasGetter(P.top) ? judge.around('WASI', 'preopens') : undefined;
    if (error !== undefined) throw error;
    // Inherits nothing that could be given what is made.
    const made = P.construct(original, [options], Plain);
    if (!guarded) {
      guarded = true;
      guardClass(judge, P.getPrototypeOf(made.wasiImport), 'WASI');
    }
    P.setPrototypeOf(made, (new.target ?? WASI).prototype);
    return made;
  }));
}

/** Whether reading all that an object inherits from this runs code. */
function hasGetter(proto) {
  const names = P.keys(proto);
  for (let index = 0; index < names.length; index++) if (!P.hasOwn(P.getOwnPropertyDescriptor(proto, names[index]), 'value')) return true;
  return false;
}

module.exports = { guardClass, installWorkers, installWasi };
