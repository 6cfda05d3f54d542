"""What was typed into the search box stays out of addresses: it waits sealed in the session, the address has a token."""

from __future__ import annotations

import base64
from uuid import UUID

from django.http import HttpRequest

from geodata.ids import uuid7
from geodata.personal import seal, unseal

KEY = "people_asked"
COLUMN = "session.asked"
MOST = 8  # questions a session remembers: the back button works that far


def keep(request: HttpRequest, text: str) -> UUID:
    """The token of a question."""
    token = uuid7()
    kept = [*request.session.get(KEY, []), [str(token), base64.b64encode(_sealed(text, token)).decode()]]
    request.session[KEY] = kept[-MOST:]
    return token


def asked(request: HttpRequest, token: UUID) -> str:
    """What was typed under a token, "" when the session no longer knows."""
    for known, sealed in request.session.get(KEY, []):
        if known == str(token):
            return unseal(base64.b64decode(sealed), column=COLUMN, row=token)
    return ""


def _sealed(text: str, token: UUID) -> bytes:
    return seal(text, column=COLUMN, row=token)
