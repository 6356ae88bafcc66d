'use strict';
// Native code that Node loads besides programs: addons, engines of OpenSSL,
// extensions of SQLite. Asked about as files that are executed and as programs.

const P = require('../lib/primordials.js');
const { replace } = require('./replace.js');
const { builtin, inBuiltin, ownClasses, whenLoaded } = require('./builtin.js');
const { isAbsolute, untilZero } = require('./paths.js');

function install(judge) {
  const { resolve, taken } = judge;
  // What has no slash is looked for in the system's directories.
  const kept = (name) => (P.textIncludes(name, '/') ? taken(name) : name);
  const environment = process.env;

  /** The first error of everything that a name may load. */
  const loads = (call, names) => {
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      const path = resolve(name);
      const error = path === undefined ? undefined : judge.file(call, name, 'execute', path) ?? judge.exec(call, name, path, name);
      if (error !== undefined) return error;
    }
    return undefined;
  };

  /** Has `object[name]` ask about its argument at `at`: text, whatever it was. */
  const hook = (object, name, at, asked) => replace(object, name, (original) => function (...args) {
    if (args.length > at) {
      P.put(args, at, kept(untilZero(P.String(args[at]))));
      const error = asked(name, args[at]);
      if (error !== undefined) throw error;
    }
    return P.apply(original, this, args);
  });

  hook(process, 'dlopen', 1, (call, name) => loads(call, [name]));

  // OpenSSL looks in its own directory first, by the id and `.so`, then for the id
  // itself (`ENGINE_by_id`, openssl/crypto/engine/eng_list.c).
  const engine = (call, id) => {
    const folder = environment.OPENSSL_ENGINES;
    if (folder !== undefined) return loads(call, [id, `${folder}/${id}.so`]);
    // Whatever that directory is then, nothing in it is named so.
    const out = !isAbsolute(id) && P.textIncludes(id, '..');
    return loads(call, [id]) ?? (out ? judge.around(call, id) : undefined);
  };
  inBuiltin('crypto', (crypto) => {
    replace(crypto, 'setEngine', (original) => function (...args) {
      // What is no text fails in Node itself.
      if (typeof P.at(args, 0) === 'string') {
        P.put(args, 0, kept(untilZero(args[0])));
        const error = engine('setEngine', args[0]);
        if (error !== undefined) throw error;
      }
      return P.apply(original, this, args);
    });
  });
  // `clientCertEngine` and `privateKeyEngine` of every way to TLS end in these. `tls` and
  // what it is made of load each other, whichever is first: with both, one can be made.
  let hooked = false, first;
  const contexts = (part) => {
    if (hooked) return;
    const context = contextPrototype();
    // Meanwhile the other may have been loaded.
    if (hooked) return;
    first ??= part;
    // Only where they load each other is one of them half loaded.
    if (context === undefined && (part !== first || builtin('tls').createSecureContext !== undefined)) throw new P.Error('no context of TLS');
    if (context === undefined) return;
    hooked = true;
    hook(context, 'setClientCertEngine', 0, engine);
    hook(context, 'setEngineKey', 1, engine);
  };
  whenLoaded('tls', () => contexts('tls'));
  whenLoaded('_tls_common', () => contexts('_tls_common'));

  inBuiltin('sqlite', ({ DatabaseSync }) => {
    // SQLite tries the name, then the name and `.so`.
    hook(DatabaseSync.prototype, 'loadExtension', 0, (call, name) => loads(call, [name, `${name}.so`]));
  });
}

/** What Node's own TLS contexts inherit from, if that can be told yet. */
function contextPrototype() {
  // A hundredth of the time that making a context takes.
  const { SecureContext } = ownClasses('crypto');
  if (SecureContext !== undefined) return SecureContext.prototype;
  try {
    const { createSecureContext } = builtin('tls');
    // Not by its old name, of which a newer Node warns.
    const make = createSecureContext ?? builtin('_tls_common').createSecureContext;
    return P.getPrototypeOf(make({ __proto__: null, ca: [] }).context);
  } catch {
    return undefined;
  }
}

module.exports = { install };
