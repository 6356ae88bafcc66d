'use strict';
// Datagrams. A name is looked up here, with the socket's own look-up, so that the
// address that is asked about is the one that is sent to.

const P = require('../lib/primordials.js');
const { isIP, lookup: ownLookup } = require('./addresses.js');
const { inBuiltin } = require('./builtin.js');
const { lookup: askedLookup } = require('./lookups.js');
const { replace, replaceClass } = require('./replace.js');
const { createPeers, isAnywhere } = require('./peers.js');

const { nextTick } = process;
/** A socket that was not made here. */
const UNKNOWN = P.freeze({ lookup: ownLookup, family: 4 });

function install(judge) {
  if (!judge.has('network')) return;
  const { peer, watched } = createPeers(judge);
  /** What each socket was told to look up with, and its family. */
  const sockets = new P.WeakMap();

  const made = (original, type, listener, construct) => {
    const options = typeof type === 'object' && type !== null ? P.copy(type) : { __proto__: null, type };
    options.type = P.String(options.type);
    const lookup = typeof options.lookup === 'function' ? options.lookup : ownLookup;
    const given = options.lookup;
    // Node looks up again what it is given. What was asked about must stay what it is, whatever
    // the program's own look-up says the second time, or `dns.lookup` by then.
    if (given === undefined || typeof given === 'function') {
      options.lookup = (name, how, done) => {
        if (isIP(name)) return nextTick(done, null, name, how);
        // A name to bind to.
        return given === undefined ? askedLookup(name, how, done) : given(name, how, done);
      };
    }
    const socket = construct([options, listener]);
    P.weakSet(sockets, socket, { lookup, family: options.type === 'udp6' ? 6 : 4, bound: false });
    return socket;
  };
  /** Calls back with an address instead of `host`, if it may be used. */
  const addressed = (socket, call, host, port, done) => {
    const { lookup, family } = P.weakGet(sockets, socket) ?? UNKNOWN;
    const name = host === undefined || host === null || host === '' ? (family === 6 ? '::1' : '127.0.0.1') : P.String(host);
    const error = peer(call, 'outbound', name, port, 'udp');
    if (error !== undefined) return nextTick(done, error);
    if (isIP(name)) return done(undefined, name);
    return P.apply(watched(lookup, call, port, 'udp'), undefined, [name, family, (failed, address) => done(failed ?? undefined, address)]);
  };
  const failed = (socket, callback, error) => (typeof callback === 'function' ? callback(error) : socket.emit('error', error));

  inBuiltin('dgram', (dgram) => {
    const { address: local, remoteAddress: remote } = dgram.Socket.prototype;
    replace(dgram, 'createSocket', (original) => function (type, listener) {
      return made(original, type, listener, (args) => P.apply(original, this, args));
    });
    replaceClass(dgram, 'Socket', (original) => function Socket(type, listener) {
      return made(original, type, listener, (args) => P.construct(original, args, new.target ?? Socket));
    });

    replace(dgram.Socket.prototype, 'bind', (original) => function (...args) {
      const given = P.at(args, 0);
      const options = typeof given === 'object' && given !== null;
      // Somebody else's handle or descriptor is bound already.
      if (options && (typeof given.recvStart === 'function' || typeof given.fd === 'number')) return P.apply(original, this, args);
      const copied = options ? P.copy(given) : { __proto__: null, port: given, address: P.at(args, 1) };
      const port = typeof copied.port === 'function' ? 0 : P.Number(copied.port || 0);
      const { family } = P.weakGet(sockets, this) ?? UNKNOWN;
      const host = typeof copied.address === 'function' || !copied.address ? (family === 6 ? '::' : '0.0.0.0') : P.String(copied.address);
      // An address that a name leads to is asked about by the handle.
      const error = isIP(host) && !isAnywhere(host, port) ? peer('bind', 'listen', host, port, 'udp') : undefined;
      if (error === undefined) {
        copied.port = port;
        copied.address = host;
        const callback = P.at(args, args.length - 1);
        return P.apply(original, this, typeof callback === 'function' ? [copied, callback] : [copied]);
      }
      nextTick(() => this.emit('error', error));
      return this;
    });
    replace(dgram.Socket.prototype, 'send', (original) => function (...args) {
      // A connected socket was asked about when it connected. For one that is not bound Node does
      // that first, and calls this again.
      if (has(this, remote) || !isBound(this, local)) return P.apply(original, this, args);
      const long = P.at(args, 4) || (P.at(args, 3) && typeof P.at(args, 3) !== 'function');
      return long ? forward(this, original, args, 3, P.at(args, 5), 'send') : forward(this, original, args, 1, P.at(args, 3), 'send');
    });
    replace(dgram.Socket.prototype, 'connect', (original) => function (...args) {
      // connect(port, callback) has no address.
      const callback = typeof P.at(args, 1) === 'function' ? P.at(args, 1) : P.at(args, 2);
      if (typeof P.at(args, 1) === 'function') P.put(args, 1, undefined);
      P.put(args, 2, callback);
      return forward(this, original, args, 0, callback, 'connect');
    });
  });

  const isBound = (socket, local) => {
    const known = P.weakGet(sockets, socket);
    if (known?.bound) return true;
    const bound = has(socket, local);
    // It stays so.
    if (bound && known !== undefined) known.bound = true;
    return bound;
  };

  /** At `at` stands the port, and after it stands the address. */
  function forward(socket, original, args, at, callback, call) {
    // connect(port, callback) and send(message, port, callback).
    if (typeof P.at(args, at + 1) === 'function') {
      callback = P.at(args, at + 1);
      P.put(args, at + 1, undefined);
      P.put(args, at + 2, callback);
    }
    if (typeof P.at(args, at) !== 'number') P.put(args, at, P.String(P.at(args, at)));
    addressed(socket, call, P.at(args, at + 1), P.at(args, at), (error, address) => {
      if (error !== undefined) return failed(socket, callback, error);
      P.put(args, at + 1, address);
      return P.apply(original, socket, args);
    });
    return undefined;
  }
}

/** Whether a socket has the address that a method gives. */
function has(socket, address) {
  try {
    P.apply(address, socket, []);
    return true;
  } catch {
    return false;
  }
}

module.exports = { install };
