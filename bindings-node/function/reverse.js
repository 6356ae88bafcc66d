'use strict';
// Look-ups that go from an address to names.

const P = require('../lib/primordials.js');
const { isIPv4 } = require('./addresses.js');

/** The name that is asked for: RFC 1035 §3.5, RFC 3596 §2.5. */
function reverseName(address) {
  if (isIPv4(address)) {
    const parts = split(address, '.');
    return `${parts[3]}.${parts[2]}.${parts[1]}.${parts[0]}.in-addr.arpa`;
  }
  let name = 'ip6.arpa';
  const groups = groupsOf(address);
  for (let index = 0; index < groups.length; index++) {
    for (let shift = 12; shift >= 0; shift -= 4) name = `${HEX[(groups[index] >> shift) & 15]}.${name}`;
  }
  return name;
}

const HEX = '0123456789abcdef';

/** The eight numbers of a valid IPv6 address. */
function groupsOf(address) {
  const zone = P.indexOf(address, '%');
  const text = zone < 0 ? address : P.slice(address, 0, zone);
  const gap = P.indexOf(text, '::');
  const before = numbersOf(gap < 0 ? text : P.slice(text, 0, gap));
  const after = gap < 0 ? [] : numbersOf(P.slice(text, gap + 2));
  while (before.length + after.length < 8) P.push(before, 0);
  for (let index = 0; index < after.length; index++) P.push(before, after[index]);
  return before;
}

function numbersOf(text) {
  const numbers = [];
  const words = text === '' ? [] : split(text, ':');
  for (let index = 0; index < words.length; index++) {
    if (!P.textIncludes(words[index], '.')) {
      P.push(numbers, P.parseInt(words[index], 16));
      continue;
    }
    const parts = split(words[index], '.');
    P.push(numbers, P.Number(parts[0]) * 256 + P.Number(parts[1]));
    P.push(numbers, P.Number(parts[2]) * 256 + P.Number(parts[3]));
  }
  return numbers;
}

function split(text, separator) {
  const words = [];
  let from = 0;
  for (let at = P.indexOf(text, separator); at >= 0; at = P.indexOf(text, separator, from)) {
    P.push(words, P.slice(text, from, at));
    from = at + 1;
  }
  P.push(words, P.slice(text, from));
  return words;
}

/** The names among answers: one, several, or that of a service. */
function namesOf(found) {
  if (typeof found === 'string') return [found];
  const names = [];
  if (P.isArray(found)) {
    for (let index = 0; index < found.length; index++) if (typeof found[index] === 'string') P.push(names, found[index]);
  } else if (typeof found === 'object' && found !== null && P.hasOwn(found, 'hostname') && typeof found.hostname === 'string') {
    P.push(names, found.hostname);
  }
  return names;
}

module.exports = { reverseName, groupsOf, namesOf };
