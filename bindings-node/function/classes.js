'use strict';
// Classes of Node's own that do what they can when one is made of them: without a question,
// whatever the class that stands before them asks. Node gives them to nobody, but what is
// made of one names it as its `constructor`.

const { EventEmitter } = require('node:events');
const P = require('../lib/primordials.js');
const { builtin, inBuiltin } = require('./builtin.js');
const { replace, replaceClass } = require('./replace.js');

/** What a worker is refused for, after Node made its handle and before it starts the thread. */
const NO_OPTION = '--no-option-of-any-node';

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

/** The handle of a worker, of which no thread is started. */
function handleOf(Worker) {
  let handle;
  // What is made inherits from this alone, which sees what is assigned to it.
  const Probe = function () {};
  Probe.prototype = new Proxy(P.freeze({ __proto__: null }), {
    __proto__: null,
    get: () => handle,
    set(target, name, value) {
      handle ??= value;
      return true;
    },
  });
  // The program may have its own, which would be given what is made.
  const own = P.getOwnPropertyDescriptor(EventEmitter, 'init');
  P.setPrototypeOf(own, null);
  P.defineProperty(EventEmitter, 'init', { __proto__: null, value: { __proto__: null, call() {} } });
  try {
    P.construct(Worker, ['/', { __proto__: null, env: { __proto__: null }, execArgv: [NO_OPTION] }], Probe);
  } catch (error) {
    if (handle === undefined) throw error;
  } finally {
    P.defineProperty(EventEmitter, 'init', own);
  }
  return handle;
}

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
