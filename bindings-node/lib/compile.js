'use strict';
// From policies to a bundle.

const P = require('./primordials.js');
const native = require('./native.js');
const { CompileError, WardlineError, wrongArgument } = require('./errors.js');
const { own } = require('./plain.js');
const { isBytes } = require('./record.js');

const OPTIONS = P.freeze(['lists', 'platform']);

/** Compiles on a thread of its own. */
async function compile(policies, options) {
  const { sources, lists, platform } = job(policies, options);
  return result(await native.compile(sources, lists, platform));
}

/** Compiles before it returns. */
function compileSync(policies, options) {
  const { sources, lists, platform } = job(policies, options);
  return result(native.compileSync(sources, lists, platform));
}

function job(policies, options = {}) {
  const all = P.isArray(policies) ? policies : [policies];
  if (all.length === 0) throw new WardlineError('ERR_WARDLINE_ARGUMENT', 'policies: expected at least one');
  const { lists = {}, platform } = own('options', options, OPTIONS);
  if (platform !== undefined && platform !== 'linux' && platform !== 'windows') {
    throw new WardlineError('ERR_WARDLINE_ARGUMENT', `options.platform: expected \`linux\` or \`windows\`, found ${String(platform)}`);
  }
  return { sources: all.map(source), lists: Object.entries(own('options.lists', lists)).flatMap(listsOf), platform };
}

/** A path is read by the addon; an object has the text itself. */
function source(policy) {
  if (typeof policy === 'string') return { name: policy, text: undefined, format: formatOf(policy) };
  if (typeof policy !== 'object' || policy === null) throw wrongArgument('policy', 'a path or {name, text}', policy);
  const { name = 'policy.yaml', text, format } = own('policy', policy);
  if (typeof name !== 'string') throw wrongArgument('policy.name', 'a string', name);
  if (format !== undefined && format !== 'yaml' && format !== 'json') {
    throw new WardlineError('ERR_WARDLINE_ARGUMENT', `policy.format: expected \`yaml\` or \`json\`, found ${String(format)}`);
  }
  return { name, text: bytesOf('policy.text', text), format: format ?? formatOf(name) };
}

function formatOf(name) {
  if (name.endsWith('.json')) return 'json';
  if (name.endsWith('.yaml') || name.endsWith('.yml')) return 'yaml';
  throw new WardlineError('ERR_WARDLINE_ARGUMENT', `${name}: neither .yaml, .yml nor .json; give \`format\``);
}

function listsOf([policy, lists]) {
  return Object.entries(own(`options.lists.${policy}`, lists)).map(([name, text]) => ({ policy, name, text: bytesOf(`lists.${policy}.${name}`, text) }));
}

function bytesOf(name, text) {
  if (typeof text === 'string') return P.bufferFrom(text);
  if (isBytes(text)) return text;
  throw wrongArgument(name, 'a string or Uint8Array', text);
}

function result({ bytes, report }) {
  const { diagnostics, ...made } = P.parse(report);
  if (!bytes) throw new CompileError(diagnostics);
  return { bytes, warnings: diagnostics, report: made };
}

module.exports = { compile, compileSync };
