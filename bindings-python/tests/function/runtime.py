"""A small Lambda runtime API: hands out invocations one after the other and collects
what comes back, as the real one does for one instance of a function."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Runtime:
    """Gives each of ``events`` to the runtime in turn; ``answers`` holds what it posted."""

    def __init__(self, events: list[Any]) -> None:
        self.events = list(enumerate(events))
        self.answers: list[tuple[str, Any]] = []
        self.done = threading.Event()
        self.address = ""


@contextmanager
def served(events: list[Any]) -> Iterator[Runtime]:
    own = Runtime(events)

    class Answer(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if not own.events:
                # Nothing more: an instance waits for ever, and is stopped from outside.
                own.done.set()
                time.sleep(30)
                return
            number, event = own.events.pop(0)
            body = json.dumps(event).encode()
            self.send_response(200)
            for name, value in {
                "Lambda-Runtime-Aws-Request-Id": f"request-{number}",
                "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30_000),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:shop",
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while length := int(self.rfile.readline(), 16):
                    body += self.rfile.read(length)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            own.answers.append((self.path.split("/", 4)[-1].split("/")[-1], json.loads(body or b"null")))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        own.address = f"127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield own
        server.shutdown()
