'use strict';
// A small Lambda runtime API: hands out invocations one after the other and
// collects what comes back, as the real one does for one instance of a function.

const http = require('node:http');

/** Gives each of `events` to the runtime in turn; `answers` holds what it posted. */
function serve(events) {
  const answers = [];
  let next = 0;
  let finished;
  const done = new Promise((resolve) => { finished = resolve; });
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      const [, , , , id, what] = request.url.split('/');
      if (request.method === 'GET' && request.url.endsWith('/invocation/next')) {
        // Nothing more: an instance waits for ever, and is stopped from outside.
        if (next === events.length) return finished();
        const headers = {
          'Lambda-Runtime-Aws-Request-Id': `request-${next}`,
          'Lambda-Runtime-Deadline-Ms': String(Date.now() + 30_000),
          'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-central-1:123456789012:function:shop',
          'Content-Type': 'application/json',
        };
        response.writeHead(200, headers).end(JSON.stringify(events[next++]));
        return undefined;
      }
      answers.push(request.url.includes('/init/error') ? { what: 'init/error', body } : { id, what, body });
      response.writeHead(202).end('{}');
      return undefined;
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ address: `127.0.0.1:${server.address().port}`, answers, done, close: () => { server.closeAllConnections(); server.close(); } }));
  });
}

module.exports = { serve };
