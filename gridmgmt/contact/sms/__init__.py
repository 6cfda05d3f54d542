"""Gateways of text messages behind one interface; settings.SMS names the one in use (docs/messages.md)."""

from __future__ import annotations

from django.conf import settings

from gridmgmt.contact.sms.aliyun import Aliyun
from gridmgmt.contact.sms.base import Backend, Failed, Outgoing
from gridmgmt.contact.sms.local import Console, File
from gridmgmt.contact.sms.plain_http import PlainHttp
from gridmgmt.contact.sms.tencent import Tencent

BACKENDS: dict[str, type[Backend]] = {
    "console": Console,
    "file": File,
    "http": PlainHttp,
    "aliyun": Aliyun,
    "tencent": Tencent,
}

__all__ = ["BACKENDS", "Backend", "Failed", "Outgoing", "backend"]


def backend() -> Backend:
    """The gateway that settings name, with its own settings."""
    options = dict(settings.SMS)
    return BACKENDS[options.pop("backend")](**options)
