'use strict';
// Connections and sockets that listen: `tls`, `http`, `http2` and `fetch` all
// connect with `net.Socket`.

const P = require('../lib/primordials.js');
const { isIP, lookup } = require('./addresses.js');
const { inBuiltin } = require('./builtin.js');
const { replace } = require('./replace.js');
const { createPeers } = require('./peers.js');

const { nextTick } = process;

function install(judge) {
  if (!judge.has('network')) return;
  const { peer, watched } = createPeers(judge);

  inBuiltin('net', (net) => {
    const normalize = net._normalizeArgs;
    replace(net.Socket.prototype, 'connect', (original) => function (...args) {
      const list = P.isArray(P.at(args, 0)) ? P.at(args, 0) : normalize(args);
      const given = P.copy(list[0]);
      const callback = list[1];
      if (!given.path) {
        given.host = P.String(given.host || 'localhost');
        if (typeof given.port !== 'number') given.port = given.port === undefined ? undefined : P.String(given.port);
        const error = peer('connect', 'outbound', given.host, given.port, 'tcp');
        if (error === undefined) {
          // The addresses that the name turns out to have are asked about before they are used.
          given.lookup = watched(typeof given.lookup === 'function' ? given.lookup : lookup, 'connect', given.port, 'tcp');
        } else {
          // Fails as a look-up does, so that everything above a socket (tls, http, http2) sees it.
          given.host = 'wardline.invalid';
          given.lookup = (name, how, done) => nextTick(done, error);
        }
      }
      return P.apply(original, this, callback ? [given, callback] : [given]);
    });

    replace(net.Server.prototype, 'listen', (original) => function (...args) {
      const list = normalize(args);
      const given = P.copy(list[0]);
      const callback = list[1];
      if (args.length === 0 || typeof P.at(args, 0) === 'function' || given.port === null || ('port' in given && given.port === undefined)) given.port = 0;
      // A handle, a descriptor or a path: whatever has an address is asked about by its handle.
      if (given._handle || given.handle || given.port === undefined) return P.apply(original, this, args);
      if (typeof given.port !== 'number') given.port = P.String(given.port);
      const host = given.host ? given.host = P.String(given.host) : '::';
      // An address that a name leads to is asked about by the handle.
      const error = isIP(host) ? peer('listen', 'listen', host, given.port, 'tcp') : undefined;
      if (error === undefined) return P.apply(original, this, callback ? [given, callback] : [given]);
      nextTick(() => this.emit('error', error));
      return this;
    });
  });
}

module.exports = { install };
