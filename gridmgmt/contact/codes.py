"""Receipt codes and link tokens. Pure: random, digest, compare; knows no case.

A code is eight characters of Crockford's alphabet (40 bits, no letters that are mistaken for digits). Argon2id with
19 MiB and two passes: 40 random bits need no more, and a public page must not cost 100 MiB a look-up.
"""

from __future__ import annotations

import functools
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
_MISTAKEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\u3000": None})
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def new_code() -> str:
    """A fresh code as people read it: ``7K3M-9QTZ``."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{drawn[:4]}-{drawn[4:]}"


def plain(typed: str) -> str:
    """What somebody typed as it is hashed: capitals, without dashes, O read as 0, I and L as 1."""
    return typed.strip().upper().translate(_MISTAKEN)[:32]


def hashed(code: str) -> str:
    """The stored form."""
    return _hasher.hash(plain(code))


@functools.cache
def _nobodys() -> str:
    """A hash that nothing fits, so that an unknown number costs the same time as a known one."""
    return _hasher.hash(secrets.token_urlsafe(16))


def fits(stored: str | None, typed: str) -> bool:
    """Whether a typed code is the stored one; takes the same time when there is none."""
    try:
        return _hasher.verify(stored or _nobodys(), plain(typed)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """The secret part of a link: 128 bits."""
    return secrets.token_urlsafe(16)


def digest(token: str) -> bytes:
    """How a token is stored; 128 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()
