"""Any gateway that takes JSON by POST: its body is a template of JSON in settings."""

from __future__ import annotations

import json
from typing import Any

from gridmgmt.contact.sms.base import Failed, Outgoing, post

DEFAULT_BODY = '{"id": "$id", "to": "$number", "text": "$text"}'


class PlainHttp:
    """``url``, ``body`` (JSON whose texts may hold $id, $number, $text, $template), ``token`` for a Bearer header,
    ``answer_id`` (key of the gateway's own id in its answer)."""

    def __init__(
        self, url: str = "", body: str = "", token: str = "", answer_id: str = "id", **_options: str
    ) -> None:
        self.url, self.token, self.answer_id = url, token, answer_id
        self.body = json.loads(body or DEFAULT_BODY)

    def send(self, message: Outgoing) -> str:
        """One POST; the id is repeated at every try so that the gateway can drop a repeat."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        text = json.dumps(filled(self.body, message), ensure_ascii=False)
        try:
            answer = json.loads(post(self.url, text.encode(), headers) or b"{}")
        except ValueError:
            raise Failed("answer_not_json") from None
        return str(answer.get(self.answer_id, "")) if isinstance(answer, dict) else ""


def filled(node: Any, message: Outgoing) -> Any:
    """The JSON with its texts filled in; values are put into texts, so none can break out of its place."""
    if isinstance(node, dict):
        return {key: filled(value, message) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(value, message) for value in node]
    if not isinstance(node, str):
        return node
    for name in ("id", "number", "template"):
        node = node.replace(f"${name}", str(getattr(message, name)))
    return node.replace("$text", message.text)
