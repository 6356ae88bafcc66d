'use strict';
// Wardline: compile policies once, ask about events. `docs/node.md` is the guide.

const { compile, compileSync } = require('./compile.js');
const { Engine, SharedEngine, Action } = require('./engine.js');
const { State } = require('./state.js');
const { Actor } = require('./actor.js');
const { Batch, Decisions } = require('./batch.js');
const { Decision } = require('./decision.js');
const { WardlineError, CompileError } = require('./errors.js');

module.exports = {
  compile,
  compileSync,
  Engine,
  SharedEngine,
  State,
  Actor,
  Batch,
  Decision,
  Decisions,
  Action,
  WardlineError,
  CompileError,
};
