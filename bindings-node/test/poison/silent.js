'use strict';
// Loaded before the wrapper: this Node has no `getBuiltinModule`, as it was before 20.16,
// so that the wrapper loads all modules at once.

process.getBuiltinModule = undefined;
