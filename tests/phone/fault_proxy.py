"""A line that does the worst a real one does, between a browser and the platform: one mishap a request, drawn from a seed."""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MISHAPS = (
    "fine", "fine", "fine", "fine", "dropped", "swallowed", "doubled", "cut", "500", "500 after", "503", "429", "portal",
)  # fmt: skip
# What belongs to one connection alone; answers come unpacked, so that they can be looked into.
HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "accept-encoding"}


class FaultProxy(ThreadingHTTPServer):
    """Listens on loopback; requests to the API meet mishaps while ``foul`` is set, everything else passes."""

    daemon_threads = True

    def __init__(self, upstream: int, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = upstream
        self.chance = random.Random(seed)
        self.foul = threading.Event()
        self.met: Counter[str] = Counter()
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def draw(self, path: str) -> str:
        """What happens to a request."""
        if not self.foul.is_set() or not path.startswith("/api/"):
            return "fine"
        mishap = self.chance.choice(MISHAPS)
        self.met[mishap] += 1
        return mishap

    def changed(self, path: str, content: bytes) -> bytes:
        """An answer as the browser gets it."""
        return content

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that was reloaded hangs up: nothing to tell."""


class Handler(BaseHTTPRequestHandler):
    """One connection of the browser."""

    protocol_version = "HTTP/1.1"
    server: FaultProxy

    def do_GET(self) -> None:
        """Every method goes the same way."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        mishap = self.server.draw(self.path)
        if mishap in BEFORE:
            BEFORE[mishap](self, body)
            return
        status, headers, content = self.forward(body)
        if mishap == "doubled":
            status, headers, content = self.forward(body)
        if mishap == "swallowed":
            self.hang_up()
        elif mishap == "500 after":
            self.refuse(500)
        else:
            self.tell(status, headers, content)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - named by the library

    def forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """The platform's answer."""
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=60)
        with contextlib.closing(upstream):
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            upstream.request(self.command, self.path, body=body or None, headers=headers)
            answer = upstream.getresponse()
            content = self.server.changed(self.path, answer.read())
            return answer.status, dict(answer.getheaders()), content

    def begin_only(self, body: bytes) -> None:
        """The platform sees the beginning of the request and then nothing."""
        with socket.create_connection(("127.0.0.1", self.server.upstream), timeout=10) as line:
            head = f"{self.command} {self.path} HTTP/1.1\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
            line.sendall(head.encode() + b"\r\n" + body[: len(body) // 2])
        self.hang_up()

    def refuse(self, status: int) -> None:
        """A code of a platform or proxy in trouble."""
        retry = {"Retry-After": "1"} if status in {429, 503} else {}
        self.tell(status, {"Content-Type": "application/json", **retry}, b"{}")

    def hang_up(self) -> None:
        """No answer at all."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def tell(self, status: int, headers: dict[str, str], content: bytes) -> None:
        """An answer to the browser."""
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the library
        """Keeps quiet."""


PORTAL = b"<html>Welcome to the tea house's wifi</html>"
# What keeps a request from the platform.
BEFORE: dict[str, Callable[[Handler, bytes], None]] = {
    "dropped": lambda handler, _body: handler.hang_up(),
    "cut": lambda handler, body: handler.begin_only(body),
    "500": lambda handler, _body: handler.refuse(500),
    "503": lambda handler, _body: handler.refuse(503),
    "429": lambda handler, _body: handler.refuse(429),
    "portal": lambda handler, _body: handler.tell(200, {"Content-Type": "text/html"}, PORTAL),
}


@contextlib.contextmanager
def between(upstream: int, seed: int, kind: type[FaultProxy] = FaultProxy) -> Any:
    """A proxy in front of a platform on loopback, as long as it is wanted."""
    proxy = kind(upstream, seed)
    proxy.thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
