'use strict';
// Reads of environment variables that are decoys. Only where the policy has some:
// a proxy makes every read slower.

const P = require('../lib/primordials.js');
const { inBuiltin } = require('./builtin.js');
const { replace } = require('./replace.js');

const { get, defineProperty, getOwnPropertyDescriptor } = Reflect;

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
  const watched = new Proxy(environment, {
    __proto__: null,
    ownKeys(target) {
      listed = P.ownKeys(target);
      next = 0;
      return listed;
    },
    get(target, name) {
      const error = asked(name);
      if (error !== undefined) throw error;
      return get(target, name);
    },
    getOwnPropertyDescriptor(target, name) {
      if (next < listed.length && name === listed[next]) {
        next++;
        return P.hasOwn(target, name) ? { __proto__: null, value: '', writable: true, enumerable: true, configurable: true } : undefined;
      }
      const error = asked(name);
      if (error !== undefined) throw error;
      return getOwnPropertyDescriptor(target, name);
    },
    // A proxy whose target is exotic must define on the target itself.
    defineProperty: (target, name, { value }) => defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true }),
  });
  P.defineProperty(process, 'env', { __proto__: null, value: watched, enumerable: true, configurable: false, writable: false });
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
