"""The one error that rules raise: a stable code, a translatable message and data. Doors turn it into their own format."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext


def mark(msgid: str) -> str:
    """Marks a message id for collection (import it as `_`) where no web framework may be imported; returns it."""
    return msgid


class DomainError(Exception):
    """A broken rule. `code` is stable snake_case, `message` an English msgid whose %(name)s come from `data`."""

    def __init__(
        self,
        *,
        code: str,
        message: str,
        status: int = 400,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status
        self.data: dict[str, Any] = dict(data or {})

    def text(self) -> str:
        """The message in the language active now, placeholders filled from `data`."""
        return self._filled(gettext(self.message))

    def as_dict(self) -> dict[str, Any]:
        """`{"code", "message", "data"}` for an answer; the message is translated at call time."""
        return {"code": self.code, "message": self.text(), "data": self.data}

    def __str__(self) -> str:
        """English, for logs: never translated. Callers keep personal values out of `data`."""
        return f"{self.code}: {self._filled(self.message)}"

    def _filled(self, text: str) -> str:
        return text % self.data if "%(" in text else text

    def __reduce__(self) -> tuple[Any, ...]:
        """Survives pickling between worker processes although the arguments are keyword-only."""
        return _rebuild, (
            self.__class__,
            self.code,
            self.message,
            self.status,
            self.data,
        )


def _rebuild(
    kind: type[DomainError], code: str, message: str, status: int, data: dict[str, Any]
) -> DomainError:
    error = kind.__new__(kind)
    DomainError.__init__(error, code=code, message=message, status=status, data=data)
    return error
