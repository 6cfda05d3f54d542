"""Which encoding a text file is in: BOM, then UTF-8, then GB 18030, then statistics. Mixtures are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from importers.errors import refusal

_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_FIRST_CJK: Final = "\u2e80"
_SAMPLE_BYTES: Final = 1 << 20


def detect(path: Path, declared: str = "") -> tuple[str, bool]:
    """The Python name of a file's encoding, and whether it is only the best guess. Errors: nul_bytes,
    encoding_mixed, encoding_unknown, encoding_declared_wrong."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, False
    if declared:
        return _declared(path, declared), False
    utf8_line, other_line = _scan(path)
    if other_line is None:
        return "utf-8", False
    if utf8_line is not None:
        raise refusal("encoding_mixed", utf8_line=utf8_line, other_line=other_line)
    return _guess(path)


def _scan(path: Path) -> tuple[int | None, int | None]:
    """First line with Chinese in UTF-8 and first line that is not UTF-8, over the whole file.

    Two GBK characters now and then look like UTF-8, but of letters that no Chinese table holds."""
    utf8_line: int | None = None
    other_line: int | None = None
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if b"\x00" in line:
                raise refusal("nul_bytes", line=number)
            if line.isascii():
                continue
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                other_line = other_line or number
            else:
                if any(character >= _FIRST_CJK for character in text):
                    utf8_line = utf8_line or number
    return utf8_line, other_line


def _guess(path: Path) -> tuple[str, bool]:
    """GB 18030 when all of it decodes, else what the statistics say about a sample of whole lines."""
    if _first_bad_line(path, "gb18030") is None:
        return "gb18030", False
    import charset_normalizer  # noqa: PLC0415 - takes long to load and is hardly ever needed

    with path.open("rb") as file:
        lines = file.readlines(_SAMPLE_BYTES)
    best = charset_normalizer.from_bytes(b"".join(lines)).best()
    if best is None or _first_bad_line(path, best.encoding) is not None:
        raise refusal("encoding_unknown")
    return best.encoding, True


def _declared(path: Path, name: str) -> str:
    try:
        bad = _first_bad_line(path, name)
    except LookupError:
        raise refusal("encoding_unknown") from None
    if bad is not None:
        raise refusal("encoding_declared_wrong", line=bad, encoding=name)
    return name


def _first_bad_line(path: Path, encoding: str) -> int | None:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if b"\x00" in line:
                raise refusal("nul_bytes", line=number)
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return None
