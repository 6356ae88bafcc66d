'use strict';
// Look-ups by every door: callbacks, promises, resolvers. The name is asked about
// before, the answers before the program gets them.

const P = require('../lib/primordials.js');
const { isIP } = require('./addresses.js');
const { builtin, inBuiltin, whenLoaded } = require('./builtin.js');
const { replace } = require('./replace.js');
const { reverseName, namesOf } = require('./reverse.js');

const { nextTick } = process;
const RECORDS = ['resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr',
  'resolveNs', 'resolvePtr', 'resolveSoa', 'resolveSrv', 'resolveTlsa', 'resolveTxt'];

function install(judge) {
  if (!judge.has('dns')) return;

  const asked = (call, name, answers) => (isIP(name) || name === '' ? undefined : judge.dns(call, name, answers));
  const answered = (call, name, found) => {
    const answers = answersOf(found);
    return answers.length === 0 ? undefined : asked(call, name, answers);
  };

  /** A question about a name: before it, and about what was found. */
  const NAMES = { ask: (call, args) => asked(call, args[0]), answered: (call, args, found) => answered(call, args[0], found) };
  /** A question about an address. */
  const ADDRESSES = {
    ask: (call, args) => (isIP(args[0]) ? judge.dns(call, reverseName(args[0]), [args[0]]) : undefined),
    answered(call, args, found) {
      const names = isIP(args[0]) ? namesOf(found) : [];
      let error;
      for (let index = 0; index < names.length; index++) error ??= asked(call, names[index], [args[0]]);
      return error;
    },
  };

  const withCallback = (call, question) => (original) => function (...args) {
    // What is no name fails in Node itself.
    const callback = P.at(args, args.length - 1);
    if (typeof P.at(args, 0) !== 'string' || typeof callback !== 'function') return P.apply(original, this, args);
    const error = question.ask(call, args);
    if (error !== undefined) {
      nextTick(callback, error);
      return undefined;
    }
    const own = P.part(args, 0);
    P.put(args, args.length - 1, (failed, found, more) => {
      const refused = failed ? undefined : question.answered(call, own, found);
      return refused === undefined ? callback(failed, found, more) : callback(refused);
    });
    return P.apply(original, this, args);
  };
  const withPromise = (call, question) => (original) => function (...args) {
    if (typeof P.at(args, 0) !== 'string') return P.apply(original, this, args);
    const error = question.ask(call, args);
    if (error !== undefined) return P.reject(error);
    return P.then(P.apply(original, this, args), (found) => {
      const refused = question.answered(call, args, found);
      if (refused !== undefined) throw refused;
      return found;
    });
  };

  inBuiltin('dns', (dns) => {
    // Loads `dns/promises` too.
    const { promises } = dns;
    const everywhere = (name, question) => {
      replace(dns, name, withCallback(name, question));
      replace(promises, name, withPromise(name, question));
      above(dns.Resolver, name, withCallback(name, question));
      above(promises.Resolver, name, withPromise(name, question));
    };
    everywhere('lookup', NAMES);
    for (let index = 0; index < RECORDS.length; index++) everywhere(RECORDS[index], NAMES);
    everywhere('reverse', ADDRESSES);
    everywhere('lookupService', ADDRESSES);
  });
  // Who loads only this has it no sooner than it is changed.
  whenLoaded('internal/dns/promises', () => builtin('dns'));
}

/** In a class of resolvers; its methods stand on a class above it. */
function above(Resolver, name, make) {
  for (let proto = Resolver.prototype; proto && proto !== P.top; proto = P.getPrototypeOf(proto)) replace(proto, name, make);
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
