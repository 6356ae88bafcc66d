'use strict';
// Files: callbacks, the Sync forms and promises. Streams open with `fs.open`.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { apply, replace } = require('./replace.js');
const { resolve } = require('./paths.js');

const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND } = fs.constants;
const { existsSync, readlinkSync } = fs;
const { nextTick } = process;
const reject = Promise.reject.bind(Promise);
const includes = P.uncurry(String.prototype.includes);
const numberOf = parseInt;

const AT = {
  readFile: 'read', readdir: 'read', opendir: 'read', openAsBlob: 'read', rm: 'delete', rmdir: 'delete', unlink: 'delete',
  mkdir: 'create', mkdtemp: 'create', truncate: 'modify', chmod: 'attributes', lchmod: 'attributes', chown: 'attributes',
  lchown: 'attributes', utimes: 'attributes', lutimes: 'attributes', writeFile: 'write', appendFile: 'write', open: 'open',
};
/** Calls on the name itself, not on what a link at its end leads to. */
const NOFOLLOW = ['rm', 'rmdir', 'unlink', 'mkdir', 'lchmod', 'lchown', 'lutimes'];
const ON_FD = { fchmod: 'attributes', fchown: 'attributes', futimes: 'attributes' };
const TWO = ['rename', 'link', 'copyFile', 'cp', 'symlink'];

function install(judge) {
  if (!judge.has('file')) return;

  const file = (call, operation, given, more, nofollow = false) => {
    const path = resolve(given, nofollow);
    return path === undefined ? undefined : judge.judge({ kind: 'file', operation, path, ...more }, call, shown(given));
  };

  const asked = (call, kind, args) => {
    const given = args[0];
    if (typeof given === 'number' || isHandle(given)) return undefined;
    if (kind === 'open') return opened(call, given, args[1], args[2]);
    if (kind === 'write') {
      const options = args[2];
      const flag = typeof options === 'object' && options !== null ? options.flag : undefined;
      return opened(call, given, flag ?? 'w', typeof options === 'object' && options !== null ? options.mode : undefined);
    }
    const more = kind === 'attributes' && includes(call, 'chmod') ? modeOf(args[1]) : undefined;
    return file(call, kind, given, more, P.includes(NOFOLLOW, call));
  };

  const opened = (call, given, flags, mode) => {
    const bits = flagsOf(flags);
    const writes = (bits & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) !== 0;
    if (!writes || (bits & O_RDWR) !== 0) {
      const error = file(call, 'read', given);
      if (error !== undefined || !writes) return error;
    }
    const creates = (bits & O_CREAT) !== 0 && !existsSync(given);
    return file(call, creates ? 'create' : 'modify', given, creates ? modeOf(mode) : undefined);
  };

  const two = (call, args) => {
    const [from, to] = [args[0], args[1]];
    switch (call) {
      case 'symlink':
        return file(call, 'create', to, undefined, true);
      case 'copyFile': case 'cp':
        return file(call, 'read', from) ?? file(call, existsSync(to) ? 'modify' : 'create', to);
      default: {
        const target = resolve(to, true);
        return target === undefined ? undefined : file(call, call, from, { target }, true);
      }
    }
  };

  const onFd = (call, operation, args) => {
    let path;
    try {
      path = readlinkSync(`/proc/self/fd/${numberOf(args[0], 10)}`);
    } catch {
      return undefined;
    }
    return path[0] === '/' ? file(call, operation, path, includes(call, 'chmod') ? modeOf(args[1]) : undefined) : undefined;
  };

  const all = [
    ...Object.entries(AT).map(([name, kind]) => [name, (args) => asked(name, kind, args)]),
    ...TWO.map((name) => [name, (args) => two(name, args)]),
    ...Object.entries(ON_FD).map(([name, kind]) => [name, (args) => onFd(name, kind, args)]),
  ];
  for (const [name, ask] of all) {
    replace(fs, `${name}Sync`, (original) => function (...args) {
      const error = ask(args);
      if (error !== undefined) throw error;
      return apply(original, this, args);
    });
    replace(fs, name, (original) => function (...args) {
      const error = ask(args);
      if (error === undefined) return apply(original, this, args);
      const callback = args[args.length - 1];
      if (typeof callback !== 'function') return name === 'openAsBlob' ? reject(error) : apply(original, this, args);
      nextTick(callback, error);
      return undefined;
    });
    replace(fs.promises, name, (original) => function (...args) {
      const error = ask(args);
      return error === undefined ? apply(original, this, args) : reject(error);
    });
  }
}

function flagsOf(flags) {
  if (typeof flags === 'number') return flags;
  if (typeof flags !== 'string') return 0;
  const plus = includes(flags, '+') ? O_RDWR : 0;
  switch (flags[0]) {
    case 'w': return (plus || O_WRONLY) | O_CREAT | O_TRUNC;
    case 'a': return (plus || O_WRONLY) | O_CREAT | O_APPEND;
    default: return plus;
  }
}

function modeOf(mode) {
  const number = typeof mode === 'string' ? numberOf(mode, 8) : mode;
  return P.isInteger(number) && number >= 0 ? { mode: number } : undefined;
}

function isHandle(value) {
  return typeof value === 'object' && value !== null && typeof value.fd === 'number' && value.href === undefined;
}

function shown(given) {
  return typeof given === 'string' ? given : String(given?.href ?? given);
}

module.exports = { install };
