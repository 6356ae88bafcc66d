'use strict';
// What the wrapper is told by the environment; `docs/node.md` lists it.

const fs = require('node:fs');

const DEFAULT_BUNDLE = '/opt/wardline/function.wlb';

/** Attributes of the function, as AWS names them. */
const ATTRIBUTES = {
  'function.name': 'AWS_LAMBDA_FUNCTION_NAME',
  'function.runtime': 'AWS_EXECUTION_ENV',
  'cloud.region': 'AWS_REGION',
};

function readConfig(env) {
  const bundle = env.WARDLINE_BUNDLE || DEFAULT_BUNDLE;
  const target = [['os.type', 'linux']];
  for (const [name, variable] of Object.entries(ATTRIBUTES)) if (env[variable]) target.push([name, env[variable]]);
  for (const pair of (env.WARDLINE_TARGET ?? '').split(',').filter(Boolean)) {
    const at = pair.indexOf('=');
    if (at < 1) throw new Error(`WARDLINE_TARGET: expected name=value, found \`${pair}\``);
    target.push([pair.slice(0, at), pair.slice(at + 1)]);
  }
  const settings = {
    target,
    fail: word(env, 'WARDLINE_FAIL', 'closed', 'open'),
    modeCap: word(env, 'WARDLINE_MODE', 'enforce', 'audit'),
    audit: env.WARDLINE_AUDIT || undefined,
  };
  return { ...settings, bytes: bytesOf(bundle) };
}

function bytesOf(bundle) {
  try {
    return fs.readFileSync(bundle);
  } catch (error) {
    throw new Error(`cannot read the bundle \`${bundle}\` (${error.code}): set WARDLINE_BUNDLE, or put one there with \`wardline compile\``);
  }
}

function word(env, name, first, second) {
  const value = env[name] || first;
  if (value !== first && value !== second) throw new Error(`${name}: expected \`${first}\` or \`${second}\`, found \`${value}\``);
  return value;
}

module.exports = { readConfig };
