"""Sealing of ID numbers and telephones: AES-256-GCM with a key id, a keyed search value, a masked form.

Keys live outside the database (settings FIELD_KEYS, FIELD_SEARCH_KEY). The associated data names column and row,
so a sealed value moved to another row no longer opens.
"""

from __future__ import annotations

import base64
import functools
import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from geodata.errors import DomainError

NONCE_BYTES = 12


@functools.lru_cache(maxsize=4)
def _keys(text: str) -> dict[int, AESGCM]:
    """Key ring from lines "id:base64"; the highest id seals, all open."""
    ring: dict[int, AESGCM] = {}
    for line in text.split():
        number, _, value = line.partition(":")
        ring[int(number)] = AESGCM(base64.b64decode(value))
    return ring


def _associated(column: str, row: UUID) -> bytes:
    return column.encode() + b":" + row.bytes


def seal(value: str, *, column: str, row: UUID) -> bytes:
    """Ciphertext of a value for one column ("person.id_no") of one row: key id (1 byte), nonce, sealed bytes."""
    return seal_bytes(value.encode(), column=column, row=row)


def seal_bytes(value: bytes, *, column: str, row: UUID) -> bytes:
    """The same for bytes that need be no text."""
    ring = _keys(settings.FIELD_KEYS)
    number = max(ring)
    nonce = os.urandom(NONCE_BYTES)
    return bytes([number]) + nonce + ring[number].encrypt(nonce, value, _associated(column, row))


def unseal(sealed: bytes, *, column: str, row: UUID) -> str:
    """The value again. DomainError sealed_value_unreadable: wrong key, other row, or damaged bytes."""
    return unseal_bytes(sealed, column=column, row=row).decode()


def unseal_bytes(sealed: bytes, *, column: str, row: UUID) -> bytes:
    """The bytes again. DomainError sealed_value_unreadable: wrong key, other row, or damaged bytes."""
    ring = _keys(settings.FIELD_KEYS)
    data = bytes(sealed)
    try:
        key = ring[data[0]]
        return key.decrypt(data[1 : 1 + NONCE_BYTES], data[1 + NONCE_BYTES :], _associated(column, row))
    except (KeyError, IndexError, ValueError, InvalidTag) as error:
        raise DomainError(
            code="sealed_value_unreadable",
            message="The stored value cannot be opened with the keys at hand.",
            status=500,
        ) from error


@functools.lru_cache(maxsize=4)
def _search_key(text: str) -> bytes:
    return base64.b64decode(text)


def search_key(value: str, *, column: str) -> bytes:
    """32 bytes by which an exact value is found again without opening any (HMAC-SHA-256, own key)."""
    key = _search_key(settings.FIELD_SEARCH_KEY)
    return hmac.digest(key, column.encode() + b":" + value.encode(), "sha256")
