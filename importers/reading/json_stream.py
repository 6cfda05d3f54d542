"""A JSON text read from the front in pieces: members of the outermost object, elements of one array. Bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, TextIO

from importers import limits
from importers.errors import refusal

_PIECE: Final = 1 << 18
_BLANK: Final = " \t\r\n"


def _no_constant(_name: str) -> Any:
    raise json.JSONDecodeError("no JSON number", "", 0)


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)


class JsonStream:
    """Reads values one after the other. Errors: json_broken, json_nesting, feature_too_large, encoding_unknown."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._before = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is not blank; "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(_PIECE):
                return ""

    def take(self, wanted: str) -> None:
        """Steps over one expected character."""
        if self.peek() != wanted:
            raise self.broken()
        self._at += 1

    def value(self) -> Any:
        """The next whole value."""
        self.peek()
        piece = _PIECE
        while True:
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise refusal("json_nesting") from None
            except ValueError:
                found, end = None, -1
            # a number at the very end of what was read may go on in the next piece
            if end >= 0 and (end < len(self._text) or not self._more(_PIECE)):
                self._at = end
                return found
            if end < 0 and not self._more(piece):
                raise self.broken()
            piece *= 2
            if len(self._text) - self._at > limits.FEATURE_BYTES:
                raise refusal("feature_too_large", limit_mb=limits.FEATURE_BYTES // limits.MEGABYTE)

    def members(self) -> Iterator[str]:
        """The keys of an object; the caller reads each value before the next key."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            key = self.value() if self.peek() == '"' else None
            if not isinstance(key, str):
                raise self.broken()
            self.take(":")
            yield key
            if self.peek() != ",":
                break
            self.take(",")
        self.take("}")

    def elements(self) -> Iterator[Any]:
        """The values of an array, one at a time."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            if self.peek() != ",":
                break
            self.take(",")
        self.take("]")

    def broken(self) -> Exception:
        """The error for a text that is no JSON here."""
        return refusal("json_broken", at=self._before + self._at)

    def _more(self, size: int) -> bool:
        """Reads on, forgetting what was consumed; False at the end."""
        if self._ended:
            return False
        try:
            piece = self._file.read(size)
        except UnicodeDecodeError:
            raise refusal("encoding_unknown") from None
        self._before += self._at
        self._text = self._text[self._at :] + piece
        self._at = 0
        self._ended = not piece
        return bool(piece)
