'use strict';
// Libraries that the loader puts into a program because a variable says so (ld.so(8)).

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { absolute, isAbsolute, untilZero } = require('./paths.js');

const { existsSync } = fs;
const VARIABLES = ['LD_PRELOAD', 'LD_AUDIT'];
const FOLDERS = ['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib',
  '/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib/aarch64-linux-gnu', '/usr/lib/aarch64-linux-gnu'];

/**
 * `inEnvironment(call, folder, env)` and `inWords(call, folder, words)`, of a command with
 * assignments: the first error of all libraries. What this process was started with, which
 * is in it already, is not asked about.
 */
function createPreloads(judge, environment) {
  const { resolve } = judge;
  const before = { __proto__: null };
  for (const name of VARIABLES) before[name] = environment[name];

  const listed = (call, folder, value, searched) => {
    const text = `${untilZero(value)}:`;
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      if (text[at] !== ':' && text[at] !== ' ') continue;
      const error = at === from ? undefined : library(call, folder, P.slice(text, from, at), searched);
      from = at + 1;
      if (error !== undefined) return error;
    }
    return undefined;
  };
  const library = (call, folder, name, searched) => {
    const place = P.textIncludes(name, '/') ? below(folder, name) : found(folder, name, searched);
    const real = resolve(place) ?? place;
    return judge.file(call, name, 'execute', real) ?? judge.exec(call, name, real, name);
  };

  return P.freeze({
    inEnvironment(call, folder, env) {
      for (let index = 0; index < VARIABLES.length; index++) {
        const name = VARIABLES[index];
        const value = env[name];
        if (value === undefined || value === before[name]) continue;
        const error = listed(call, folder, P.String(value), env.LD_LIBRARY_PATH);
        if (error !== undefined) return error;
      }
      return undefined;
    },
    inWords(call, folder, words) {
      for (let index = 0; index < words.length; index++) {
        for (let which = 0; which < VARIABLES.length; which++) {
          const name = `${VARIABLES[which]}=`;
          if (!P.startsWith(words[index], name)) continue;
          const error = listed(call, folder, P.slice(words[index], name.length), undefined);
          if (error !== undefined) return error;
        }
      }
      return undefined;
    },
  });
}

const below = (folder, name) => (isAbsolute(name) ? name : typeof folder === 'string' ? `${absolute(folder)}/${name}` : absolute(name));

/** Where the loader finds a name without a directory. */
function found(folder, name, searched) {
  const own = searched === undefined ? '' : `${P.String(searched)}:`;
  let from = 0;
  for (let at = 0; at < own.length; at++) {
    if (own[at] !== ':' && own[at] !== ';') continue;
    const place = at === from ? undefined : below(folder, `${P.slice(own, from, at)}/${name}`);
    from = at + 1;
    if (place !== undefined && existsSync(place)) return place;
  }
  for (let index = 0; index < FOLDERS.length; index++) if (existsSync(`${FOLDERS[index]}/${name}`)) return `${FOLDERS[index]}/${name}`;
  return `/nowhere/${name}`;
}

module.exports = { createPreloads };
