"""Tencent Cloud's short message service (SendSms 2021-01-11) with its documented signature TC3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from gridmgmt.contact.sms.base import Failed, Outgoing, post

HOST = "sms.tencentcloudapi.com"
ALGORITHM = "TC3-HMAC-SHA256"


def request_digest(headers: Mapping[str, str], body: bytes) -> str:
    """SHA-256 of the canonical request: a POST to "/" whose ``headers`` (lower-case names) are all signed."""
    names = ";".join(sorted(headers))
    canonical = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in sorted(headers))
    request = f"POST\n/\n\n{canonical}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    return hashlib.sha256(request.encode()).hexdigest()


def authorization(
    *, key_id: str, key: str, service: str, headers: Mapping[str, str], body: bytes, at: datetime
) -> str:
    """The Authorization header of such a request."""
    names = ";".join(sorted(headers))
    day = at.astimezone(UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    told = f"{ALGORITHM}\n{int(at.timestamp())}\n{scope}\n{request_digest(headers, body)}"
    signing = f"TC3{key}".encode()
    for part in (day, service, "tc3_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signed = hmac.digest(signing, told.encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signed}"


class Tencent:
    """``key_id``, ``key``, ``app_id``, ``sign_name``; the template's provider_code is Tencent's TemplateId.

    Tencent's templates number their variables: they get the values in the order of our text.
    """

    def __init__(
        self, key_id: str = "", key: str = "", app_id: str = "", sign_name: str = "", region: str = "ap-guangzhou",
        **_options: str,
    ) -> None:  # fmt: skip
        self.key_id, self.key, self.app_id = key_id, key, app_id
        self.sign_name, self.region = sign_name, region

    def send(self, message: Outgoing) -> str:
        """One call; answers SerialNo."""
        told = {
            "PhoneNumberSet": [f"+86{message.number}"],
            "SmsSdkAppId": self.app_id,
            "SignName": self.sign_name,
            "TemplateId": message.template,
            "TemplateParamSet": list(message.values.values()),
            "SessionContext": message.id,
        }
        body, at = json.dumps(told, ensure_ascii=False).encode(), datetime.now(UTC)
        signed = {"content-type": "application/json; charset=utf-8", "host": HOST, "x-tc-action": "sendsms"}
        headers = {
            "Content-Type": signed["content-type"],
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Region": self.region,
            "X-TC-Timestamp": str(int(at.timestamp())),
            "Authorization": authorization(
                key_id=self.key_id, key=self.key, service="sms", headers=signed, body=body, at=at
            ),
        }
        answer = json.loads(post(f"https://{HOST}/", body, headers)).get("Response", {})
        status = (answer.get("SendStatusSet") or [{}])[0]
        if status.get("Code") != "Ok":
            code = answer.get("Error", {}).get("Code") or status.get("Code", "unknown")
            raise Failed(f"tencent_{code}"[:60])
        return str(status.get("SerialNo", ""))
