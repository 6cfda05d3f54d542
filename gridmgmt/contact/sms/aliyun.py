"""Aliyun's short message service (SendSms 2017-05-25) with its documented RPC signature (HMAC-SHA1, version 1.0)."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from gridmgmt.contact.sms.base import Failed, Outgoing, post

URL = "https://dysmsapi.aliyuncs.com/"


def encoded(text: str) -> str:
    """RFC 3986 as the service wants it: space %20, star %2A, tilde as it is."""
    return quote(text, safe="~")


def signature(method: str, values: Mapping[str, str], secret: str) -> str:
    """Base64 of HMAC-SHA1 over method, "/" and the sorted query, each encoded once more; key: secret + "&"."""
    query = "&".join(f"{encoded(key)}={encoded(values[key])}" for key in sorted(values))
    told = f"{method}&{encoded('/')}&{encoded(query)}"
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), told.encode(), "sha1")).decode()


class Aliyun:
    """``key_id``, ``key_secret``, ``sign_name``; the template's provider_code is Aliyun's TemplateCode."""

    def __init__(
        self, key_id: str = "", key_secret: str = "", sign_name: str = "", url: str = URL, **_options: str
    ) -> None:
        self.key_id, self.key_secret, self.sign_name, self.url = key_id, key_secret, sign_name, url

    def values(self, message: Outgoing, at: datetime) -> dict[str, str]:
        """The signed parameters of one call. The nonce is the message's id and the second of the try."""
        found = {
            "AccessKeyId": self.key_id,
            "Action": "SendSms",
            "Format": "JSON",
            "OutId": message.id,
            "PhoneNumbers": message.number,
            "RegionId": "cn-hangzhou",
            "SignName": self.sign_name,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": f"{message.id}-{at:%H%M%S%f}",
            "SignatureVersion": "1.0",
            "TemplateCode": message.template,
            "TemplateParam": json.dumps(dict(message.values), ensure_ascii=False),
            "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
        }
        return found | {"Signature": signature("POST", found, self.key_secret)}

    def send(self, message: Outgoing) -> str:
        """One call; answers BizId."""
        body = urlencode(self.values(message, datetime.now(UTC)), quote_via=quote, safe="~").encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = json.loads(post(self.url, body, headers))
        if answer.get("Code") != "OK":
            raise Failed(f"aliyun_{answer.get('Code', 'unknown')}"[:60])
        return str(answer.get("BizId", ""))
