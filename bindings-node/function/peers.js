'use strict';
// The other end of a connection or datagram: what was asked for, then the
// addresses that the name turns out to have, before one of them is used.

const P = require('../lib/primordials.js');
const { isIP } = require('./addresses.js');

function createPeers(judge) {
  /** Asks about one peer; `domain` is the name that led to an address. */
  function peer(call, direction, host, port, protocol, domain) {
    const number = P.Number(port);
    const known = P.isInteger(number) && number > 0 && number < 65536 ? number : undefined;
    const ip = isIP(host) ? host : undefined;
    const name = domain !== undefined ? domain : ip === undefined ? host : undefined;
    return judge.network(call, known === undefined ? host : `${host}:${known}`, direction, ip, name, known, protocol);
  }

  /**
   * A look-up whose answers are asked about. What is handed on was copied: the
   * original could answer differently the next time it is read.
   */
  function watched(lookup, call, port, protocol) {
    return function (name, options, done) {
      return P.apply(lookup, this, [name, options, (failed, found, family) => {
        if (failed) return done(failed);
        const all = addressesOf(found, family);
        for (let index = 0; index < all.length; index++) {
          const error = peer(call, 'outbound', all[index].address, port, protocol, name);
          if (error !== undefined) return done(error);
        }
        if (P.isArray(found)) return done(null, all);
        return all.length === 0 ? done(null, found, family) : done(null, all[0].address, all[0].family);
      }]);
    };
  }

  return { peer, watched };
}

function addressesOf(found, family) {
  const all = [];
  if (P.isArray(found)) {
    for (let index = 0; index < found.length; index++) {
      const one = found[index];
      P.push(all, { address: P.String(one.address), family: P.Number(one.family) });
    }
  } else if (found !== undefined && found !== null) {
    P.push(all, { address: P.String(found), family });
  }
  return all;
}

module.exports = { createPeers };
