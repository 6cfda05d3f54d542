"""A relay on loopback that counts what passes: everything a browser takes, its service worker's requests too."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE = 65_536


@dataclass
class Relay:
    """``taken`` are the bytes that came down since it opened."""

    port: int
    target: int
    listening: socket.socket
    taken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self) -> None:
        """Until the listening socket is shut."""
        with suppress(OSError):
            while True:
                ours, _address = self.listening.accept()
                theirs = socket.create_connection(("127.0.0.1", self.target))
                for source, sink, counts in ((ours, theirs, False), (theirs, ours, True)):
                    threading.Thread(target=self.pass_on, args=(source, sink, counts), daemon=True).start()

    def pass_on(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        """One direction until its end."""
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if counts:
                    with self.lock:
                        self.taken += len(piece)
                sink.sendall(piece)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextmanager
def relayed(target: int) -> Iterator[Relay]:
    """A relay to a port for the time of a block."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        relay = Relay(listening.getsockname()[1], target, listening)
        thread = threading.Thread(target=relay.serve, daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
