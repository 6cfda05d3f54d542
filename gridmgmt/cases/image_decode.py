"""One photo of a stranger: verified by decoding all of it, turned upright, stripped, shrunk. Limited child only."""

from __future__ import annotations

import warnings
from typing import IO, Any

import pillow_heif
from PIL import (
    Image,
    ImageFile,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from gridmgmt.cases import image_exif

# Imported before the fork, because the limited child may open no file (see image_child).
PRELOADED = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")  # a JPEG of several pictures opens as JPEG and is then called MPO
COPY_EDGE = 2560
COPY_QUALITY = 85
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refused(Exception):  # noqa: N818 - a verdict, not a fault
    """The photo is not taken; the argument is the error code."""


def prepare(max_pixels: int) -> None:
    """Once per process: HEIC joins the formats, pictures over the limit raise, cut ones are never padded."""
    pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    Image.init()
    Image.MAX_IMAGE_PIXELS = max_pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.simplefilter("ignore")  # decoders print what they dislike in a stranger's file
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def make_copy(source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Writes the clean JPEG and returns format, upright size, EXIF facts. Raises Refused, never anything else."""
    try:
        return _make_copy(source, target)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("photo_too_many_pixels") from error
    except MemoryError as error:
        raise Refused("photo_too_many_pixels") from error
    except Exception as error:  # decoders raise anything on crafted bytes; each means "not readable"
        raise Refused("photo_unreadable") from error


def _make_copy(source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    image = open_image(source)
    facts = image_exif.read_facts(image)
    width, height = image.size
    image.draft("RGB", (COPY_EDGE, COPY_EDGE))  # JPEG decodes smaller at once when twice as large
    image.load()
    image.thumbnail((COPY_EDGE, COPY_EDGE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    orientation = facts.pop("orientation")
    turned = image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image
    clean = plain_rgb(turned)
    clean.save(target, "JPEG", quality=COPY_QUALITY, optimize=True)
    if orientation >= 5:
        width, height = height, width
    return {"media_type": MEDIA_TYPES[str(image.format)], "width": width, "height": height, **facts}


def open_image(source: IO[bytes]) -> Image.Image:
    """The picture by its content. Refused photo_type_mismatch when it is none of the four formats."""
    head = source.read(32)
    source.seek(0)
    if not looks_allowed(head):
        raise Refused("photo_type_mismatch")
    return Image.open(source, formats=FORMATS)


def looks_allowed(head: bytes) -> bool:
    """True when the first bytes are those of JPEG, PNG, WebP or HEIC/HEIF."""
    return (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS)
    )


HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def plain_rgb(image: Image.Image) -> Image.Image:
    """Pixels alone on a fresh canvas: no EXIF, XMP, colour profile or comment can travel along."""
    canvas = Image.new("RGB", image.size, "white")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        canvas.paste(layer, mask=layer.getchannel("A"))
    elif image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        canvas.paste(image.point(lambda value: value / 256).convert("L"))
    else:
        canvas.paste(image.convert("RGB"))
    return canvas
