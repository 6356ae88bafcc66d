'use strict';
// Any event as a record: the exact reading, in the order of `engine/src/json`,
// so that of several faults the same one is told everywhere. `event.js` reads
// the plain events faster and leaves the others to this.
//
// First everything is read from the event, which may run code of others
// (getters, proxies); then it is written, which may not.

const P = require('./primordials.js');
const V = require('./vocabulary.js');
const { Actor } = require('./actor.js');
const { isPlain } = require('./plain.js');

const enumerable = P.uncurry(Object.prototype.propertyIsEnumerable);
const { FAULTS } = V;

const COMMON = ['actor', 'groups', 'kind', 'metadata', 'process', 'time', 'user'];
const set = (...names) => Object.freeze(Object.assign(Object.create(null), ...names.map((name) => ({ [name]: true }))));
const KNOWN = [
  ['aliases', 'cwd', 'deleted', 'dirfd_path', 'mode', 'operation', 'path', 'requested', 'root', 'target', 'truncated'],
  ['aliases', 'argv', 'cwd', 'deleted', 'dirfd_path', 'ip', 'memfd', 'path', 'requested', 'root', 'script', 'sha256', 'stdio_socket', 'truncated'],
  ['direction', 'domain', 'ip', 'port', 'protocol'],
  ['answers', 'cnames', 'name'],
  ['groups_complete', 'source', 'success'],
  ['name', 'operation', 'subject'],
  ['key', 'operation', 'value'],
  ['name', 'what'],
  ['path', 'signature'],
  ['id', 'name'],
].map((names) => set(...COMMON, ...names));
const PROCESS = set('argv', 'name', 'path', 'pid');
const PRINCIPAL = set('id', 'name', 'sid');
const ACTING = set('groups', 'process', 'user');

// Bits of the mask; see `src/wire.rs`.
const TIME = 0, PID = 1, ID = 2, NUMBER = 3, PROCESS_PATH = 4, PROCESS_NAME = 5, USER_NAME = 6, USER_SID = 7, NAME = 8,
  SECOND = 9, REQUESTED = 10, CWD = 11, DIRFD_PATH = 12, ROOT = 13, SHA256 = 14, ADDRESS = 15, PROCESS_ARGV = 16,
  GROUPS = 17, ALIASES = 18, ARGV = 19, ANSWERS = 20, CNAMES = 21;

/** The slots that an actor fills. */
const WHO = [PID, ID, PROCESS_PATH, PROCESS_NAME, USER_NAME, USER_SID, PROCESS_ARGV, GROUPS];

const U16 = 0xffff;
const U32 = 0xffffffff;
const I64 = 2n ** 63n - 1n;
const NO_ID = 2n ** 64n - 1n;
/** The length of a text in a record has a bit less than a word. */
const LONGEST = 2 ** 31 - 1;

/** One event, read. */
class Reading {
  constructor() {
    this.fault = 0;
    this.head = 15;
    this.mask = 0;
    // By slot; without what somebody may have given all arrays.
    this.values = { __proto__: null };
  }

  note(fault) {
    if (this.fault === 0) this.fault = fault;
  }

  put(slot, value) {
    if (value === undefined) return;
    this.mask |= 1 << slot;
    this.values[slot] = value;
  }

  flag(bit, value) {
    if (value) this.head |= 1 << bit;
  }
}

/** The members of one object, by name and type. What is wrong counts as absent. */
class Fields {
  constructor(object, reading) {
    this.object = object;
    this.reading = reading;
  }

  get(name) {
    return enumerable(this.object, name) ? this.object[name] : undefined;
  }

  only(known) {
    for (const name in this.object) {
      if (enumerable(this.object, name) && this.object[name] !== undefined && !known[name]) this.reading.note(FAULTS.unknownField);
    }
    return this;
  }

  wrong(value) {
    if (value !== undefined) this.reading.note(FAULTS.fieldType);
  }

  bytes(name) {
    return this.text(this.get(name));
  }

  /** A text or bytes; `undefined` with a note for anything else. */
  text(value) {
    if (typeof value === 'string' ? P.isWellFormed(value) : isBytes(value) && P.typedLength(value) <= LONGEST) return value;
    this.wrong(value);
    return undefined;
  }

  word(name, words) {
    const word = this.get(name);
    if (typeof word !== 'string') {
      this.wrong(word);
      return undefined;
    }
    const number = words[word];
    if (number === undefined) this.reading.note(P.isWellFormed(word) ? FAULTS.unknownValue : FAULTS.fieldType);
    return number;
  }

  required(name, value) {
    if (value === undefined && this.get(name) === undefined) this.reading.note(FAULTS.missingField);
    return value;
  }

  boolean(name) {
    const flag = this.get(name);
    if (typeof flag === 'boolean') return flag;
    this.wrong(flag);
    return undefined;
  }

  integer(name, most) {
    const value = this.get(name);
    const whole = typeof value === 'bigint' || (typeof value === 'number' && P.isInteger(value));
    if (whole && value >= 0 && value <= most) return value;
    this.wrong(value);
    return undefined;
  }

  /** An integer that is no id is kept as one that no control takes for an id. */
  id() {
    const value = this.get('id');
    if (typeof value === 'bigint' || (typeof value === 'number' && P.isInteger(value))) {
      return value >= 0 && value < NO_ID ? value : NO_ID;
    }
    this.wrong(value);
    return undefined;
  }

  nested(name, known) {
    const value = this.get(name);
    if (!isPlain(value)) this.wrong(value);
    return isObject(value) ? new Fields(value, this.reading).only(known) : undefined;
  }

  list(name, read) {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const found = [];
    if (!P.isArray(value)) {
      this.wrong(value);
      return found;
    }
    for (let index = 0; index < value.length; index++) {
      const element = value[index];
      // What is not there is no text either.
      const one = element === undefined ? this.wrong(null) : read(element);
      if (one !== undefined) P.push(found, one);
    }
    return found;
  }

  texts(name) {
    return this.list(name, (value) => this.text(value));
  }

  principals(name) {
    return this.list(name, (value) => {
      const plain = isPlain(value);
      if (!plain) this.wrong(value);
      if (!isObject(value)) return undefined;
      const fields = new Fields(value, this.reading).only(PRINCIPAL);
      const group = { name: fields.bytes('name'), id: fields.id(), sid: fields.bytes('sid') };
      // A group of which nothing is known may be any; this is none.
      return plain || group.name !== undefined || group.id !== undefined || group.sid !== undefined ? group : undefined;
    });
  }
}

// A reading leads to its class, and that must not be changed.
P.freeze(Reading.prototype);
P.freeze(Fields.prototype);

/** Reads an event; never fails unless code of the event does. */
function read(event) {
  const reading = new Reading();
  if (!isPlain(event)) reading.note(FAULTS.notAnEvent);
  if (!isObject(event)) return finish(reading);
  const fields = new Fields(event, reading);
  const kind = readKind(fields, reading);
  if (kind !== undefined) {
    reading.head = kind | (15 << 4);
    fields.only(KNOWN[kind]);
  }
  readActor(fields, reading);
  if (kind !== undefined) readActivity(kind, fields, reading);
  return finish(reading);
}

function readKind(fields, reading) {
  const kind = fields.get('kind');
  if (typeof kind !== 'string') {
    reading.note(kind === undefined ? FAULTS.missingField : FAULTS.fieldType);
    return undefined;
  }
  if (V.KINDS[kind] === undefined) reading.note(P.isWellFormed(kind) ? FAULTS.unknownKind : FAULTS.fieldType);
  return V.KINDS[kind];
}

/** Process, user and groups by themselves, for an actor; `undefined` if something is wrong. */
function readActing(acting) {
  const reading = new Reading();
  if (!isPlain(acting)) return undefined;
  readWho(new Fields(acting, reading).only(ACTING), reading);
  return reading.fault === 0 ? finish(reading) : undefined;
}

function readActor(fields, reading) {
  reading.put(TIME, fields.integer('time', I64));
  const actor = fields.get('actor');
  if (actor === undefined) readWho(fields, reading);
  else readActed(actor, fields, reading);
  const metadata = fields.get('metadata');
  if (metadata === null || typeof metadata === 'function' || typeof metadata === 'symbol' || typeof metadata === 'bigint') {
    reading.note(FAULTS.fieldType);
  }
}

/** An actor stands for all three. */
function readActed(actor, fields, reading) {
  const known = Actor.reading(actor);
  if (known === undefined) {
    reading.note(FAULTS.fieldType);
    readWho(fields, reading);
    return;
  }
  if (fields.get('process') !== undefined || fields.get('user') !== undefined || fields.get('groups') !== undefined) {
    reading.note(FAULTS.duplicateField);
  }
  for (let index = 0; index < WHO.length; index++) reading.put(WHO[index], known.values[WHO[index]]);
}

function readWho(fields, reading) {
  const process = fields.nested('process', PROCESS);
  if (process !== undefined) {
    reading.put(PROCESS_ARGV, process.texts('argv'));
    reading.put(PROCESS_PATH, process.bytes('path'));
    reading.put(PROCESS_NAME, process.bytes('name'));
    reading.put(PID, process.integer('pid', U32));
  }
  const user = fields.nested('user', PRINCIPAL);
  if (user !== undefined) {
    reading.put(USER_NAME, user.bytes('name'));
    reading.put(ID, user.id());
    reading.put(USER_SID, user.bytes('sid'));
  }
  reading.put(GROUPS, fields.principals('groups'));
}

function readActivity(kind, fields, reading) {
  const word = (number) => {
    if (number !== undefined) reading.head = (reading.head & ~(15 << 4)) | (number << 4);
  };
  const named = (name) => reading.put(NAME, fields.required(name, fields.bytes(name)));
  switch (kind) {
    case V.KINDS.file: {
      reading.put(ALIASES, fields.texts('aliases'));
      const operation = fields.required('operation', fields.word('operation', V.FILE_OPERATIONS));
      word(operation);
      const target = fields.bytes('target');
      if (operation === V.FILE_OPERATIONS.rename || operation === V.FILE_OPERATIONS.link) fields.required('target', target);
      reading.put(SECOND, target);
      named('path');
      reading.put(REQUESTED, fields.bytes('requested'));
      readBase(fields, reading);
      reading.put(NUMBER, fields.integer('mode', U32));
      reading.flag(14, fields.boolean('truncated'));
      reading.flag(15, fields.boolean('deleted'));
      break;
    }
    case V.KINDS.exec:
      reading.put(ALIASES, fields.texts('aliases'));
      reading.put(ARGV, fields.texts('argv'));
      named('path');
      reading.put(REQUESTED, fields.bytes('requested'));
      readBase(fields, reading);
      reading.put(SECOND, fields.bytes('script'));
      reading.put(SHA256, fields.bytes('sha256'));
      reading.flag(16, fields.boolean('memfd'));
      reading.flag(14, fields.boolean('truncated'));
      reading.flag(15, fields.boolean('deleted'));
      reading.flag(17, fields.boolean('stdio_socket'));
      reading.put(ADDRESS, fields.bytes('ip'));
      break;
    case V.KINDS.network: {
      const ip = fields.bytes('ip');
      const domain = fields.bytes('domain');
      if (ip === undefined) fields.required('domain', domain);
      word(fields.required('direction', fields.word('direction', V.DIRECTIONS)));
      reading.put(ADDRESS, ip);
      reading.put(NAME, domain);
      reading.put(NUMBER, fields.integer('port', U16));
      const protocol = fields.word('protocol', V.PROTOCOLS);
      if (protocol !== undefined) reading.head |= (protocol + 1) << 21;
      break;
    }
    case V.KINDS.dns:
      reading.put(ANSWERS, fields.texts('answers'));
      reading.put(CNAMES, fields.texts('cnames'));
      named('name');
      break;
    case V.KINDS.login: {
      reading.put(ADDRESS, fields.bytes('source'));
      const success = fields.boolean('success');
      reading.flag(19, success !== undefined);
      reading.flag(20, success);
      const complete = fields.boolean('groups_complete');
      // Only groups that were given, by the event or its actor, are taken for all there are.
      reading.flag(18, complete === undefined ? (reading.mask & (1 << GROUPS)) !== 0 : complete);
      const known = (1 << USER_NAME) | (1 << ID) | (1 << USER_SID);
      if ((reading.mask & known) === 0) reading.note(FAULTS.missingField);
      break;
    }
    case V.KINDS.account: {
      const subject = fields.required('subject', fields.word('subject', V.SUBJECTS));
      const operation = fields.word('operation', V.ACCOUNT_OPERATIONS);
      fields.required('operation', operation);
      if (operation !== undefined && subject !== undefined) word(operation | (subject << 2));
      named('name');
      break;
    }
    case V.KINDS.registry:
      word(fields.required('operation', fields.word('operation', V.REGISTRY_OPERATIONS)));
      named('key');
      reading.put(SECOND, fields.bytes('value'));
      break;
    case V.KINDS.system:
      word(fields.required('what', fields.word('what', V.SYSTEM_CHANGES)));
      reading.put(NAME, fields.bytes('name'));
      break;
    case V.KINDS.malware:
      named('path');
      reading.put(SECOND, fields.bytes('signature'));
      break;
    case V.KINDS.credential: {
      const name = fields.bytes('name');
      const id = fields.bytes('id');
      if (name === undefined) fields.required('id', id);
      reading.put(NAME, name);
      reading.put(SECOND, id);
      break;
    }
  }
}

function readBase(fields, reading) {
  reading.put(CWD, fields.bytes('cwd'));
  reading.put(DIRFD_PATH, fields.bytes('dirfd_path'));
  reading.put(ROOT, fields.bytes('root'));
}

function finish(reading) {
  reading.head = (reading.head | (reading.fault << 8)) >>> 0;
  return reading;
}

/** What is not plain is wrong, and what it has of its own counts all the same. */
function isObject(value) {
  return typeof value === 'object' && value !== null && !P.isArray(value);
}

/** Whether a value is a `Uint8Array` whose memory is still there. */
function isBytes(value) {
  if (P.typedTag(value) !== 'Uint8Array') return false;
  return P.typedLength(value) > 0 || !isDetached(P.typedBuffer(value));
}

function isDetached(buffer) {
  try {
    return new P.Uint8Array(buffer) === undefined;
  } catch {
    return true;
  }
}

module.exports = { read, readActing, isBytes, GROUPS, NUMBER, ADDRESS };
