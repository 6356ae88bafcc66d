'use strict';
// The other end of a connection or datagram: what was asked for, then the
// addresses that the name turns out to have, before one of them is used. The
// handle that uses it asks once more, unless this is what was allowed here.

const P = require('../lib/primordials.js');
const { isIP, isIPv4 } = require('./addresses.js');
const { grant, take } = require('./permits.js');
const { untilZero } = require('./paths.js');
const { groupsOf } = require('./reverse.js');

/** As Node numbers the error. */
const EINVAL = -22;

function createPeers(judge) {
  /** Asks about one peer, and lets a handle use it; `domain` is the name that led to an address. */
  function peer(call, direction, host, port, protocol, domain) {
    const error = ask(call, direction, host, port, protocol, domain);
    if (error === undefined && isIP(host)) grant(permit(direction, host, port, protocol));
    return error;
  }

  /** The error that a handle's method fails with, as a number; 0 if it may go on. */
  function handled(call, direction, host, port, protocol) {
    if (take(permit(direction, host, port, protocol))) return 0;
    // Whatever else Node might make of it.
    if (!isIP(host)) return EINVAL;
    return ask(call, direction, host, port, protocol)?.errno ?? 0;
  }

  /** Asks about a peer; one that is nowhere is this host for the system, and asked about as that too. */
  function ask(call, direction, host, port, protocol, domain) {
    const error = askOnce(call, direction, host, port, protocol, domain);
    const local = direction === 'outbound' && isIP(host) ? loopbackOf(host) : undefined;
    return error ?? (local === undefined ? undefined : askOnce(call, direction, local, port, protocol, domain));
  }

  function askOnce(call, direction, host, port, protocol, domain) {
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

  return { peer, watched, handled };
}

/** All that is asked about, as one text. */
const permit = (direction, host, port, protocol) => `${protocol} ${direction} ${P.Number(port)} ${host}`;

/** Where the system connects to for an unspecified address (`0.0.0.0`, `::`, `::ffff:0.0.0.0`). */
function loopbackOf(address) {
  if (address === '0.0.0.0') return '127.0.0.1';
  // Most have a digit other than zero at once.
  if (!P.includes(ZEROS, address[0]) || isIPv4(address)) return undefined;
  const groups = groupsOf(address);
  for (let index = 0; index < 8; index++) {
    if (groups[index] !== 0 && !(index === 5 && groups[5] === 0xffff)) return undefined;
  }
  return groups[5] === 0 ? '::1' : '127.0.0.1';
}

const ZEROS = P.freeze(['0', ':']);

/** An address and a port as a handle takes them, each taken once. */
const hostOf = (address) => untilZero(P.String(address));
/** The system takes the lower half of the number. */
const portOf = (port) => P.Number(port) & 0xffff;
/** What a datagram socket is bound to before it sends, if to nothing else: no question. */
const isAnywhere = (host, port) => port === 0 && (host === '0.0.0.0' || host === '::');

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

module.exports = { createPeers, hostOf, isAnywhere, portOf };
