"""The limited child: what it accepts, what it refuses, what it cannot do, and what never travels along."""

from __future__ import annotations

import io
import os
import random
import signal
import socket
import struct
import tempfile
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from PIL.TiffImagePlugin import IFDRational

from geodata.errors import DomainError
from gridmgmt.cases import image_child, image_decode, images, photo_errors
from gridmgmt.cases.images import Reader, Reading

EXIF_TAIL = b"Exif\x00\x00"


def read(data: bytes) -> tuple[Reading, bytes]:
    """The reading and the clean copy."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as copy:
        source.write(data)
        source.seek(0)
        reading = images.reader.read(source, copy)
        copy.seek(0)
        return reading, copy.read()


def refusal(data: bytes) -> str:
    with pytest.raises(DomainError) as error:
        read(data)
    return error.value.code


def encoded(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or Image.effect_noise((120, 80), 40).convert("RGB")).save(buffer, kind, **options)
    return buffer.getvalue()


def heic(**options: object) -> bytes:
    image_decode.pillow_heif.register_heif_opener()
    return encoded("HEIF", **options)


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[image_exif_tags()["Orientation"]] = orientation
    tags[0x010F], tags[0x0110] = "Maker", "Maker X1"
    tags[0x9003] = "2026:11:20 10:00:00"
    tags.get_ifd(0x8825).update({1: "N", 2: (23.0, 7.0, 30.0), 3: "E", 4: (113.0, 15.0, 0.0)})
    tags.get_ifd(0x8769).update({0x9003: "2026:11:20 10:00:00", 0x9011: "+08:00"})
    return tags


def image_exif_tags() -> dict[str, int]:
    return {"Orientation": 0x0112}


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (encoded("JPEG"), "image/jpeg"),
        (encoded("JPEG", progressive=True), "image/jpeg"),
        (encoded("PNG"), "image/png"),
        (encoded("WEBP"), "image/webp"),
        (heic(), "image/heic"),
    ],
)
def test_four_formats_become_a_jpeg_of_the_same_size(data, media_type):
    reading, copy = read(data)
    assert (reading.media_type, reading.width, reading.height) == (media_type, 120, 80)
    with Image.open(io.BytesIO(copy)) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (120, 80), "RGB")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_unusual_pixels_are_readable(mode):
    image = Image.new("RGB", (40, 30), "white")
    picture = Image.new("I;16", (40, 30), 65535) if mode == "I;16" else image.convert(mode)
    _reading, copy = read(encoded("JPEG" if mode == "CMYK" else "PNG", picture))
    with Image.open(io.BytesIO(copy)) as clean:
        assert ImageStat.Stat(clean.convert("L")).mean[0] > 250


def test_transparency_becomes_white():
    _reading, copy = read(encoded("PNG", Image.new("RGBA", (20, 20), (0, 0, 0, 0))))
    with Image.open(io.BytesIO(copy)) as clean:
        assert clean.getpixel((5, 5)) == (255, 255, 255)


def test_large_photo_is_shrunk_to_the_limit_and_reports_its_own_size():
    reading, copy = read(encoded("JPEG", Image.new("RGB", (5200, 2600), "blue")))
    assert (reading.width, reading.height) == (5200, 2600)
    with Image.open(io.BytesIO(copy)) as clean:
        assert clean.size == (2560, 1280)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation):
    """A red top half, stored turned as a camera would, is red on top again."""
    upright = Image.new("RGB", (60, 40), "blue")
    upright.paste("red", (0, 0, 60, 20))
    upright.paste("green", (0, 0, 15, 20))
    turned = upright.transpose(INVERSE[orientation]) if orientation in INVERSE else upright
    reading, copy = read(encoded("JPEG", turned, exif=exif(orientation), quality=95))
    with Image.open(io.BytesIO(copy)) as clean:
        assert (reading.width, reading.height) == clean.size == (60, 40)
        red, green, blue = clean.getpixel((40, 5)), clean.getpixel((5, 5)), clean.getpixel((30, 35))
    assert red[0] > 200
    assert green[1] > 80 > green[0]
    assert blue[2] > 200


INVERSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_facts_are_read_and_nothing_of_them_is_in_the_copy(kind):
    image_decode.pillow_heif.register_heif_opener()
    data = encoded(kind, exif=exif().tobytes(), **({"comment": b"a comment"} if kind == "JPEG" else {}))
    reading, copy = read(data)
    assert reading.camera == "Maker X1"
    assert reading.taken is not None
    assert (reading.taken.isoformat(), reading.offset) == ("2026-11-20T10:00:00", "+08:00")
    assert reading.lat == pytest.approx(23.125)
    assert reading.lon == pytest.approx(113.25)
    assert bare(copy)


def bare(copy: bytes) -> bool:
    """No EXIF, XMP, profile or comment: only the segments a decoder needs."""
    with Image.open(io.BytesIO(copy)) as clean:
        quiet = not clean.getexif() and set(clean.info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
        }
    return quiet and not any(
        mark in copy for mark in (EXIF_TAIL, b"http://ns.adobe.com", b"ICC_PROFILE", b"Maker")
    )


@pytest.mark.parametrize(
    ("rationals", "flag"),
    [
        ((0.0, 0.0, 0.0), "exif_gps_broken"),
        ((IFDRational(0, 0), IFDRational(0, 0), IFDRational(0, 0)), "exif_gps_broken"),
        ((400.0, 0.0, 0.0), "exif_gps_broken"),
    ],
)
def test_gps_that_tells_no_place_is_flagged_and_the_photo_taken(rationals, flag):
    tags = Image.Exif()
    tags.get_ifd(0x8825).update({1: "N", 2: rationals, 3: "E", 4: rationals})
    reading, _copy = read(encoded("JPEG", exif=tags))
    assert reading.lat is None
    assert flag in reading.flags


@pytest.mark.parametrize(
    "damage", [b"II*\x00\xff\xff\xff\xff", b"MM\x00*" + b"\x00\x00\x00\x08\xff\xff" * 40, b"junk"]
)
def test_damaged_exif_never_costs_the_photo(damage):
    reading, copy = read(encoded("JPEG", exif=EXIF_TAIL + damage))
    assert (reading.width, reading.height) == (120, 80)
    assert bare(copy)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + b"\0" * 40,
     encoded("BMP"), encoded("TIFF"), encoded("GIF"), encoded("ICO"), b"\0" * 4096],
)  # fmt: skip
def test_what_is_no_photo_is_refused_by_content(data):
    assert refusal(data) == "photo_type_mismatch"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_cut_photo_is_refused_as_unreadable(kind, share):
    data = heic() if kind == "HEIF" else encoded(kind)
    assert refusal(data[: max(40, int(len(data) * share))]) == "photo_unreadable"


def png_of(width: int, height: int) -> bytes:
    """A PNG that says how large it is and packs a few rows of nothing behind it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(15_000, 12_000), (65_000, 65_000), (8_000, 6_300), (2_000_000_000, 1)])
def test_decompression_bombs_are_refused_before_they_open(size):
    assert refusal(png_of(*size)) in {"photo_too_many_pixels", "photo_unreadable"}


def test_text_bomb_inside_a_png_is_refused():
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "A" * 70_000_000, zip=True)
    assert refusal(encoded("PNG", pnginfo=info)) == "photo_unreadable"


def test_fifty_megapixels_fit_into_the_childs_memory():
    data = encoded("JPEG", Image.new("RGB", (8_100, 6_100), "grey"))
    assert read(data)[0].width == 8_100


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_damaged_bytes_are_taken_or_refused_but_never_break_the_reader(kind):
    dice = random.Random(kind)
    whole = heic() if kind == "HEIF" else encoded(kind, exif=exif().tobytes())
    for _ in range(25):
        data = bytearray(whole)
        for _change in range(dice.choice((1, 5, 50))):
            data[int(len(data) * dice.random() ** dice.choice((1, 4)))] = dice.randrange(256)
        try:
            read(bytes(data))
        except DomainError as error:
            assert error.code in photo_errors.REFUSALS  # noqa: PT017 - both outcomes are right
    assert read(whole)[0].width == 120


def in_child(action: object) -> str:
    """What an action meets inside the limits of a child."""
    inbox, outbox = os.pipe()
    if os.fork() == 0:
        try:
            image_child.limit_self(outbox)
            action()  # type: ignore[operator]
            verdict = "done"
        except BaseException as error:  # noqa: BLE001 - whatever stops it is the answer
            verdict = type(error).__name__
        os.write(outbox, verdict.encode())
        os._exit(0)
    os.close(outbox)
    with os.fdopen(inbox) as answer:
        told = answer.read()
    os.wait()
    return told


def test_child_can_open_no_file_and_no_socket():
    assert in_child(Path("/etc/hostname").read_bytes) == "OSError"
    assert in_child(socket.socket) == "OSError"


def test_child_has_little_memory():
    assert in_child(lambda: bytearray(image_child.MEMORY_BYTES)) == "MemoryError"


def test_child_inherits_no_secret():
    control, process = images.start()
    with control:
        environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    process.wait(10)
    assert b"GRID" not in environment
    assert b"DATABASE" not in environment


def test_reader_ends_with_its_server_process():
    control, process = images.start()
    assert process.poll() is None
    control.close()
    assert process.wait(10) == 0


def test_killed_reader_is_started_again():
    reader = Reader()
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as copy:
        source.write(encoded("JPEG"))
        source.seek(0)
        reader.read(source, copy)
        assert reader._process is not None
        os.kill(reader._process.pid, signal.SIGKILL)
        reader._process.wait()
        source.seek(0)
        assert reader.read(source, copy).width == 120


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "image_reader_away"),
        (b"\n", "photo_unreadable"),
        (b'\n{"ok": {"media_type": "text/html", "width": 1, "height": 1}}', "photo_unreadable"),
        (b'\n{"ok": {"media_type": "image/jpeg", "width": 1, "height": 1, "lon": 999}}', "photo_unreadable"),
        (b'\n{"refused": "made_up"}', "photo_unreadable"),
        (b"\n[]", "photo_unreadable"),
    ],
)
def test_the_child_is_not_trusted_either(answer, code):
    with pytest.raises(DomainError) as error:
        images.understand(answer)
    assert error.value.code == code


@pytest.mark.shared
def test_real_photos_are_read_with_their_facts(shared_data):
    files = sorted(p for p in (shared_data / "photos-exif").rglob("*.*") if not p.name.startswith("README"))
    assert len(files) == 30
    for file in files:
        reading, copy = read(file.read_bytes())
        assert bare(copy), file.name
        assert reading.flags == [], file.name
        if file.parent.name == "gps":
            assert reading.lat == pytest.approx(43.467, abs=0.01)
            assert reading.lon == pytest.approx(11.88, abs=0.01)
            assert reading.camera == "NIKON COOLPIX P6000"


@pytest.mark.shared
def test_real_heic_has_place_time_and_upright_size(shared_data):
    reading, copy = read((shared_data / "photos-exif/heic/IMG_5195.HEIC").read_bytes())
    assert (reading.media_type, reading.camera) == ("image/heic", "Apple iPhone 11 Pro Max")
    assert (reading.lat, reading.lon) == (pytest.approx(39.051, abs=0.001), pytest.approx(-94.289, abs=0.001))
    assert reading.offset == "-05:00"
    with Image.open(io.BytesIO(copy)) as clean:
        assert clean.size[0] / clean.size[1] == pytest.approx(reading.width / reading.height, rel=0.01)


@pytest.mark.shared
@pytest.mark.parametrize("side", ["landscape", "portrait"])
def test_the_eight_real_orientations_show_the_same_picture(shared_data, side):
    """Each picture shows its own digit, so they are alike, not equal: upright twins differ little, turned ones much."""
    upright = []
    for number in range(1, 9):
        _reading, copy = read((shared_data / f"photos-exif/jpg/orientation/{side}_{number}.jpg").read_bytes())
        with Image.open(io.BytesIO(copy)) as clean:
            upright.append(clean.convert("L").resize((32, 32)))
    likeness = [difference(upright[0], other) for other in upright[1:]]
    turned = [difference(upright[0], upright[0].transpose(how)) for how in image_decode.UPRIGHT.values()]
    assert max(likeness) < min(turned) * 0.6


def difference(one: Image.Image, other: Image.Image) -> float:
    from PIL import ImageChops

    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]
