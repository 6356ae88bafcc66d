'use strict';
// Finds the addon: the package for this platform that npm chose among the
// optional dependencies. No environment variable changes what is loaded and no
// program is run to find out.

const { platform, arch, versions } = process;

/** Packages that may fit, in the order they are tried. */
function candidates() {
  const name = `@wardline/${platform}-${arch}`;
  return platform === 'linux' ? [`${name}-gnu`, `${name}-musl`] : [name];
}

function load() {
  const tried = [];
  for (const name of candidates()) {
    try {
      return require(name);
    } catch (error) {
      const missing = error.code === 'MODULE_NOT_FOUND' && String(error.message).includes(`'${name}'`);
      tried.push(`  ${name}: ${missing ? 'not installed' : error.message}`);
    }
  }
  const error = new Error(
    `wardline has no addon for ${platform} ${arch} (Node-API ${versions.napi}). Tried:\n${tried.join('\n')}\n` +
      'Install again without --omit=optional and --no-optional, on the platform that runs it.',
  );
  error.code = 'ERR_WARDLINE_NO_ADDON';
  throw error;
}

module.exports = load();
