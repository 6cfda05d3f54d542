"""Gateways that send nothing: for trying out. The file is readable by the platform's account alone."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from django.conf import settings

from geodata.masking import mask_phone
from gridmgmt.contact.sms.base import Outgoing


class Console:
    """Says that a message would go, with the number masked and without its words."""

    def __init__(self, **_options: str) -> None: ...

    def send(self, message: Outgoing) -> str:
        """One line."""
        sys.stderr.write(f"text message {message.id} to {mask_phone(message.number)}\n")
        return message.id


class File:
    """Appends a line of JSON per message to ``path`` (default: messages.jsonl in the data folder)."""

    def __init__(self, path: str = "", **_options: str) -> None:
        self.path = Path(path or settings.VAR / "messages.jsonl")

    def send(self, message: Outgoing) -> str:
        """The message as a line."""
        line = json.dumps({"id": message.id, "to": message.number, "text": message.text}, ensure_ascii=False)
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(file, "a", encoding="utf-8") as sink:
            sink.write(line + "\n")
        return message.id
