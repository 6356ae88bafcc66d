'use strict';
// The cases of tests/cases, completed as engine/tests/cases/mod.rs completes them.

const fs = require('node:fs');
const path = require('node:path');
const YAML = require('yaml');

const FUNCTION_CONTROLS = ['block_malicious_executables', 'honeypot'];

/** Every case of every file, or `null` where the repository is not there. */
function all() {
  if (!process.env.WARDLINE_REPOSITORY) return null;
  const folder = path.join(process.env.WARDLINE_REPOSITORY, 'tests/cases');
  return fs.readdirSync(folder).sort().flatMap((file) => {
    const list = YAML.parse(fs.readFileSync(path.join(folder, file), 'utf8'), { intAsBigInt: true, maxAliasCount: -1 });
    return list.map((one) => complete(path.basename(file, '.yaml'), one));
  });
}

function complete(file, { name, policy, policies, binding = {}, event, events, want, ...rest }) {
  if (Object.keys(rest).length > 0) throw new Error(`${file}/${name}: unknown ${Object.keys(rest)}`);
  const given = policies ?? [policy];
  const lists = {};
  const complete = given.map((one, index) => header(one, given.length === 1 ? 'test' : `test-${index}`));
  for (const one of complete) takeLists(one, lists);
  const steps = events ? events.map(({ want, ...event }) => ({ event, want })) : [{ event, want }];
  return { file, name, policies: complete, lists, binding, steps, sequence: events !== undefined };
}

function header(policy, name) {
  const controls = Array.isArray(policy.controls)
    ? Object.fromEntries(policy.controls.map((control) => [control, {}]))
    : policy.controls;
  const kind = FUNCTION_CONTROLS.some((control) => controls && control in controls) ? 'function' : 'host';
  return { wardline: 1, kind, name, platform: 'linux', mode: 'enforce', ...policy, controls };
}

function takeLists(policy, contents) {
  for (const [name, list] of Object.entries(policy.lists ?? {})) {
    const { text, ...definition } = list;
    policy.lists[name] = { ...definition, file: `${name}.txt` };
    (contents[policy.name] ??= {})[name] = text;
  }
}

/** JSON, with integers of any size as they were written. */
function json(value) {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    // In the order of their names, as the maps of the Rust reader have them: it
    // decides which of two controls comes first.
    return `{${Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => `${JSON.stringify(key)}:${json(one)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** An event as a program has it: bytes for `{hex: …}`, numbers where they are safe. */
function asObject(value) {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(asObject);
  if (value === null || typeof value !== 'object') return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === 'hex' && /^(?:[0-9a-f]{2})*$/i.test(value.hex)) return Uint8Array.from(Buffer.from(value.hex, 'hex'));
  return Object.fromEntries(keys.map((key) => [key, asObject(value[key])]));
}

/** A decision in the words of a case. */
function words(decision) {
  return {
    action: decision.action,
    intent: decision.intent,
    reason: decision.reason,
    code: decision.code,
    policy: decision.policy,
    control: decision.control,
    matched: decision.matched,
    remediation: decision.remediation,
    suppressed: decision.suppressed,
    suppressed_before: decision.suppressedBefore,
  };
}

module.exports = { all, json, asObject, words };
