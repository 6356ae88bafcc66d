// The same, for `import`.
import wardline from './index.js';

export const {
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
} = wardline;
export default wardline;
