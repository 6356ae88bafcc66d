'use strict';
// Reads of environment variables that are decoys. Only where the policy has some:
// a proxy makes every read slower.

const { inspect: { custom } } = require('node:util');
const P = require('../lib/primordials.js');
const { inBuiltin } = require('./builtin.js');
const { replace } = require('./replace.js');

const { defineProperty, deleteProperty, get, getOwnPropertyDescriptor, has, set, setPrototypeOf } = Reflect;

function install(judge) {
  if (!judge.has('credential')) return;
  const environment = process.env;
  // Node copies all of it for a child. Whoever reads it meanwhile could ask a child for it as well.
  let forking = 0;
  inBuiltin('cluster', (cluster) => replace(cluster, 'fork', (original) => function (...args) {
    forking++;
    try {
      return P.apply(original, this, args);
    } finally {
      forking--;
    }
  }));
  const asked = (name) => (forking === 0 && typeof name === 'string' && P.hasOwn(environment, name) ? judge.credential('getenv', name) : undefined);
  // Listing names asks for the descriptor of one after the other, and touches none:
  // those descriptors hold no value. Copying reads every value by `get` besides.
  let listed = [];
  let next = 0;
  const watched = new Proxy(shownTo(() => touchAll(judge, 'inspect', environment), environment), {
    __proto__: null,
    ownKeys() {
      listed = P.ownKeys(environment);
      next = 0;
      return listed;
    },
    has: (target, name) => has(environment, name),
    get(target, name) {
      const error = asked(name);
      if (error !== undefined) throw error;
      return get(environment, name);
    },
    set: (target, name, value) => set(environment, name, value),
    deleteProperty: (target, name) => deleteProperty(environment, name),
    getOwnPropertyDescriptor(target, name) {
      if (next < listed.length && name === listed[next]) {
        next++;
        return P.hasOwn(environment, name) ? { __proto__: null, value: '', writable: true, enumerable: true, configurable: true } : undefined;
      }
      const error = asked(name);
      if (error !== undefined) throw error;
      return getOwnPropertyDescriptor(environment, name);
    },
    // Of a proxy all that is given is a value; Node's own wants the rest too.
    defineProperty: (target, name, { value }) => defineProperty(environment, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true }),
    getPrototypeOf: () => P.getPrototypeOf(environment),
    setPrototypeOf: (target, proto) => setPrototypeOf(environment, proto),
    preventExtensions: () => false,
  });
  P.defineProperty(process, 'env', { __proto__: null, value: watched, enumerable: true, configurable: false, writable: false });
}

/**
 * What the proxy stands before, for what looks behind it: `util.inspect`, and with it
 * `console.log`. Nothing is there but what is shown then, and that is a touch.
 */
function shownTo(asked, environment) {
  const value = function () {
    const error = asked();
    if (error !== undefined) throw error;
    const shown = {};
    const names = P.keys(environment);
    for (let index = 0; index < names.length; index++) P.put(shown, names[index], environment[names[index]]);
    return shown;
  };
  return P.defineProperty({ __proto__: null }, custom, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}

/** All of the environment is read at once: every decoy in it is touched. */
function touchAll(judge, call, environment) {
  const names = P.keys(environment);
  let first;
  for (let index = 0; index < names.length; index++) {
    const error = judge.credential(call, names[index]);
    first ??= error;
  }
  return first;
}

module.exports = { install, touchAll };
