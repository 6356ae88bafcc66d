'use strict';
// Ways around the hooks: bindings of Node itself, addons, workers without preload.

const threads = require('node:worker_threads');
const { apply, replace } = require('./replace.js');
const { resolve } = require('./paths.js');
const { rearmed } = require('./child.js');

function install(judge, settings) {
  for (const name of ['binding', '_linkedBinding']) {
    replace(process, name, (original) => function (...args) {
      const error = judge.judgeRaw(`process.${name}`, String(args[0]));
      if (error !== undefined) throw error;
      return apply(original, this, args);
    });
  }
  replace(process, 'dlopen', (original) => function (...args) {
    const path = resolve(args[1]);
    const error = path === undefined ? undefined
      : judge.judge({ kind: 'file', operation: 'execute', path }, 'dlopen', args[1])
        ?? judge.judge({ kind: 'exec', path }, 'dlopen', args[1]);
    if (error !== undefined) throw error;
    return apply(original, this, args);
  });
  replace(threads, 'Worker', (original) => class Worker extends original {
    constructor(file, options = {}) {
      const given = { ...options };
      const own = given.execArgv ?? (process.execArgv.includes(BY_NAME) ? process.execArgv.filter(isPreload) : undefined);
      if (Array.isArray(own)) given.execArgv = ['--require', settings.preload, ...own];
      if (typeof given.env === 'object' && given.env !== null) given.env = rearmed({ ...given.env }, settings);
      super(file, given);
    }
  });
}

/** Found from the working directory, which may have changed since. */
const BY_NAME = 'wardline/function';
const isPreload = (word, at, all) => {
  const option = /^(?:-r|--require|--import)$/;
  return (option.test(word) && all[at + 1] !== BY_NAME) || (option.test(all[at - 1]) && word !== BY_NAME);
};

module.exports = { install };
