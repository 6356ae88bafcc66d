'use strict';
// Connections, sockets that listen, datagrams, and look-ups by every door.

const dgram = require('node:dgram');
const dns = require('node:dns');
const net = require('node:net');
const { apply, replace } = require('./replace.js');

const { nextTick } = process;
const { isIP } = net;
const normalize = net._normalizeArgs;
const reject = Promise.reject.bind(Promise);
const RECORDS = ['resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr',
  'resolveNs', 'resolvePtr', 'resolveSoa', 'resolveSrv', 'resolveTlsa', 'resolveTxt'];

function install(judge) {
  const peer = (call, direction, host, port, protocol, domain) => {
    const event = { kind: 'network', direction, protocol };
    if (port > 0 && port < 65536) event.port = Number(port);
    if (isIP(host)) event.ip = host;
    else event.domain = host;
    if (domain !== undefined) event.domain = domain;
    return judge.judge(event, call, port === undefined ? host : `${host}:${port}`);
  };
  const lookedUp = (call, name, answers) => {
    if (isIP(name)) return undefined;
    const event = { kind: 'dns', name: String(name) };
    if (answers !== undefined && answers.length > 0) event.answers = answers;
    return judge.judge(event, call, name);
  };

  replace(net.Socket.prototype, 'connect', (original) => function (...args) {
    const [options, callback] = normalize(Array.isArray(args[0]) && args.length === 1 ? args[0] : args);
    if (options.path) return apply(original, this, args);
    const given = { ...options };
    const host = String(given.host ?? 'localhost');
    const error = peer('connect', 'outbound', host, given.port, 'tcp');
    if (error !== undefined) {
      // Fails as a look-up does, so that everything above a socket (tls, http, http2) sees it.
      given.host = 'wardline.invalid';
      given.lookup = (name, how, done) => nextTick(done, error);
      return apply(original, this, callback ? [given, callback] : [given]);
    }
    // The addresses that the name turns out to have are asked about before they are used.
    const lookup = given.lookup ?? dns.lookup;
    given.lookup = (name, how, done) => lookup(name, how, (failed, found, family) => {
      const all = Array.isArray(found) ? found.map((one) => one.address) : [found];
      const refused = failed ? undefined : all.map((ip) => peer('connect', 'outbound', ip, given.port, 'tcp', name)).find(Boolean);
      done(failed ?? refused ?? null, refused ? undefined : found, family);
    });
    return apply(original, this, callback ? [given, callback] : [given]);
  });

  replace(net.Server.prototype, 'listen', (original) => function (...args) {
    const [options] = normalize(args);
    const error = options.port === undefined ? undefined : peer('listen', 'listen', isIP(options.host ?? '') ? options.host : '::', options.port, 'tcp');
    if (error === undefined) return apply(original, this, args);
    nextTick(() => this.emit('error', error));
    return this;
  });

  for (const name of ['send', 'connect']) {
    replace(dgram.Socket.prototype, name, (original) => function (...args) {
      const callback = typeof args[args.length - 1] === 'function' ? args[args.length - 1] : undefined;
      const rest = name === 'connect' ? args : args.slice(1);
      const values = rest.filter((value) => typeof value !== 'function');
      const host = typeof values[values.length - 1] === 'string' ? values[values.length - 1] : undefined;
      const port = host === undefined ? values[values.length - 1] : values[values.length - 2];
      // A connected socket was asked about when it connected.
      const error = port === undefined ? undefined : peer(name, 'outbound', host ?? '127.0.0.1', port, 'udp');
      if (error === undefined) return apply(original, this, args);
      nextTick(() => (callback ? callback(error) : this.emit('error', error)));
      return this;
    });
  }

  const answersOf = (found) => {
    const all = Array.isArray(found) ? found : [found];
    return all.map((one) => (typeof one === 'object' && one !== null ? one.address : one)).filter((one) => typeof one === 'string' && isIP(one));
  };
  const withCallback = (name) => (original) => function (...args) {
    const error = lookedUp(name, args[0]);
    const callback = args[args.length - 1];
    if (typeof callback !== 'function') return apply(original, this, args);
    if (error !== undefined) {
      nextTick(callback, error);
      return undefined;
    }
    const checked = (failed, found, ...more) => {
      const answers = failed ? [] : answersOf(found);
      const refused = answers.length === 0 ? undefined : lookedUp(name, args[0], answers);
      return refused ? callback(refused) : callback(failed, found, ...more);
    };
    return apply(original, this, [...args.slice(0, -1), checked]);
  };
  const withPromise = (name) => (original) => function (...args) {
    const error = lookedUp(name, args[0]);
    if (error !== undefined) return reject(error);
    return apply(original, this, args).then((found) => {
      const answers = answersOf(found);
      const refused = answers.length === 0 ? undefined : lookedUp(name, args[0], answers);
      if (refused) throw refused;
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
      for (let proto = Resolver.prototype; proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) replace(proto, name, make(name));
    }
  }
}

module.exports = { install };
