"""What gateways tell about messages they took: generic JSON, Aliyun's SmsReport, Tencent's status push."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.contact import templates

MOST = 500


@csrf_exempt  # called by gateways: the secret in the address' own header is what lets them in, no cookie
@require_POST
def receipts(request: HttpRequest) -> JsonResponse:
    """Delivery states; ``Authorization: Bearer SECRET`` or ``?token=`` for gateways that can send no header."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.GET.get("token", "")
    if not settings.SMS_RECEIPT_TOKEN or not constant_time_compare(given, settings.SMS_RECEIPT_TOKEN):
        raise DomainError(code="receipt_token_wrong", status=403, message=_("The token is wrong."))
    try:
        told = json.loads(request.body)
    except ValueError:
        raise DomainError(code="not_json", status=400, message=_("The body is not JSON.")) from None
    rows = told if isinstance(told, list) else [told]
    settled = [one for row in rows[:MOST] if isinstance(row, dict) and (one := _read(row))]
    count = templates.settle(settled, at=timezone.now())
    # The answers that Aliyun ("code") and Tencent ("result") expect, together.
    return JsonResponse({"code": 0, "result": 0, "msg": "OK", "errmsg": "OK", "settled": count})


def _read(row: dict[str, Any]) -> tuple[str, bool, str] | None:
    """(gateway's id, delivered, error code) of one line of any of the three forms."""
    if "biz_id" in row:
        return str(row["biz_id"]), bool(row.get("success")), str(row.get("err_code", ""))
    if "sid" in row:
        return str(row["sid"]), row.get("report_status") == "SUCCESS", str(row.get("errmsg", ""))
    if "id" in row:
        return str(row["id"]), row.get("state") == "delivered", str(row.get("error", ""))
    return None
