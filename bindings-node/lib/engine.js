'use strict';
// The engine: a bundle that was loaded and bound, and everything asked of it.

const { readFileSync } = require('node:fs');
const P = require('./primordials.js');
const V = require('./vocabulary.js');
const native = require('./native.js');
const { Actor, MAKE: MAKE_ACTOR } = require('./actor.js');
const { Batch, Decisions, SHORT, linesOf } = require('./batch.js');
const { Decision, MAKE: MAKE_DECISION, NO_RULE, NONE, WORDS } = require('./decision.js');
const { WardlineError, wrongArgument, notMadeSo, translated } = require('./errors.js');
const { decide, decideRecord, record, recordOf } = require('./event.js');
const { Kept } = require('./kept.js');
const { told } = require('./metadata.js');
const { isPlain, own } = require('./plain.js');
const { isBytes, readActing } = require('./record.js');
const { State } = require('./state.js');

/** What the functions of this thread leave of an answer beside its first word. */
const out = new P.Uint32Array(WORDS);
const TWO_32 = 2 ** 32;

const Action = P.freeze({ ALLOW: 0, AUDIT: 1, BLOCK: 2 });

class Engine {
  #handle;
  /** Functions that decide without a state, and those by state. */
  #functions;
  #withState = new P.WeakMap();
  /** Where decisions come from that keep no engine. */
  #origin;
  /** What is kept of the generation that decided last. */
  #kept = UNKNOWN;

  constructor(token, handle) {
    if (token !== MAKE) throw notMadeSo('use Engine.load or Engine.open');
    this.#handle = handle;
    this.#functions = bound(handle, undefined);
    this.#origin = P.freeze({ place: native.placeOfEngine(handle), held: undefined });
  }

  /** Loads a bundle from memory. */
  static load(bytes, options) {
    if (!isBytes(bytes)) throw wrongArgument('bytes', 'a Uint8Array', bytes);
    const { target, fail, modeCap, kinds, volumes } = bindingOf(options);
    return new this(MAKE, translated(() => native.load(bytes, target, fail, modeCap, kinds, volumes)));
  }

  /** Loads a bundle from a file, before it returns: an enforcer must be ready first. */
  static open(path, options) {
    let bytes;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      throw new WardlineError('ERR_WARDLINE_UNREADABLE', `cannot read the bundle: ${error.message}`);
    }
    try {
      return this.load(bytes, options);
    } catch (error) {
      error.message = `cannot load ${path}: ${error.message}`;
      throw error;
    }
  }

  /** Decides one event; with a state, after those that it remembers. */
  decide(event, state) {
    const functions = state === undefined ? this.#live() : this.#stateful(state);
    const code = decide(functions, event);
    const generation = out[3] + out[4] * TWO_32;
    if (out[1] === NO_RULE && out[2] === 0 && out[5] === 0) {
      return new Decision(MAKE_DECISION, code, 0, generation, null, NONE, null, 0, this.#origin);
    }
    const alert = out[5] === 0 ? null : { count: out[5], others: out[6], rule: out[7] };
    return this.#decision(code, out[1], out[2], generation, alert, out[8], event);
  }

  #decision(code, number, matched, generation, alert, before, event) {
    const kept = this.#keep(generation);
    const rule = number === NO_RULE ? null : kept.rule(number);
    let rules = NONE;
    // An invalid event has a rule that could not be judged, not one that matched.
    if (matched > 0 && ((code >> 4) & 3) !== 3) rules = P.freeze([rule]);
    if (matched > 1 || (matched > 0 && rules === NONE)) rules = this.#matching(event, kept, rule, rules);
    if (alert !== null) alert = P.freeze({ ...alert, rule: kept.rule(alert.rule) });
    return new Decision(MAKE_DECISION, code, matched, generation, rule, rules, alert, before, kept.origin);
  }

  /** Every rule that matches, in bundle order. */
  #matching(event, kept, winner, otherwise) {
    const [found, ...numbers] = native.matches(this.#alive(), record(event));
    if (found !== kept.generation) return otherwise;
    const rules = numbers.map((number) => kept.rule(number));
    // Rules that count over time match only with their state.
    if (otherwise.length > 0 && !rules.includes(winner)) rules.unshift(winner);
    return P.freeze(rules);
  }

  /** Keeps a generation, whoever replaces it from now on. */
  #keep(generation) {
    if (this.#kept.generation !== generation) this.#kept = new Kept(this.#alive(), generation, this.#origin.place);
    return this.#kept;
  }

  /** Decides a program by path: `Action.ALLOW`, `AUDIT` or `BLOCK`, no more. */
  checkExec(path, process) {
    if (typeof path === 'string' && (process === undefined || typeof process === 'string')) {
      const { checkExec: call } = this.#live();
      const action = process === undefined ? call(path) : call(path, process);
      if (action >= 0) return action;
    }
    return this.#check('exec', undefined, 1, path, process);
  }

  /** Decides a file access by operation and path. */
  checkFile(operation, path, process) {
    const word = typeof operation === 'string' ? V.FILE_OPERATIONS[operation] : undefined;
    if (word === undefined || word === 4 || word === 5) {
      throw wrongArgument('operation', 'an operation on one path, such as `read`', operation);
    }
    return this.#check('file', operation, word << 4, path, process);
  }

  /** Decides a connection by direction, address and port. */
  checkNetwork(direction, ip, port) {
    const word = typeof direction === 'string' ? V.DIRECTIONS[direction] : undefined;
    if (word === undefined) throw wrongArgument('direction', '`outbound`, `inbound` or `listen`', direction);
    if (typeof port !== 'number' || !P.isInteger(port) || port < 0 || port > 0xffff) {
      throw wrongArgument('port', 'a number from 0 to 65535', port);
    }
    if (!isName(ip)) throw wrongArgument('ip', 'a string or Uint8Array', ip);
    const functions = this.#live();
    const code = functions.decide(2 | (word << 4), (1 << 3) | (1 << 15), port, ip);
    return (code < 0 ? decideRecord(functions, { kind: 'network', direction, ip, port }) : code) & 3;
  }

  /** Decides a look-up by name. */
  checkDns(name) {
    const functions = this.#live();
    if (!isName(name)) throw wrongArgument('name', 'a string or Uint8Array', name);
    const code = functions.decide(3, 1 << 8, name);
    return (code < 0 ? decideRecord(functions, { kind: 'dns', name }) : code) & 3;
  }

  #check(kind, operation, head, path, process) {
    const functions = this.#live();
    if (!isName(path)) throw wrongArgument('path', 'a string or Uint8Array', path);
    let code;
    if (process === undefined) {
      code = functions.decide(head, 1 << 8, path);
    } else {
      if (!isName(process)) throw wrongArgument('process', 'a string or Uint8Array', process);
      code = functions.decide(head, (1 << 4) | (1 << 8), process, path);
    }
    if (code >= 0) return code & 3;
    // Half a surrogate pair is no name. The record says so, and has what else was given.
    return decideRecord(functions, { kind, operation, path, process: process === undefined ? undefined : { path: process } }) & 3;
  }

  /** Decides many events: an array of them, a `Batch`, or JSON lines as bytes. */
  decideBatch(events, state) {
    const functions = state === undefined ? this.#live() : this.#stateful(state);
    let words, count, stride = WORDS, lines = null;
    if (isBytes(events)) {
      words = native.decideLines(this.#alive(), state === undefined ? undefined : State.handle(state), linesOf(events));
      stride = WORDS + 1;
      count = words.length / stride;
      lines = (index) => words[index * stride + WORDS];
    } else {
      const batch = P.isArray(events) ? Batch.from(events) : events;
      if (!(batch instanceof Batch)) throw wrongArgument('events', 'an array, a Batch or a Uint8Array of JSON lines', events);
      const { buffer, length, size } = Batch.contents(batch);
      if (state === undefined) stride = SHORT;
      words = new P.Uint32Array(state === undefined ? size * SHORT + 2 : size * WORDS);
      count = functions.decideRecords(buffer, length, words);
      // Else a decision would be another event's.
      if (count !== size) throw new WardlineError('ERR_WARDLINE_CALL', `${count} decisions about ${size} events`);
    }
    // One engine decided all of them, and is kept now: it may be replaced before they are read.
    const low = stride === SHORT ? count * SHORT : 3;
    const kept = count === 0 ? UNKNOWN : this.#keep(words[low] + words[low + 1] * TWO_32);
    return new Decisions(MAKE_DECISION, words, stride, count, lines, kept);
  }

  /**
   * Finds out what the rules say about a process, its user and groups, to be given as
   * `actor` with their events. After a `replace`, make a new one: the old is slower.
   */
  actor(acting) {
    const reading = readActing(acting);
    if (reading === undefined) throw wrongArgument('actor', 'an object with `process`, `user` and `groups` as in events', acting);
    return new Actor(MAKE_ACTOR, this.#alive(), reading, recordOf(reading));
  }

  /** The throttled rules with audits that no decision has told of yet, and how many. */
  suppressed(state) {
    const pairs = native.suppressed(this.#alive(), State.handle(state));
    const { generation } = this;
    const found = [];
    for (let index = 0; index < pairs.length; index += 2) {
      found.push(P.freeze({ rule: this.#keep(generation).rule(pairs[index]), count: pairs[index + 1] }));
    }
    return P.freeze(found);
  }

  /** For each rule about this kind of event, why it matches or does not. */
  explain(event) {
    const { generation } = this;
    const all = P.parse(translated(() => native.explain(this.#alive(), record(event))));
    return all.map((one) => ({ ...one, rule: this.#keep(generation).rule(one.rule) }));
  }

  /**
   * The audit event of a decision of this engine about this event: a line of JSON, as the
   * engine that decided tells it, if it was replaced meanwhile. Metadata that is no JSON is
   * left out.
   */
  auditEvent(event, decision) {
    if (!Decision.is(decision)) throw wrongArgument('decision', 'a Decision', decision);
    const { place, held } = Decision.origin(decision);
    const handle = this.#alive();
    if (place !== this.#origin.place) throw new WardlineError('ERR_WARDLINE_DECISION', 'decision: of another engine');
    const metadata = isPlain(event) && P.hasOwn(event, 'metadata') ? told(event.metadata) : undefined;
    return translated(() => native.audit(handle, held, record(event), Decision.words(decision), metadata));
  }

  /** Whether a finding in this file would be reported. */
  shouldScan(path, process) {
    if (!isName(path)) throw wrongArgument('path', 'a string or Uint8Array', path);
    return native.shouldScan(this.#alive(), record({ kind: 'malware', path, process }));
  }

  /** The rule with this number, or `undefined`. */
  rule(id) {
    return this.rules[id];
  }

  get rules() {
    return P.freeze([...this.#keep(this.generation).rules]);
  }

  get generation() { return this.#describe().generation; }
  get platform() { return this.#describe().platform; }
  get bundleHash() { return this.#describe().bundleHash; }
  get needsState() { return this.#describe().needsState; }
  get policies() { return this.#describe().policies; }
  get controls() { return this.#describe().controls; }

  #describe() {
    return P.parse(native.describeEngine(this.#alive(), undefined));
  }

  /** Puts another engine's bundle and binding in the place of these, whole. */
  replace(other) {
    if (!(other instanceof Engine)) throw wrongArgument('other', 'an Engine', other);
    return translated(() => native.replace(this.#alive(), other.#alive()));
  }

  /** Has a state forget what no rule of this engine counts; how many entries went. */
  adopt(state) {
    return native.adoptState(this.#alive(), State.handle(state));
  }

  /** Lets go of the bundle. Nothing can be asked afterwards. */
  [Symbol.dispose]() {
    this.#handle = undefined;
    this.#functions = P.freeze({});
    this.#withState = new P.WeakMap();
    this.#kept = UNKNOWN;
  }

  #alive() {
    if (this.#handle === undefined) throw new WardlineError('ERR_WARDLINE_DISPOSED', 'the engine was disposed of');
    return this.#handle;
  }

  #live() {
    if (this.#handle === undefined) this.#alive();
    return this.#functions;
  }

  #stateful(state) {
    const handle = State.handle(state);
    let functions = P.weakGet(this.#withState, state);
    if (functions === undefined) {
      functions = bound(this.#alive(), handle);
      P.weakSet(this.#withState, state, functions);
    }
    return functions;
  }

  static handleOf(engine) {
    return engine.#alive();
  }
}

/** An engine that several threads use at once, by its token. */
class SharedEngine extends Engine {
  /** What another thread needs for `SharedEngine.attach`. */
  get token() {
    return native.numberOfEngine(Engine.handleOf(this));
  }

  /** The engine of a token, as long as some thread holds it. */
  static attach(token) {
    if (typeof token !== 'number') throw wrongArgument('token', 'the token of a SharedEngine', token);
    const handle = native.attachEngine(token);
    if (handle === null) throw new WardlineError('ERR_WARDLINE_DISPOSED', 'no thread holds this engine any more');
    return new this(MAKE, handle);
  }
}

/** Of no generation. */
const UNKNOWN = P.freeze({ generation: -1 });

/** Only this module makes engines. */
const MAKE = Symbol('make');

/** The functions that decide with an engine and perhaps a state, and what they are bound to. */
function bound(engine, state) {
  const { checkExec, decide, decideRecord, decideRecords } = native.bind(engine, state, undefined, out);
  return P.freeze({ __proto__: null, checkExec, decide, decideRecord, decideRecords, engine, state, out });
}

function isName(value) {
  return typeof value === 'string' || (isBytes(value) && !(P.typedBuffer(value) instanceof P.SharedArrayBuffer));
}

const OPTIONS = P.freeze(['target', 'fail', 'modeCap', 'capabilities', 'volumes']);

function bindingOf(options = {}) {
  const { target, fail = 'closed', modeCap = 'enforce', capabilities, volumes = {} } = own('options', options, OPTIONS);
  return {
    target: target === undefined ? undefined : targetOf(target),
    fail: oneOf('options.fail', fail, ['closed', 'open']),
    modeCap: oneOf('options.modeCap', modeCap, ['audit', 'enforce']),
    kinds: capabilities === undefined ? 0xffff : kindsOf(capabilities),
    volumes: volumesOf(volumes),
  };
}

function oneOf(name, value, words) {
  if (words.includes(value)) return value;
  throw new WardlineError('ERR_WARDLINE_ARGUMENT', `${name}: expected ${words.map((word) => `\`${word}\``).join(' or ')}, found ${String(value)}`);
}

function targetOf(target) {
  return Object.entries(own('options.target', target)).flatMap(([name, value]) =>
    (P.isArray(value) ? value : [value]).map((one) => {
      if (typeof one !== 'string') throw wrongArgument(`options.target["${name}"]`, 'a string or an array of them', one);
      return [name, one];
    }),
  );
}

function volumesOf(volumes) {
  return Object.entries(own('options.volumes', volumes)).map(([device, drive]) => {
    if (typeof drive !== 'string') throw wrongArgument(`options.volumes["${device}"]`, 'a drive such as `C:`', drive);
    return [device, drive];
  });
}

function kindsOf(capabilities) {
  if (!P.isArray(capabilities)) throw wrongArgument('options.capabilities', 'an array of kinds', capabilities);
  return capabilities.reduce((all, kind) => {
    oneOf('options.capabilities', kind, Object.keys(V.KINDS));
    return all | (1 << V.KINDS[kind]);
  }, 0);
}

module.exports = { Engine, SharedEngine, Action };
