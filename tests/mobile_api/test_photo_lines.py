"""F18 over real connections: two at once, and through nginx. (Committed rows: a module of its own.)"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from gridmgmt.cases.models import Photo
from gridmgmt.events.models import OutboxEvent
from gridmgmt.ops import proxy
from tests.mobile_api.conftest import Phone
from tests.mobile_api.test_photo_pieces import DATA, incoming, send, state


def test_two_connections_at_once_store_it_once(committed_world, live_server, settings):
    phone = Phone(committed_world, "worker")
    (photo_id,) = phone.announce(committed_world, DATA)

    def whole_way(_n: int) -> dict[str, Any]:
        mine = Phone.__new__(Phone)
        mine.client, mine.headers = Client(), phone.headers
        for _attempt in range(400):
            offset, _stored = state(mine, photo_id)
            told = send(mine, photo_id, DATA[offset : offset + 3000], offset)
            if "photo" in told.json():
                return told.json()
            assert told.json().get("code") in {None, "upload_offset"}, told.content
        raise AssertionError("never whole")

    with ThreadPoolExecutor(2) as crowd:
        answers = list(crowd.map(whole_way, range(2)))
    assert answers[0] == answers[1]
    assert (settings.MEDIA_ROOT / Photo.objects.get().original).read_bytes() == DATA
    assert OutboxEvent.objects.filter(topic="photo.stored").count() == 1
    assert incoming(settings) == []


def test_pieces_pass_the_proxy_and_one_cut_on_the_way_to_it_is_sent_again(
    committed_world, live_server, settings, tmp_path, unused_port
):
    phone, (web, port) = Phone(committed_world, "worker"), (urlsplit(live_server.url).port, unused_port)
    (photo_id,) = phone.announce(committed_world, DATA)
    conf = tmp_path / "nginx.conf"
    user = "root" if os.geteuid() == 0 else ""
    conf.write_text(proxy.render(host="127.0.0.1", port=port, web=web, feed=1, folder=tmp_path, user=user))
    server = subprocess.Popen([proxy.program(), "-p", str(tmp_path), "-c", str(conf)])
    try:
        piece, head = DATA[:40_000], f"PATCH /api/v1/photos/{photo_id} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        head += f"Authorization: {phone.headers['authorization']}\r\nContent-Type: image/png\r\nUpload-Offset: 0\r\n"
        head += f"Upload-Length: {len(DATA)}\r\nContent-Length: {len(piece)}\r\n\r\n"
        with connected(port) as line:
            line.sendall(head.encode() + piece[:20_000])
        assert state(phone, photo_id) == (0, False)
        for offset in range(0, len(DATA), 40_000):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            headers = phone.headers | {"upload-offset": str(offset), "upload-length": str(len(DATA))}
            connection.request("PATCH", f"/api/v1/photos/{photo_id}", DATA[offset : offset + 40_000], headers)
            told = json.loads(connection.getresponse().read())
            connection.close()
    finally:
        server.terminate()
        server.wait(30)
    assert told["complete"] is True
    assert (settings.MEDIA_ROOT / Photo.objects.get().original).read_bytes() == DATA


def connected(port: int) -> socket.socket:
    """A connection to a server that is just starting."""
    for _attempt in range(100):
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=30)
        time.sleep(0.05)
    raise AssertionError("the proxy did not start")


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
