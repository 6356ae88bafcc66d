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

// While Node loads these it assigns to their prototypes, which calls the setters of what
// those inherit from: there must be no program yet that could have given them any.
require('node:child_process');
require('node:dgram');
require('node:dns/promises');
require('node:net');

const { binding, getBuiltinModule } = process;
const PREFIX = 'NativeModule ';
const INTERNAL = 'internal/';
/** Modules that need no other one, of which one is loaded to see whether the list tells. */
const PROBES = ['path/posix', 'path/win32', 'util/types'];

/** What to do when a module is loaded, by its name. */
const waiting = { __proto__: null };
/** Names of modules that are loaded already. */
const loaded = { __proto__: null };
/** Node's list, if it tells of each module that it loads before anybody has it. */
const watched = watchList();

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
  if (watched === undefined || loaded[name]) quietly(act);
  else P.push(waiting[name] ??= [], act);
}

/**
 * Has Node load now all that would be changed later. What it is about to run may end
 * at any moment, by a limit of time or a signal: a module that is not loaded to its end
 * then is not told of, but Node gives to the program what there is of it.
 */
function loadAll() {
  const names = P.ownKeys(waiting);
  quietly(() => {
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      // Node's own ones are parts of others.
      builtin(P.startsWith(name, INTERNAL) ? P.slice(name, INTERNAL.length) : name);
    }
  });
  // Nothing is left to be told of, and no process has to end because it was not.
  if (watched !== undefined && P.ownKeys(waiting).length === 0) P.setPrototypeOf(watched, P.array);
}

/** The module as Node has it, whatever the program did to `require`. */
function builtin(name) {
  // Some have no name without the scheme.
  return getBuiltinModule === undefined ? require(`node:${name}`) : getBuiltinModule(`node:${name}`);
}

/** Classes of Node's own by what it calls old, and gives to nobody later; `{}` if it refuses. */
function ownClasses(name) {
  try {
    return quietly(() => P.apply(binding, process, P.freeze([name])));
  } catch {
    // By its permissions, or it would warn because the program froze `process`.
    return {};
  }
}

/** The program did not ask for what Node calls experimental or old: no warning. */
const quietly = (run) => meanwhile(process, 'emitWarning', () => {}, run);

/** Does something while a member has another value. */
function meanwhile(object, name, value, run) {
  // Not by assigning, which could call a setter of the program's.
  const own = P.getOwnPropertyDescriptor(object, name);
  if (own === undefined) return run();
  P.setPrototypeOf(own, null);
  P.defineProperty(object, name, { __proto__: null, value });
  try {
    return run();
  } finally {
    P.defineProperty(object, name, own);
  }
}

/** Watches Node's list, and gives it; `undefined` if it does not tell, or not in time. */
function watchList() {
  const list = process.moduleLoadList;
  const own = P.getOwnPropertyDescriptor(process, 'moduleLoadList');
  if (getBuiltinModule === undefined || !P.isArray(list) || !own.configurable) return undefined;
  const names = P.part(list, 0);
  // Whoever pushes to the list meets a setter at its end, which stands on a prototype
  // that no other array has. It keeps nothing: the end stays the end.
  const above = { __proto__: P.array };
  const set = surely((text) => {
    // Before anything else, so that there is one for the next.
    P.defineProperty(above, list.length + 1, setter);
    P.push(names, text);
    const name = P.slice(text, PREFIX.length);
    if (!P.startsWith(text, PREFIX)) return;
    loaded[name] = true;
    const acts = waiting[name];
    if (acts === undefined) return;
    delete waiting[name];
    for (let index = 0; index < acts.length; index++) acts[index]();
  });
  if (set === null) return undefined;
  const setter = { __proto__: null, get: undefined, set, enumerable: false, configurable: true };
  P.defineProperty(above, list.length, setter);
  P.setPrototypeOf(list, above);

  let told;
  const probe = PROBES.find((name) => !names.includes(PREFIX + name));
  if (probe !== undefined) waiting[probe] = [() => { told = getBuiltinModule(probe); }];
  if (probe === undefined || getBuiltinModule(probe) !== told) {
    P.setPrototypeOf(list, P.array);
    return undefined;
  }
  for (const text of names) if (text.startsWith(PREFIX)) loaded[text.slice(PREFIX.length)] = true;
  // The list itself is nobody's any more: with it all this could be undone.
  const get = () => {
    const all = P.part(names, 0);
    for (let index = all.length; index < list.length; index++) if (P.hasOwn(list, index)) P.push(all, list[index]);
    return all;
  };
  P.defineProperty(process, 'moduleLoadList', { __proto__: null, get, set: undefined, enumerable: true, configurable: true });
  return list;
}

module.exports = { builtin, fromBuiltin, inBuiltin, loadAll, meanwhile, ownClasses, quietly, whenLoaded };
