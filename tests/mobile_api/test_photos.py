"""PUT and GET /photos: verified, kept once, shown upright and bare, to those who may see the case."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.cases import jobs, photo_files
from gridmgmt.cases.models import Case, Photo
from gridmgmt.events.models import OutboxEvent
from tests.mobile_api.conftest import Phone, body, picture
from tests.world import PASSWORD, World


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def files(settings) -> list[Path]:
    return sorted(p for p in settings.MEDIA_ROOT.rglob("*") if p.is_file())


def nothing_kept(settings, photo_id) -> bool:
    photo = Photo.objects.get(pk=photo_id)
    return (
        photo.state == "expected"
        and files(settings) == []
        and not Case.objects.get(pk=photo.case_id).complete
    )


def test_photo_is_kept_as_taken_and_as_a_clean_copy(world, phone, settings):
    data = picture(size=(80, 60))
    (photo_id,) = phone.announce(world, data)
    answer = phone.photo(photo_id, data)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["sha256"], told["size"], told["media_type"]) == (sha(data), len(data), "image/jpeg")
    assert (told["width"], told["height"], told["complete"], told["missing"]) == (80, 60, True, [])
    photo = Photo.objects.get()
    original = settings.MEDIA_ROOT / photo.original
    assert original.read_bytes() == data
    assert original.stat().st_mode & 0o777 == 0o640
    assert not list((settings.MEDIA_ROOT / "incoming").iterdir())


def test_same_bytes_again_get_the_same_answer_and_change_nothing(world, phone, settings):
    data = picture()
    (photo_id,) = phone.announce(world, data)
    first = phone.photo(photo_id, data)
    before = (Photo.objects.values().get(), files(settings), OutboxEvent.objects.count())
    again = phone.photo(photo_id, data)
    assert again.json() == first.json()
    assert (Photo.objects.values().get(), files(settings), OutboxEvent.objects.count()) == before


def test_case_becomes_complete_exactly_with_the_last_photo(world, phone):
    pictures = [picture("red"), picture("green"), picture("blue")]
    ids = phone.announce(world, *pictures)
    for left, (photo_id, data) in zip((2, 1, 0), zip(ids, pictures, strict=True), strict=True):
        told = phone.photo(photo_id, data).json()
        assert len(told["missing"]) == left
        assert told["complete"] == Case.objects.get().complete == (left == 0)
    events = OutboxEvent.objects.filter(topic="photo.stored").order_by("id")
    assert [event.payload["complete"] for event in events] == [False, False, True]


def test_unannounced_photo_is_unknown(world, phone, settings):
    answer = phone.photo(uuid7(), picture())
    assert (answer.status_code, answer.json()["code"]) == (404, "photo_unknown")
    assert files(settings) == []


@pytest.mark.parametrize("name", ["neighbour", "other_worker"])
def test_photo_of_somebody_elses_case_is_unknown_to_others(world, phone, settings, name):
    data = picture()
    (photo_id,) = phone.announce(world, data)
    stranger = Phone(world, name)
    assert stranger.photo(photo_id, data).json()["code"] == "photo_unknown"
    phone.photo(photo_id, data)
    assert stranger.get(f"photos/{photo_id}").json()["code"] == "photo_unknown"


def test_other_photo_under_the_number_conflicts_with_both_hashes(world, phone, settings):
    data, other = picture("red"), picture("green")
    (photo_id,) = phone.announce(world, data)
    announced = phone.photo(photo_id, other, **{"x-content-sha256": sha(other)})
    assert (announced.status_code, announced.json()["code"]) == (409, "photo_conflict")
    assert announced.json()["data"] == {"stored_sha256": sha(data), "sent_sha256": sha(other)}
    assert nothing_kept(settings, photo_id)
    phone.photo(photo_id, data)
    assert phone.photo(photo_id, other).json()["code"] == "photo_conflict"
    assert (settings.MEDIA_ROOT / Photo.objects.get().original).read_bytes() == data


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_photo_hurt_on_the_way_is_refused_and_taken_when_sent_again(world, phone, settings, share):
    data = picture(size=(300, 200))
    (photo_id,) = phone.announce(world, data)
    cut = data[: max(1, int(len(data) * share))]
    for headers in ({}, {"x-content-sha256": sha(data)}):
        answer = phone.photo(photo_id, cut, **headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "photo_hash_mismatch")
        assert answer.json()["data"]["received_bytes"] == len(cut)
        assert nothing_kept(settings, photo_id)
    assert phone.photo(photo_id, data).status_code == 200


def test_connection_that_ends_early_is_told_apart(settings):
    with (
        pytest.raises(DomainError) as error,
        photo_files.incoming(uuid7(), io.BytesIO(b"x" * 100), expected_bytes=400),
    ):
        pass
    assert error.value.code == "photo_truncated"
    assert error.value.data == {"expected_bytes": 400, "received_bytes": 100}
    assert files(settings) == []


def test_empty_photo_is_refused(world, phone, settings):
    (photo_id,) = phone.announce(world, picture())
    assert phone.photo(photo_id, b"").json()["code"] == "photo_empty"
    assert nothing_kept(settings, photo_id)


def test_photo_over_the_limit_is_413(world, phone, settings):
    data = picture(size=(400, 300))
    (photo_id,) = phone.announce(world, data)
    settings.PHOTO_MAX_BYTES = len(data) - 1
    answer = phone.photo(photo_id, data)
    assert (answer.status_code, answer.json()["code"]) == (413, "photo_too_large")
    assert nothing_kept(settings, photo_id)


@pytest.mark.parametrize("said", ["image/png", "text/html", "application/pdf", "image/heic"])
def test_lying_type_is_flagged_because_the_worker_is_not_to_blame(world, phone, said):
    data = picture()
    (photo_id,) = phone.announce(world, data)
    answer = phone.photo(photo_id, data, said)
    assert answer.status_code == 200
    assert answer.json()["flags"] == ["type_mismatch"]
    assert answer.json()["media_type"] == "image/jpeg"


@pytest.mark.parametrize("data", [b"<html><script>alert(1)</script>", b"%PDF-1.7 x", picture(kind="GIF")])
def test_what_is_no_photo_is_refused_whatever_it_claims(world, phone, settings, data):
    (photo_id,) = phone.announce(world, data)
    answer = phone.photo(photo_id, data, "image/jpeg")
    assert (answer.status_code, answer.json()["code"]) == (415, "photo_type_mismatch")
    assert nothing_kept(settings, photo_id)


def test_damaged_picture_with_the_right_hash_is_refused_and_nothing_kept(world, phone, settings):
    data = picture(kind="PNG", size=(300, 300))[:-200]
    (photo_id,) = phone.announce(world, data)
    answer = phone.photo(photo_id, data)
    assert (answer.status_code, answer.json()["code"]) == (422, "photo_unreadable")
    assert nothing_kept(settings, photo_id)


def test_the_same_photo_at_another_case_is_flagged(world, phone):
    data = picture()
    for expected in ([], ["seen_before"]):
        (photo_id,) = phone.announce(world, data)
        assert phone.photo(photo_id, data).json()["flags"] == expected


def test_exif_place_far_from_the_report_is_measured_and_flagged(world, phone):
    tags = Image.Exif()
    tags.get_ifd(0x8825).update({1: "N", 2: (23.0, 7.0, 30.0), 3: "E", 4: (113.0, 15.0, 0.0)})
    data = picture(exif=tags)
    (photo_id,) = phone.announce(world, data)
    assert phone.photo(photo_id, data).json()["flags"] == ["far_from_report"]
    photo = Photo.objects.get()
    assert photo.exif_point.coords == pytest.approx((113.25, 23.125))
    assert photo.exif_distance_m == pytest.approx(301_000, rel=0.02)


def test_crash_between_file_and_row_is_healed_by_sending_again(world, phone, settings, monkeypatch):
    data = picture()
    (photo_id,) = phone.announce(world, data)

    def crash(*_args, **_named):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("gridmgmt.cases.photos.record", crash)
        with pytest.raises(SystemExit):
            phone.photo(photo_id, data)
    assert Photo.objects.get().state == "expected"
    assert len(files(settings)) == 2
    assert phone.photo(photo_id, data).json()["complete"] is True
    assert len(files(settings)) == 2


def test_lost_file_of_a_stored_photo_is_healed_by_sending_again(world, phone, settings):
    data = picture()
    (photo_id,) = phone.announce(world, data)
    first = phone.photo(photo_id, data).json()
    (settings.MEDIA_ROOT / Photo.objects.get().original).unlink()
    assert phone.photo(photo_id, data).json() == first
    assert (settings.MEDIA_ROOT / Photo.objects.get().original).read_bytes() == data


def test_full_disk_is_507_and_nothing_is_kept(world, phone, settings, monkeypatch):
    data = picture()
    (photo_id,) = phone.announce(world, data)

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        answer = phone.photo(photo_id, data)
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert answer["Retry-After"]
    assert nothing_kept(settings, photo_id)
    assert phone.photo(photo_id, data).status_code == 200


def test_scratch_files_of_killed_processes_are_swept_after_an_hour(world, settings):
    folder = settings.MEDIA_ROOT / "incoming"
    folder.mkdir(parents=True)
    old, new = folder / "old", folder / "new"
    for path, mtime in ((old, 1000.0), (new, 5000.0)):
        path.write_bytes(b"x")
        os.utime(path, (mtime, mtime))
    assert photo_files.sweep_incoming(now=5000.0) == 1
    assert [p.name for p in folder.iterdir()] == ["new"]


def stored(world: World, phone: Phone) -> Photo:
    data = picture(size=(800, 600))
    (photo_id,) = phone.announce(world, data)
    phone.photo(photo_id, data)
    return Photo.objects.get(pk=photo_id)


def test_served_copy_is_a_bare_jpeg_that_may_not_run_anything(world, phone):
    photo = stored(world, phone)
    answer = phone.get(f"photos/{photo.pk}")
    shown = b"".join(answer.streaming_content)
    with Image.open(io.BytesIO(shown)) as image:
        assert (image.format, image.size) == ("JPEG", (800, 600))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]
    again = phone.get(f"photos/{photo.pk}", **{"if-none-match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("accept", ["image/*", "image/avif,image/webp,*/*;q=0.8", "text/plain", "*/*"])
def test_whoever_asks_for_an_image_gets_it_and_errors_in_json(world, phone, accept):
    photo = stored(world, phone)
    shown = phone.get(f"photos/{photo.pk}?size=thumb", accept=accept)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    unknown = phone.get(f"photos/{uuid7()}", accept=accept)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "photo_unknown")


def test_thumbnail_is_made_once_by_its_job_and_served(world, phone, settings):
    photo = stored(world, phone)
    payload = OutboxEvent.objects.get(topic="photo.stored").payload
    large = len(b"".join(phone.get(f"photos/{photo.pk}?size=thumb").streaming_content))
    jobs.make_thumbnail("event", payload)
    path = settings.MEDIA_ROOT / Photo.objects.get().thumbnail
    made = path.stat().st_mtime_ns
    jobs.make_thumbnail("event", payload)
    assert path.stat().st_mtime_ns == made
    with Image.open(
        io.BytesIO(b"".join(phone.get(f"photos/{photo.pk}?size=thumb").streaming_content))
    ) as image:
        assert image.size == (360, 270)
    assert path.stat().st_size < large


def test_a_browsers_session_opens_nothing_here(world, phone):
    photo = stored(world, phone)
    browser = Client()
    browser.login(username="leader", password=PASSWORD)
    assert browser.get(f"/api/v1/photos/{photo.pk}").status_code == 401
    assert browser.put(f"/api/v1/photos/{photo.pk}", b"x", content_type="image/jpeg").status_code == 401


def test_not_yet_arrived_photo_says_so(world, phone):
    (photo_id,) = phone.announce(world, picture())
    assert phone.get(f"photos/{photo_id}").json()["code"] == "photo_not_stored"


def test_broken_hash_header_is_refused(world, phone):
    data = picture()
    (photo_id,) = phone.announce(world, data)
    assert phone.photo(photo_id, data, **{"x-content-sha256": "zz"}).json()["code"] == "sha256_invalid"


@pytest.mark.shared
def test_real_photos_go_in_and_come_out_without_their_metadata(world, phone, shared_data):
    names = ("jpg/gps/DSCN0010.jpg", "heic/IMG_5195.HEIC", "heic/samplefilehub.heif", "jpg/orientation/portrait_6.jpg",
             "jpg/tests/33-type_error.jpg", "jpg/tests/36-memory_error.jpg", "jpg/xmp/BlueSquare.jpg")  # fmt: skip
    pictures = [(shared_data / "photos-exif" / name).read_bytes() for name in names]
    for photo_id, data in zip(phone.announce(world, *pictures), pictures, strict=True):
        answer = phone.photo(photo_id, data, "image/heic" if data[4:8] == b"ftyp" else "image/jpeg")
        assert answer.status_code == 200, answer.content
        shown = b"".join(phone.get(f"photos/{photo_id}").streaming_content)
        with Image.open(io.BytesIO(shown)) as image:
            assert not image.getexif()
        assert not any(mark in shown for mark in (b"Exif", b"GPS", b"NIKON", b"Apple", b"Canon", b"http://"))
    assert Case.objects.get().complete
    far = Photo.objects.filter(flags__contains=["far_from_report"])
    assert far.count() == 2


@pytest.mark.shared
def test_strange_strings_are_stored_as_sent_or_refused_by_code(world, phone, shared_data):
    strange = json.loads((shared_data / "naughty-strings/blns.json").read_text(encoding="utf-8"))
    for text in strange:
        report_id = uuid7()
        answer = phone.report(body(world, text=text), report_id)
        if answer.status_code == 201:
            case = Case.objects.get(pk=answer.json()["case"])
            assert case.text == text
            assert phone.get(f"reports/{report_id}").json()["text"] == text
        else:
            assert answer.json()["code"] == "text_control_character", text.encode()
            assert any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)
    assert Case.objects.count() > len(strange) - 10
