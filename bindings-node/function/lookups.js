'use strict';
// Look-ups by every door: callbacks, promises, resolvers. The name is asked about
// before, the answers before the program gets them. Node's own handle of a resolver,
// which everybody can get at (`resolver._handle`), asks about names too, and about the
// servers that it is told to ask.

const P = require('../lib/primordials.js');
const { isIP } = require('./addresses.js');
const { builtin, fromBuiltin, inBuiltin, ownClasses, whenLoaded } = require('./builtin.js');
const { hostOf, portOf } = require('./peers.js');
const { replace } = require('./replace.js');
const { reverseName, namesOf } = require('./reverse.js');

const { nextTick } = process;
/** What a server of names listens at, if nothing else is said. */
const DNS_PORT = 53;
const RECORDS = ['resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr',
  'resolveNs', 'resolvePtr', 'resolveSoa', 'resolveSrv', 'resolveTlsa', 'resolveTxt'];

/** Gives `dns.lookup` as it is once it asks, whatever the program makes of it. */
let taken;

function install(judge) {
  const channel = channelPrototype();
  if (judge.has('network')) watchServers(judge, channel);
  if (judge.has('dns')) watchLookups(judge, channel);
  taken = fromBuiltin('dns', (dns) => dns.lookup);
}

/** Looks a name up as the program does, with the questions about it. */
function lookup(name, options, done) {
  return taken()(name, options, done);
}

function watchLookups(judge, channel) {
  // The name or address that was asked about, while Node hands it on to a handle.
  let allowed;
  const handsOn = (call, receiver, args) => {
    allowed = args[0];
    try {
      return P.apply(call, receiver, args);
    } finally {
      allowed = undefined;
    }
  };

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
    return handsOn(original, this, args);
  };
  const withPromise = (call, question) => (original) => function (...args) {
    if (typeof P.at(args, 0) !== 'string') return P.apply(original, this, args);
    const error = question.ask(call, args);
    if (error !== undefined) return P.reject(error);
    return P.then(handsOn(original, this, args), (found) => {
      const refused = question.answered(call, args, found);
      if (refused !== undefined) throw refused;
      return found;
    });
  };

  const byHandle = (call, question) => (original) => function (request, given) {
    const name = hostOf(given);
    const known = allowed;
    allowed = undefined;
    const error = known === name ? undefined : question.ask(call, [name]);
    return error === undefined ? P.apply(original, this, [request, name]) : error.errno;
  };

  const queries = P.ownKeys(channel).filter((name) => typeof name === 'string' && name.startsWith('query'));
  for (const name of queries) replace(channel, name, byHandle(name, NAMES));
  replace(channel, 'getHostByAddr', byHandle('getHostByAddr', ADDRESSES));

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

/** What every resolver's handle inherits from; before there is a program, whose code making one may run. */
function channelPrototype() {
  const { ChannelWrap } = ownClasses('cares_wrap');
  return ChannelWrap?.prototype ?? P.getPrototypeOf(new (builtin('dns').Resolver)()._handle);
}

function watchServers(judge, channel) {
  replace(channel, 'setServers', (original) => function (servers) {
    const given = [];
    for (let index = 0; index < servers.length; index++) {
      const one = servers[index];
      const host = hostOf(one[1]);
      const number = P.Number(one[2]);
      const port = portOf(number) || DNS_PORT;
      const error = isIP(host) ? judge.network('setServers', `${host}:${port}`, 'outbound', host, undefined, port, 'udp') : undefined;
      // Not a number: Node would set the old ones again, and say something else.
      if (error !== undefined) throw error;
      P.push(given, [one[0], host, number]);
    }
    return P.apply(original, this, [given]);
  });
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

module.exports = { install, lookup };
