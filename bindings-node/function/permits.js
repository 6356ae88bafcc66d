'use strict';
// What a public call asked about and was allowed, until Node does it with a handle, whose
// methods ask too. Nobody else has what is kept here, and it is compared with what is done:
// it cannot be used for anything but what was asked about, once.
//
// Some are never used – a name has more addresses than are tried, a socket is closed first –
// so the oldest are forgotten, not before as many others have come as are kept. What was
// forgotten is asked about again, then without the name that led to it.

const KEPT = 4096;

/** How often each may be used yet. None is removed when it is used up: that would take longer. */
let young = { __proto__: null };
let old = { __proto__: null };
let count = 0;

/** One more use of `what`, a text that says all that was asked about. */
function grant(what) {
  const left = young[what];
  if (left !== undefined) {
    young[what] = left + 1;
    return;
  }
  if (count === KEPT) {
    old = young;
    young = { __proto__: null };
    count = 0;
  }
  young[what] = 1;
  count++;
}

/** Whether `what` was granted; that is used up then. */
function take(what) {
  const left = young[what];
  if (left > 0) {
    young[what] = left - 1;
    return true;
  }
  if (!(old[what] > 0)) return false;
  old[what]--;
  return true;
}

module.exports = { grant, take };
