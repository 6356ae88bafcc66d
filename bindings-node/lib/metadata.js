'use strict';
// Metadata for audit events. An audit event is told whatever its metadata is: what is no
// JSON, or none that every reader takes, is left out.

const P = require('./primordials.js');

/** Values nest to 64 (docs/events.md), and the event is the first of these. */
const DEEPEST = 63;
const QUOTE = 34, BACKSLASH = 92, OPEN_ARRAY = 91, CLOSE_ARRAY = 93, OPEN_OBJECT = 123, CLOSE_OBJECT = 125;

/** An event's metadata as one line of JSON, or `undefined`. */
function told(metadata) {
  let text;
  try {
    text = P.stringify(metadata);
  } catch {
    // It leads to itself, has a BigInt, is too deep, or its own code fails.
    return undefined;
  }
  return text === undefined || text === 'null' || !isReadable(text) ? undefined : text;
}

/** Whether JSON nests no deeper than events do, and has no half of a surrogate pair. */
function isReadable(text) {
  let depth = 0, inside = false;
  for (let index = 0; index < text.length; index++) {
    const unit = P.charCodeAt(text, index);
    if (inside) {
      // Of these halves only those that are alone are written as escapes.
      if (unit === BACKSLASH && P.slice(text, ++index, index + 2) === 'ud') return false;
      if (unit === QUOTE) inside = false;
    } else if (unit === QUOTE) {
      inside = true;
    } else if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) {
      if (++depth > DEEPEST) return false;
    } else if (unit === CLOSE_ARRAY || unit === CLOSE_OBJECT) {
      depth--;
    }
  }
  return true;
}

module.exports = { told };
