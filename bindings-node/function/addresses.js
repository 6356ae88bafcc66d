'use strict';
// What the hooks use of Node's own `net` and `dns`, as they were before anybody changed them.

const { fromBuiltin } = require('./builtin.js');

const taken = {
  __proto__: null,
  isIP: fromBuiltin('net', (net) => net.isIP),
  isIPv4: fromBuiltin('net', (net) => net.isIPv4),
  lookup: fromBuiltin('dns', (dns) => dns.lookup),
};

const isIP = (text) => taken.isIP()(text);
const isIPv4 = (text) => taken.isIPv4()(text);

/** Looks a name up as Node does, without a question about the look-up. */
function lookup(name, options, done) {
  return taken.lookup()(name, options, done);
}

module.exports = { isIP, isIPv4, lookup };
