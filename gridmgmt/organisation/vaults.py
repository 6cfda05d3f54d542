"""The key by which a phone's program encrypts its own store: one for every person and installation, for ever.

It is random, made with the first sign-in and kept on the device's row sealed by the key ring (geodata.personal). A new
key in the ring seals what is made from then on; what an older key sealed opens as long as that key stays in the ring.
When it is gone the vault cannot be opened: sign-in then fails (sealed_value_unreadable) rather than hand out another key,
because the phone could no longer read what it has not sent yet.
"""

from __future__ import annotations

import base64
import secrets
from typing import Final

from geodata.personal import seal, unseal
from gridmgmt.organisation.models import Device

COLUMN: Final = "device.vault"
VAULT_BYTES: Final = 32


def open_or_make(device: Device) -> str:
    """The device's vault, 32 bytes in base64url without padding; made and sealed onto the row (not saved) when it has none.

    Error: sealed_value_unreadable 500.
    """
    if device.vault is not None:
        return unseal(bytes(device.vault), column=COLUMN, row=device.pk)
    vault = base64.urlsafe_b64encode(secrets.token_bytes(VAULT_BYTES)).decode().rstrip("=")
    device.vault = seal(vault, column=COLUMN, row=device.pk)
    return vault
