'use strict';
// From an event to the native call, without text in between. Plain events – no
// lists, nothing wrong – are read in one pass over their own fields and go as
// arguments; all others go as a record.

const P = require('./primordials.js');
const V = require('./vocabulary.js');
const { Actor } = require('./actor.js');
const { read, isBytes } = require('./record.js');
const { Writer } = require('./writer.js');

/** A bit for each field that only some kinds have. */
const BITS = Object.freeze(Object.fromEntries([
  'path', 'operation', 'requested', 'cwd', 'dirfd_path', 'root', 'target', 'script', 'sha256', 'ip', 'source', 'domain',
  'name', 'port', 'protocol', 'direction', 'key', 'value', 'what', 'signature', 'id', 'subject', 'success',
  'groups_complete', 'truncated', 'deleted', 'memfd', 'stdio_socket', 'mode',
].map((name, index) => [name, 1 << index])));
const bits = (...names) => names.reduce((all, name) => all | BITS[name], 0);

const PATHS = bits('path', 'requested', 'cwd', 'dirfd_path', 'root', 'truncated', 'deleted');
/** By kind: the fields it may have and those it must have. */
const MAY = [
  PATHS | bits('operation', 'target', 'mode'),
  PATHS | bits('script', 'sha256', 'memfd', 'stdio_socket', 'ip'),
  bits('direction', 'ip', 'domain', 'port', 'protocol'),
  bits('name'),
  bits('source', 'success', 'groups_complete'),
  bits('subject', 'operation', 'name'),
  bits('operation', 'key', 'value'),
  bits('what', 'name'),
  bits('path', 'signature'),
  bits('name', 'id'),
];
const MUST = [
  bits('operation', 'path'), bits('path'), bits('direction'), bits('name'), 0, bits('subject', 'operation', 'name'),
  bits('operation', 'key'), bits('what'), bits('path'), 0,
];

// `isPlain` for most, without its call; what is plain otherwise goes as a record. Nothing of
// an object may be asked here that it could inherit: a getter there would have the event.
const { getPrototypeOf, top } = P;

const values = new Array(16).fill(undefined);
const writer = new Writer();

/**
 * Decides an event with the functions of `bind`; returns the answer's first
 * word, the others are in `out`.
 */
function decide(functions, event) {
  let seen = 0, mask = 0, head = 0, kind = -1, who = false;
  let time, pid, id, number, processPath, processName, userName, userSid, name, second, requested, cwd, dirfdPath, root,
    sha256, address, operation, subject, what, direction, actor;

  if (typeof event !== 'object' || event === null || getPrototypeOf(event) !== top) return decideRecord(functions, event);
  for (const key in event) {
    if (!P.hasOwn(event, key)) continue;
    const value = event[key];
    if (value === undefined) continue;
    switch (key) {
      case 'kind':
        kind = kindNumber(value);
        continue;
      case 'path': name = value; seen |= BITS.path; continue;
      case 'process':
        who = true;
        if (typeof value !== 'object' || value === null || getPrototypeOf(value) !== top) return decideRecord(functions, event);
        for (const member in value) {
          if (!P.hasOwn(value, member)) continue;
          const part = value[member];
          if (member === 'path') processPath = part;
          else if (member === 'name') processName = part;
          else if (member === 'pid') pid = part;
          else return decideRecord(functions, event);
        }
        continue;
      case 'user':
        who = true;
        if (typeof value !== 'object' || value === null || getPrototypeOf(value) !== top) return decideRecord(functions, event);
        for (const member in value) {
          if (!P.hasOwn(value, member)) continue;
          const part = value[member];
          if (member === 'name') userName = part;
          else if (member === 'id') id = part;
          else if (member === 'sid') userSid = part;
          else return decideRecord(functions, event);
        }
        continue;
      case 'time': time = value; continue;
      case 'actor': actor = value; continue;
      case 'operation': operation = value; seen |= BITS.operation; continue;
      case 'requested': requested = value; seen |= BITS.requested; continue;
      case 'cwd': cwd = value; seen |= BITS.cwd; continue;
      case 'dirfd_path': dirfdPath = value; break;
      case 'root': root = value; break;
      case 'target': case 'script': case 'value': case 'signature': second = value; break;
      case 'sha256': sha256 = value; break;
      case 'ip': address = value; seen |= BITS.ip; continue;
      case 'port': number = value; seen |= BITS.port; continue;
      case 'domain': name = value; seen |= BITS.domain; continue;
      case 'source': address = value; break;
      case 'name': case 'key': name = value; break;
      case 'mode': number = value; break;
      case 'protocol': {
        const protocol = typeof value === 'string' ? V.PROTOCOLS[value] : undefined;
        if (protocol === undefined) return decideRecord(functions, event);
        head |= (protocol + 1) << 21;
        break;
      }
      case 'direction': direction = value; seen |= BITS.direction; continue;
      case 'subject': subject = value; break;
      case 'what': what = value; break;
      case 'success':
        if (typeof value !== 'boolean') return decideRecord(functions, event);
        head |= value ? 3 << 19 : 1 << 19;
        break;
      case 'groups_complete':
        if (typeof value !== 'boolean') return decideRecord(functions, event);
        if (value) head |= 1 << 18;
        break;
      case 'truncated':
        if (typeof value !== 'boolean') return decideRecord(functions, event);
        if (value) head |= 1 << 14;
        break;
      case 'deleted':
        if (typeof value !== 'boolean') return decideRecord(functions, event);
        if (value) head |= 1 << 15;
        break;
      case 'memfd':
        if (typeof value !== 'boolean') return decideRecord(functions, event);
        if (value) head |= 1 << 16;
        break;
      case 'stdio_socket':
        if (typeof value !== 'boolean') return decideRecord(functions, event);
        if (value) head |= 1 << 17;
        break;
      case 'metadata':
        if (typeof value !== 'object' || value === null) return decideRecord(functions, event);
        continue;
      // Lists, a credential's id, and names that no kind has.
      default:
        return decideRecord(functions, event);
    }
    // By its name costs more: for what is rare.
    seen |= BITS[key];
  }

  if (kind < 0 || (seen & ~MAY[kind]) !== 0 || (seen & MUST[kind]) !== MUST[kind]) return decideRecord(functions, event);
  const word = wordNumber(kind, operation, subject, what, direction);
  if (word === undefined) return decideRecord(functions, event);
  // Rename and link need a target; a connection needs a peer, a login a user.
  if (kind === 0 && (word === 4 || word === 5) && second === undefined) return decideRecord(functions, event);
  if (kind === 2 && name === undefined && address === undefined) return decideRecord(functions, event);
  if (kind === 4 && userName === undefined && id === undefined && userSid === undefined) return decideRecord(functions, event);
  if (kind === 9) return decideRecord(functions, event);
  let native = functions.decide;
  if (actor !== undefined) {
    // Who acts is said once, and by an actor of this engine.
    const own = who ? undefined : Actor.functions(actor, functions);
    if (own === undefined) return decideRecord(functions, event);
    native = own.decide;
  }

  let count = 0;
  if (time !== undefined) {
    if (!isNatural(time, 2 ** 53)) return decideRecord(functions, event);
    mask |= 1;
    values[count++] = time;
  }
  if (pid !== undefined) {
    if (!isNatural(pid, 2 ** 32)) return decideRecord(functions, event);
    mask |= 1 << 1;
    values[count++] = pid;
  }
  if (id !== undefined) {
    if (!isNatural(id, 2 ** 53)) return decideRecord(functions, event);
    mask |= 1 << 2;
    values[count++] = id;
  }
  if (number !== undefined) {
    if (!isNatural(number, kind === 2 ? 2 ** 16 : 2 ** 32)) return decideRecord(functions, event);
    mask |= 1 << 3;
    values[count++] = number;
  }
  if (processPath !== undefined) {
    if (!isText(processPath)) return decideRecord(functions, event);
    mask |= 1 << 4;
    values[count++] = processPath;
  }
  if (processName !== undefined) {
    if (!isText(processName)) return decideRecord(functions, event);
    mask |= 1 << 5;
    values[count++] = processName;
  }
  if (userName !== undefined) {
    if (!isText(userName)) return decideRecord(functions, event);
    mask |= 1 << 6;
    values[count++] = userName;
  }
  if (userSid !== undefined) {
    if (!isText(userSid)) return decideRecord(functions, event);
    mask |= 1 << 7;
    values[count++] = userSid;
  }
  if (name !== undefined) {
    if (!isText(name)) return decideRecord(functions, event);
    mask |= 1 << 8;
    values[count++] = name;
  }
  if (second !== undefined) {
    if (!isText(second)) return decideRecord(functions, event);
    mask |= 1 << 9;
    values[count++] = second;
  }
  if (requested !== undefined) {
    if (!isText(requested)) return decideRecord(functions, event);
    mask |= 1 << 10;
    values[count++] = requested;
  }
  if (cwd !== undefined) {
    if (!isText(cwd)) return decideRecord(functions, event);
    mask |= 1 << 11;
    values[count++] = cwd;
  }
  if (dirfdPath !== undefined) {
    if (!isText(dirfdPath)) return decideRecord(functions, event);
    mask |= 1 << 12;
    values[count++] = dirfdPath;
  }
  if (root !== undefined) {
    if (!isText(root)) return decideRecord(functions, event);
    mask |= 1 << 13;
    values[count++] = root;
  }
  if (sha256 !== undefined) {
    if (!isText(sha256)) return decideRecord(functions, event);
    mask |= 1 << 14;
    values[count++] = sha256;
  }
  if (address !== undefined) {
    if (!isText(address)) return decideRecord(functions, event);
    mask |= 1 << 15;
    values[count++] = address;
  }

  const code = call(native, head | kind | (word << 4), mask, count);
  return code < 0 ? decideRecord(functions, event) : code;
}

/** The native call with as many arguments as there are values. */
function call(native, head, mask, count) {
  const v = values;
  switch (count) {
    case 1: return native(head, mask, v[0]);
    case 2: return native(head, mask, v[0], v[1]);
    case 3: return native(head, mask, v[0], v[1], v[2]);
    case 4: return native(head, mask, v[0], v[1], v[2], v[3]);
    case 5: return native(head, mask, v[0], v[1], v[2], v[3], v[4]);
    case 6: return native(head, mask, v[0], v[1], v[2], v[3], v[4], v[5]);
    case 7: return native(head, mask, v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
    case 8: return native(head, mask, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]);
    // More is rare: the record will do.
    default: return -1;
  }
}

/** Decides any event by its record. */
function decideRecord(functions, event) {
  const reading = read(event);
  writer.length = 0;
  writer.record(reading);
  return functions.decideRecord(writer.buffer, writer.length);
}

/** An event's record, for calls that are not hot. */
function record(event) {
  return recordOf(read(event));
}

/** The record of what was read, as bytes of their own. */
function recordOf(reading) {
  writer.length = 0;
  writer.record(reading);
  return P.copyOf(new P.Uint8Array(P.typedBuffer(writer.buffer), P.typedOffset(writer.buffer), writer.length));
}

function kindNumber(kind) {
  switch (kind) {
    case 'file': return 0;
    case 'exec': return 1;
    case 'network': return 2;
    case 'dns': return 3;
    default: {
      const number = typeof kind === 'string' ? V.KINDS[kind] : undefined;
      return number === undefined ? -1 : number;
    }
  }
}

function wordNumber(kind, operation, subject, what, direction) {
  switch (kind) {
    case 0:
      switch (operation) {
        case 'read': return 0;
        case 'create': return 1;
        case 'modify': return 2;
        case 'delete': return 3;
        default: return typeof operation === 'string' ? V.FILE_OPERATIONS[operation] : undefined;
      }
    case 2: return typeof direction === 'string' ? V.DIRECTIONS[direction] : undefined;
    case 5: {
      if (typeof operation !== 'string' || typeof subject !== 'string') return undefined;
      const done = V.ACCOUNT_OPERATIONS[operation];
      const whom = V.SUBJECTS[subject];
      return done === undefined || whom === undefined ? undefined : done | (whom << 2);
    }
    case 6: return typeof operation === 'string' ? V.REGISTRY_OPERATIONS[operation] : undefined;
    case 7: return typeof what === 'string' ? V.SYSTEM_CHANGES[what] : undefined;
    default: return 0;
  }
}

function isNatural(value, below) {
  return typeof value === 'number' && value >= 0 && value < below && P.isInteger(value);
}

function isText(value) {
  return typeof value === 'string' || (isBytes(value) && !(P.typedBuffer(value) instanceof P.SharedArrayBuffer));
}

module.exports = { decide, decideRecord, record, recordOf };
