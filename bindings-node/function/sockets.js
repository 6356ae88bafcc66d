'use strict';
// Node's own sockets, which everybody can get at (`socket._handle`, and by its `constructor`
// new ones): what connects, sends and listens asks here too. What `net` and `dgram` asked
// about is not asked about again; see `permits.js`. An error is a number, as Node's own.

const P = require('../lib/primordials.js');
const { inBuiltin, ownClasses } = require('./builtin.js');
const { replace } = require('./replace.js');
const { createPeers, hostOf, isAnywhere, portOf } = require('./peers.js');

function install(judge) {
  const network = judge.has('network') ? createPeers(judge) : undefined;
  // A tenth of the time that making one takes.
  const { Pipe } = ownClasses('pipe_wrap'), { TCP } = ownClasses('tcp_wrap'), { UDP } = ownClasses('udp_wrap');
  inBuiltin('child_process', (child) => guard(Pipe?.prototype ?? pipeOf(child), judge));
  inBuiltin('net', (net) => {
    const tcp = TCP?.prototype ?? tcpOf(net);
    guard(tcp, judge);
    if (network !== undefined) watchTcp(tcp, network);
  });
  inBuiltin('dgram', (dgram) => {
    const udp = UDP?.prototype ?? udpOf(dgram);
    guard(udp, judge);
    if (network !== undefined) watchUdp(udp, network);
  });
}

function watchTcp(tcp, { handled }) {
  /** What each was told to bind to: of port 0 the system would tell which it is. */
  const bound = new P.WeakMap();
  for (const name of ['bind', 'bind6']) {
    replace(tcp, name, (original) => function (address, port, flags) {
      const host = hostOf(address);
      const number = P.Number(port);
      const failed = P.apply(original, this, [host, number, flags]);
      if (failed === 0) P.weakSet(bound, this, { host, port: portOf(number) });
      return failed;
    });
  }
  // An address that a connection is to come from is bound to as well: listening is asked about.
  const nameOf = P.uncurry(tcp.getsockname);
  replace(tcp, 'listen', (original) => function (backlog) {
    const { host, port } = P.weakGet(bound, this) ?? addressOf(nameOf, this);
    return handled('listen', 'listen', host, port, 'tcp') || P.apply(original, this, [backlog]);
  });
  for (const name of ['connect', 'connect6']) {
    replace(tcp, name, (original) => function (request, address, port) {
      const host = hostOf(address);
      const number = P.Number(port);
      return handled('connect', 'outbound', host, portOf(number), 'tcp') || P.apply(original, this, [request, host, number]);
    });
  }
}

function watchUdp(udp, { handled }) {
  for (const name of ['bind', 'bind6']) {
    replace(udp, name, (original) => function (address, port, flags) {
      const host = hostOf(address);
      const number = P.Number(port);
      const failed = isAnywhere(host, portOf(number)) ? 0 : handled('bind', 'listen', host, portOf(number), 'udp');
      return failed || P.apply(original, this, [host, number, flags]);
    });
  }
  for (const name of ['connect', 'connect6']) {
    replace(udp, name, (original) => function (address, port) {
      const host = hostOf(address);
      const number = P.Number(port);
      return handled('connect', 'outbound', host, portOf(number), 'udp') || P.apply(original, this, [host, number]);
    });
  }
  for (const name of ['send', 'send6']) {
    replace(udp, name, (original) => function (request, list, count, port, address, hasCallback) {
      // Fewer are for a socket that is connected: its peer was asked about then.
      if (arguments.length < 5) return P.apply(original, this, [request, list, count, port]);
      const host = hostOf(address);
      const number = P.Number(port);
      return handled('send', 'outbound', host, portOf(number), 'udp') || P.apply(original, this, [request, list, count, number, host, hasCallback]);
    });
  }
}

/** Where a socket that Node did not bind is bound. */
function addressOf(nameOf, handle) {
  const found = { __proto__: null };
  // One that is bound to nothing listens everywhere.
  return nameOf(handle, found) === 0 ? { host: found.address, port: found.port } : { host: '0.0.0.0', port: 0 };
}

/** The program's own reports must not end: nobody may open and close their descriptor. */
function guard(proto, judge) {
  replace(proto, 'open', (original) => function (descriptor) {
    const number = P.Number(descriptor);
    const error = (number | 0) === judge.descriptor && judge.descriptor !== 2 ? judge.around('open', `${number}`) : undefined;
    return error === undefined ? P.apply(original, this, [number]) : error.errno;
  });
}

// Made and given up before there is a program. Each inherits from what all of its kind do.

function tcpOf({ Socket }) {
  const socket = new Socket();
  // It connects in the next turn, and does not if it is gone by then.
  socket.connect({ host: '127.0.0.1', port: 9 });
  const proto = P.getPrototypeOf(socket._handle);
  socket.destroy();
  return proto;
}

function udpOf({ Socket }) {
  // With a look-up of its own it does not load `dns`.
  const socket = new Socket({ type: 'udp4', lookup() {} });
  const state = Object.getOwnPropertySymbols(socket).map((symbol) => socket[symbol]).find((value) => value?.handle !== undefined);
  const proto = P.getPrototypeOf(state.handle);
  socket.close();
  return proto;
}

function pipeOf({ ChildProcess }) {
  const options = { stdio: ['pipe'] };
  try {
    // Pipes are made before it is missed that there is no file.
    new ChildProcess().spawn(options);
  } catch {
    const { handle } = options.stdio[0];
    handle.close();
    return P.getPrototypeOf(handle);
  }
  throw new Error('a program without a file');
}

module.exports = { install };
