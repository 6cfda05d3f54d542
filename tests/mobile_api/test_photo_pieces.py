"""F18: photos in pieces over connections that break. Only missing bytes are sent again, nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.http import UnreadablePostError
from django.test import Client

from geodata.ids import uuid7
from gridmgmt.cases import jobs, photo_errors, photo_files, photo_partials, photo_uploads
from gridmgmt.cases.models import Photo
from gridmgmt.cases.photo_uploads import Piece
from gridmgmt.events.models import OutboxEvent
from mobile_api import tokens
from tests.mobile_api.conftest import Phone, picture
from tests.mobile_api.test_photos import files, nothing_kept, sha
from tests.world import AT

DATA = picture(kind="PNG", size=(300, 200)) + bytes(
    70_000
)  # what follows a PNG's end is no part of the picture


def send(phone: Phone, photo_id: Any, data: bytes, offset: int, total: int | None = None, **more: str) -> Any:
    headers = {"upload-offset": str(offset), "upload-length": str(len(DATA) if total is None else total)}
    return phone.client.patch(
        f"/api/v1/photos/{photo_id}", data, content_type="image/png", headers=phone.headers | headers | more
    )


def state(phone: Phone, photo_id: Any) -> tuple[int, bool]:
    told = phone.get(f"photos/{photo_id}/upload").json()
    return told["offset"], told["stored"]


def incoming(settings: Any) -> list[Path]:
    return sorted((settings.MEDIA_ROOT / "incoming").glob("*"))


class BreaksAfter:
    """A connection that ends after so many bytes, as Django tells it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int = -1, /) -> bytes:
        if not self.data:
            raise UnreadablePostError
        piece, self.data = self.data[:size], self.data[size:]
        return piece


def test_a_photo_in_pieces_is_stored_as_in_one_go(world, phone, settings):
    (photo_id,) = phone.announce(world, DATA)
    assert state(phone, photo_id) == (0, False)
    sent = 0
    while sent + 10_000 < len(DATA):
        told = send(phone, photo_id, DATA[sent : sent + 10_000], sent)
        sent += 10_000
        assert (told.status_code, told.json()) == (200, {"offset": sent, "stored": False})
        assert state(phone, photo_id) == (sent, False)
    last = send(phone, photo_id, DATA[sent:], sent)
    assert last.status_code == 200
    assert last.json() == phone.photo(photo_id, DATA).json()
    assert state(phone, photo_id) == (len(DATA), True)
    photo = Photo.objects.get()
    assert (settings.MEDIA_ROOT / photo.original).read_bytes() == DATA
    assert (photo.state, photo.case.complete) == ("stored", True)
    assert incoming(settings) == []
    assert OutboxEvent.objects.filter(topic="photo.stored").count() == 1


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_what_came_before_the_cut_is_not_sent_again(world, phone, settings, share):
    (photo_id,) = phone.announce(world, DATA)
    cut = int(len(DATA) * share)
    piece = Piece(offset=0, size=len(DATA), total=len(DATA))
    sender = tokens.session_of(phone.headers["authorization"]).sender
    with pytest.raises(UnreadablePostError):
        photo_uploads.append_photo(
            photo_id=photo_id, piece=piece, stream=BreaksAfter(DATA[:cut]), sender=sender, at=AT
        )
    offset, stored = state(phone, photo_id)
    assert (offset, stored) == (cut, False)
    rest = DATA[offset:]
    assert len(rest) == len(DATA) - cut
    assert send(phone, photo_id, rest, offset).json()["complete"] is True
    assert (settings.MEDIA_ROOT / Photo.objects.get().original).read_bytes() == DATA


def test_the_same_piece_twice_is_told_the_truth_and_changes_nothing(world, phone, settings):
    (photo_id,) = phone.announce(world, DATA)
    send(phone, photo_id, DATA[:5000], 0)
    again = send(phone, photo_id, DATA[:5000], 0)
    assert (again.status_code, again.json()["code"]) == (409, "upload_offset")
    assert again.json()["data"] == {"offset": 5000}
    beyond = send(phone, photo_id, DATA[9000:], 9000)
    assert beyond.json()["data"] == {"offset": 5000}
    assert incoming(settings)[0].read_bytes() == DATA[:5000]
    stored = send(phone, photo_id, DATA[5000:], 5000).json()
    assert send(phone, photo_id, DATA[5000:], 5000).json() == stored
    assert OutboxEvent.objects.filter(topic="photo.stored").count() == 1


def test_a_piece_of_an_unknown_beginning_is_told_to_begin(world, phone):
    (photo_id,) = phone.announce(world, DATA)
    assert send(phone, photo_id, DATA[100:], 100).json()["data"] == {"offset": 0}


def test_wrong_bytes_are_thrown_away_at_the_end_and_the_photo_begins_anew(world, phone, settings):
    (photo_id,) = phone.announce(world, DATA)
    wrong = DATA[:-1] + b"x"
    send(phone, photo_id, wrong[:6000], 0)
    refused = send(phone, photo_id, wrong[6000:], 6000)
    assert (refused.status_code, refused.json()["code"]) == (422, "photo_hash_mismatch")
    assert refused.json()["data"]["declared_sha256"] == sha(DATA)
    assert nothing_kept(settings, photo_id)
    assert state(phone, photo_id) == (0, False)
    assert send(phone, photo_id, DATA, 0).json()["complete"] is True


def test_no_photo_in_the_announced_bytes_is_refused_as_by_put(world, phone, settings):
    data = b"<html>" + bytes(90)
    (photo_id,) = phone.announce(world, data)
    refused = send(phone, photo_id, data, 0, len(data))
    assert (refused.status_code, refused.json()["code"]) == (415, "photo_type_mismatch")
    assert nothing_kept(settings, photo_id)


def test_another_length_than_before_throws_the_beginning_away(world, phone, settings):
    (photo_id,) = phone.announce(world, DATA)
    send(phone, photo_id, DATA[:6000], 0)
    refused = send(phone, photo_id, DATA[6000:7000], 6000, len(DATA) + 1)
    assert (refused.status_code, refused.json()["code"]) == (422, "upload_length")
    assert nothing_kept(settings, photo_id)


def test_no_bytes_change_nothing_and_no_photo_is_empty(world, phone):
    (photo_id,) = phone.announce(world, DATA)
    send(phone, photo_id, DATA[:100], 0)
    assert send(phone, photo_id, b"", 100).json() == {"offset": 100, "stored": False}
    assert send(phone, photo_id, b"", 0, 0).json()["code"] == "photo_empty"
    over = send(phone, photo_id, DATA[100:] + b"x", 100)
    assert (over.status_code, over.json()["code"]) == (422, "upload_length")
    assert state(phone, photo_id) == (100, False)


@pytest.mark.parametrize("wrong", ["", "-1", "1.5", "٣", "9" * 20])
def test_headers_that_are_no_numbers(world, phone, wrong):
    (photo_id,) = phone.announce(world, DATA)
    for header in ("upload-offset", "upload-length"):
        refused = send(phone, photo_id, DATA, 0, **{header: wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "upload_header_invalid")


def test_limits_and_strangers(world, phone, settings):
    (photo_id,) = phone.announce(world, DATA)
    settings.PHOTO_MAX_BYTES = len(DATA) - 1
    assert send(phone, photo_id, DATA[:10], 0).status_code == 413
    other = Phone(world, "other_worker")
    assert send(other, photo_id, DATA[:10], 0).json()["code"] == "photo_unknown"
    assert other.get(f"photos/{photo_id}/upload").json()["code"] == "photo_unknown"
    wrong = send(phone, photo_id, DATA[:10], 0, **{"x-content-sha256": "ab" * 32})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "photo_conflict")
    assert Client().get(f"/api/v1/photos/{photo_id}/upload").status_code == 401
    assert files(settings) == []


def test_worker_that_dies_after_the_files_are_there_sends_no_byte_again(world, phone, settings, monkeypatch):
    (photo_id,) = phone.announce(world, DATA)

    def die(*_args: Any, **_named: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("gridmgmt.cases.photos.record", die)
        with pytest.raises(SystemExit):
            send(phone, photo_id, DATA, 0)
    assert Photo.objects.get().state == "expected"
    assert state(phone, photo_id) == (len(DATA), False)
    done = send(phone, photo_id, b"", len(DATA))
    assert done.json()["complete"] is True
    assert (settings.MEDIA_ROOT / Photo.objects.get().original).read_bytes() == DATA
    assert incoming(settings) == []


def test_a_server_that_cannot_look_keeps_the_bytes(world, phone, monkeypatch):
    (photo_id,) = phone.announce(world, DATA)

    def away(*_args: Any) -> None:
        raise photo_errors.reader_away()

    with monkeypatch.context() as patch:
        patch.setattr("gridmgmt.cases.images.reader.read", away)
        assert send(phone, photo_id, DATA, 0).status_code == 503
    assert state(phone, photo_id) == (len(DATA), False)
    assert send(phone, photo_id, b"", len(DATA)).json()["complete"] is True


def test_nobody_holds_more_than_a_share_and_the_oldest_goes_first(world, phone, settings, monkeypatch):
    monkeypatch.setattr(photo_partials, "MOST_PARTIALS", 2)
    pictures = [picture(colour) for colour in ("red", "green", "blue")]
    ids = phone.announce(world, *pictures)
    for age, (photo_id, data) in enumerate(zip(ids, pictures, strict=True)):
        send(phone, photo_id, data[:50], 0, len(data))
        os.utime(incoming(settings)[-1], (1000 + age, 1000 + age))
    assert [state(phone, photo_id)[0] for photo_id in ids] == [0, 50, 50]
    monkeypatch.setattr(photo_partials, "MOST_PARTIALS", 20)
    monkeypatch.setattr(photo_partials, "MOST_PHOTOS_BYTES", 1)
    settings.PHOTO_MAX_BYTES = len(pictures[0]) + len(pictures[2])
    send(phone, ids[0], pictures[0][:50], 0, len(pictures[0]))
    assert [state(phone, photo_id)[0] for photo_id in ids] == [50, 0, 50]


def test_what_no_phone_continued_is_gone_within_the_hour(world, phone, settings):
    (photo_id,) = phone.announce(world, DATA)
    send(phone, photo_id, DATA[:100], 0)
    touched = incoming(settings)[0].stat().st_mtime
    every = int(settings.PERIODIC_TASKS["gridmgmt.cases.jobs.sweep_incoming"].split()[1][:-1])
    assert photo_files.STALE_S + every <= 3600
    assert photo_files.sweep_incoming(now=touched + photo_files.STALE_S) == 0
    assert photo_files.sweep_incoming(now=touched + photo_files.STALE_S + 1) == 1
    assert incoming(settings) == []
    assert send(phone, photo_id, DATA[100:], 100).json()["data"] == {"offset": 0}
    jobs.sweep_incoming(AT)


def test_unannounced_photo_has_no_upload(world, phone):
    assert phone.get(f"photos/{uuid7()}/upload").json()["code"] == "photo_unknown"
