'use strict';
// Look-ups by every door: callbacks, promises, resolvers. The name is asked about
// before, the answers before the program gets them.

const dns = require('node:dns');
const net = require('node:net');
const P = require('../lib/primordials.js');
const { replace } = require('./replace.js');

const { nextTick } = process;
const { isIP } = net;
const RECORDS = ['resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr',
  'resolveNs', 'resolvePtr', 'resolveSoa', 'resolveSrv', 'resolveTlsa', 'resolveTxt'];

function install(judge) {
  if (!judge.has('dns')) return;

  const asked = (call, name, answers) => (isIP(name) || name === '' ? undefined : judge.dns(call, name, answers));
  const answered = (call, name, found) => {
    const answers = answersOf(found);
    return answers.length === 0 ? undefined : asked(call, name, answers);
  };

  const withCallback = (call) => (original) => function (...args) {
    // What is no name fails in Node itself.
    const name = P.at(args, 0);
    const callback = P.at(args, args.length - 1);
    if (typeof name !== 'string' || typeof callback !== 'function') return P.apply(original, this, args);
    const error = asked(call, name);
    if (error !== undefined) {
      nextTick(callback, error);
      return undefined;
    }
    P.put(args, args.length - 1, (failed, found, family) => {
      const refused = failed ? undefined : answered(call, name, found);
      return refused === undefined ? callback(failed, found, family) : callback(refused);
    });
    return P.apply(original, this, args);
  };
  const withPromise = (call) => (original) => function (...args) {
    const name = P.at(args, 0);
    if (typeof name !== 'string') return P.apply(original, this, args);
    const error = asked(call, name);
    if (error !== undefined) return P.reject(error);
    return P.then(P.apply(original, this, args), (found) => {
      const refused = answered(call, name, found);
      if (refused !== undefined) throw refused;
      return found;
    });
  };

  replace(dns, 'lookup', withCallback('lookup'));
  replace(dns.promises, 'lookup', withPromise('lookup'));
  for (const name of RECORDS) {
    replace(dns, name, withCallback(name));
    replace(dns.promises, name, withPromise(name));
    for (const [Resolver, make] of [[dns.Resolver, withCallback], [dns.promises.Resolver, withPromise]]) {
      // Its methods stand on a class above it.
      for (let proto = Resolver.prototype; proto && proto !== Object.prototype; proto = P.getPrototypeOf(proto)) replace(proto, name, make(name));
    }
  }
}

/** The addresses among answers of any shape. */
function answersOf(found) {
  const answers = [];
  const add = (one) => {
    const address = typeof one === 'object' && one !== null && P.hasOwn(one, 'address') ? one.address : one;
    if (typeof address === 'string' && isIP(address)) P.push(answers, address);
  };
  if (P.isArray(found)) for (let index = 0; index < found.length; index++) add(found[index]);
  else add(found);
  return answers;
}

module.exports = { install };
