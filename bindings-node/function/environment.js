'use strict';
// Reads of environment variables that are decoys. Only where the policy has some:
// a proxy makes every read slower.

const { get, ownKeys } = Reflect;

function install(judge) {
  if (!judge.has('credential')) return;
  const environment = process.env;
  const asked = (name) => (typeof name === 'string' && name in environment ? judge.judge({ kind: 'credential', name }, 'getenv', name) : undefined);
  const watched = new Proxy(environment, {
    get(target, name) {
      const error = asked(name);
      if (error !== undefined) throw error;
      return get(target, name);
    },
    // Copying all of it reads every value, one `get` after another; that names
    // are listed touches none.
    ownKeys: (target) => ownKeys(target),
    getOwnPropertyDescriptor(target, name) {
      const error = asked(name);
      if (error !== undefined) throw error;
      return Object.getOwnPropertyDescriptor(target, name);
    },
    // A proxy whose target is exotic must define on the target itself.
    defineProperty: (target, name, descriptor) => Reflect.defineProperty(target, name, { ...Object.getOwnPropertyDescriptor(target, name), ...descriptor }),
  });
  Object.defineProperty(process, 'env', { value: watched, enumerable: true, configurable: false, writable: false });
}

module.exports = { install };
