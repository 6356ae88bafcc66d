'use strict';
// Built-in modules, changed before the program has them.
//
// Loading them all takes more time and memory than all the rest of the wrapper, and most
// programs use few. Node puts the name of each that it loaded onto a list before anybody
// gets it: the program by whatever door, or another module of Node
// (`compileForInternalLoader` in its lib/internal/bootstrap/realm.js). That is when a
// module is changed. Where Node does not, and in workers, all are loaded at once.
//
// The program may have replaced the language by then. A change must run no code of the
// program's, which could take what is not changed yet: primordials only, and what is
// taken from the module goes through `fromBuiltin`.

const loader = require('node:module');
const P = require('../lib/primordials.js');
const { surely } = require('../lib/native.js');

const { getBuiltinModule } = process;
const PREFIX = 'NativeModule ';
/** Modules that need no other one, of which one is loaded to see whether the list tells. */
const PROBES = ['path/posix', 'path/win32', 'util/types'];

/** What to do when a module is loaded, by its name. */
const waiting = { __proto__: null };
/** Names of modules that were loaded already. */
const before = { __proto__: null };
const tells = watchList();

/** Has `change` replace what is in a built-in module, where this Node has it. */
function inBuiltin(name, change) {
  if (loader.isBuiltin(`node:${name}`)) whenLoaded(name, () => change(builtin(name)));
}

/** A function that gives what `pick` takes out of a module before anybody can change it. */
function fromBuiltin(name, pick) {
  let picked;
  inBuiltin(name, (module) => { picked = pick(module); });
  return () => {
    if (picked === undefined) builtin(name);
    return picked;
  };
}

/** Does something as soon as Node has loaded a module, also one of its own. */
function whenLoaded(name, act) {
  if (!tells || before[name]) quietly(act);
  else P.push(waiting[name] ??= [], act);
}

/** The module as Node has it, whatever the program did to `require`. */
function builtin(name) {
  return getBuiltinModule === undefined ? require(`node:${name}`) : getBuiltinModule(name);
}

/** The program did not ask for what Node calls experimental or old: no warning. */
function quietly(run) {
  // Not by assigning, which could call a setter of the program's.
  const own = P.getOwnPropertyDescriptor(process, 'emitWarning');
  if (own === undefined) return run();
  P.setPrototypeOf(own, null);
  P.defineProperty(process, 'emitWarning', { __proto__: null, value() {} });
  try {
    return run();
  } finally {
    P.defineProperty(process, 'emitWarning', own);
  }
}

/** Whether Node tells of each module that it loads, before anybody has it. */
function watchList() {
  const list = process.moduleLoadList;
  const own = P.getOwnPropertyDescriptor(process, 'moduleLoadList');
  if (getBuiltinModule === undefined || !P.isArray(list) || !own.configurable) return false;
  const names = P.part(list, 0);
  // Whoever pushes to the list meets a setter at its end, which stands on a prototype
  // that no other array has. It keeps nothing: the end stays the end.
  const above = { __proto__: Array.prototype };
  const set = surely((text) => {
    // Before anything else, so that there is one for the next.
    P.defineProperty(above, list.length + 1, setter);
    P.push(names, text);
    const name = P.slice(text, PREFIX.length);
    const acts = P.startsWith(text, PREFIX) ? waiting[name] : undefined;
    if (acts === undefined) return;
    delete waiting[name];
    for (let index = 0; index < acts.length; index++) acts[index]();
  });
  if (set === null) return false;
  const setter = { __proto__: null, get: undefined, set, enumerable: false, configurable: true };
  P.defineProperty(above, list.length, setter);
  Object.setPrototypeOf(list, above);

  let told;
  const probe = PROBES.find((name) => !names.includes(PREFIX + name));
  if (probe !== undefined) waiting[probe] = [() => { told = getBuiltinModule(probe); }];
  if (probe === undefined || getBuiltinModule(probe) !== told) {
    Object.setPrototypeOf(list, Array.prototype);
    return false;
  }
  for (const text of names) if (text.startsWith(PREFIX)) before[text.slice(PREFIX.length)] = true;
  // The list itself is nobody's any more: with it all this could be undone.
  P.defineProperty(process, 'moduleLoadList', { __proto__: null, get: () => P.part(names, 0), set: undefined, enumerable: true, configurable: true });
  return true;
}

module.exports = { builtin, fromBuiltin, inBuiltin, quietly, whenLoaded };
