'use strict';
// Errors: every one has a `code`; those of policies have `diagnostics`.

const P = require('./primordials.js');

/** Something that went wrong, with a stable `code`. */
class WardlineError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
Object.defineProperty(WardlineError.prototype, 'name', { value: 'WardlineError', writable: true, configurable: true });

/** Policies that did not compile. `diagnostics` says where and what to do. */
class CompileError extends WardlineError {
  constructor(diagnostics) {
    const errors = diagnostics.filter((one) => one.severity === 'error');
    super('ERR_WARDLINE_POLICY', errors.map((one) => one.text).join('\n'));
    this.diagnostics = diagnostics;
  }
}
Object.defineProperty(CompileError.prototype, 'name', { value: 'CompileError', writable: true, configurable: true });

/** An argument of the wrong type: a mistake of the program. */
function wrongArgument(name, expected, found) {
  const type = found === null ? 'null' : P.isArray(found) ? 'an array' : typeof found;
  const error = new TypeError(`${name}: expected ${expected}, found ${type}`);
  error.code = 'ERR_WARDLINE_ARGUMENT';
  return error;
}

/** For classes of which only this package makes objects. */
function notMadeSo(how) {
  const error = new TypeError(how);
  error.code = 'ERR_WARDLINE_ARGUMENT';
  return error;
}

/** Calls `f`; what the addon throws gets its code. */
function translated(f) {
  try {
    return f();
  } catch (error) {
    const at = error.message.indexOf('|');
    if (!error.message.startsWith('ERR_WARDLINE_') || at < 0) throw error;
    throw new WardlineError(error.message.slice(0, at), error.message.slice(at + 1));
  }
}

module.exports = { WardlineError, CompileError, wrongArgument, notMadeSo, translated };
