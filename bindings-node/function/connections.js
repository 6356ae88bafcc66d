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
      // A handle that listens already was asked about when it did.
      if (given._handle || given.handle) return P.apply(original, this, args);
      if (args.length === 0 || typeof P.at(args, 0) === 'function' || given.port === null || ('port' in given && given.port === undefined)) given.port = 0;
      if (given.host !== undefined) given.host = P.String(given.host);
      let error;
      if (given.port !== undefined) {
        if (typeof given.port !== 'number') given.port = P.String(given.port);
        const host = given.host !== undefined && isIP(given.host) ? given.host : '::';
        error = peer('listen', 'listen', host, given.port, 'tcp');
      }
      if (error === undefined) return P.apply(original, this, callback ? [given, callback] : [given]);
      nextTick(() => this.emit('error', error));
      return this;
    });
  });
}

module.exports = { install };
