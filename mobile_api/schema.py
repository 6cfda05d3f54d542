"""Pieces of the OpenAPI description: the error answers, each with its examples."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from pydantic.json_schema import model_json_schema

from mobile_api.answers import ErrorAnswer

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
BOTH = {"stored_sha256": SHA, "sent_sha256": SHA[::-1]}
ERRORS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "body_not_json": (400, "The body is not JSON.", {}),
    "body_cut": (400, "The connection ended before the body was complete.", {}),
    "credentials_wrong": (401, "Name or password is wrong.", {}),
    "position_invalid": (400, "This value is not possible: lat.", {"field": "lat"}),
    "position_token_unknown": (401, "This position token is not known (any more).", {}),
    "token_missing": (401, "Sign in first.", {}),
    "token_unknown": (401, "This sign-in is not known.", {}),
    "token_revoked": (401, "This device has been signed out.", {"wipe": True}),
    "token_expired": (401, "The sign-in has expired.", {}),
    "device_not_enrolled": (403, "This phone has not been enrolled. Ask your administrator for a code.", {}),
    "report_not_permitted": (403, "Your role does not send reports.", {}),
    "not_found": (404, "There is nothing at this address.", {}),
    "report_unknown": (404, "There is no such report.", {}),
    "photo_unknown": (404, "No report has announced this photo.", {}),
    "photo_not_stored": (404, "This photo has not arrived yet.", {}),
    "report_conflict": (409, "A report with this number is already stored with other content.", BOTH),
    "photo_id_taken": (409, "A photo number of this report is already in use.", {}),
    "photo_conflict": (409, "This photo number was announced with other content.", BOTH),
    "wipe_not_asked": (409, "Nobody has asked this phone to be wiped.", {}),
    "upload_offset": (409, "The photo goes on at byte 65536.", {"offset": 65536}),
    "case_unknown": (404, "There is no such case.", {}),
    "task_unknown": (404, "There is no such task.", {}),
    "task_taken": (409, "Chen Lan has this task.", {"who": "Chen Lan", "state": "claimed"}),
    "task_claimed": (
        409,
        "Chen Lan has taken this task on. Ask for it to be put back or given to you.",
        {"who": "Chen Lan", "stage": "pending_check", "version": 7},
    ),
    "task_over": (
        409,
        "This task is no longer open: the case has moved on.",
        {"state": "done", "result": "check_pass"},
    ),
    "task_not_yours": (403, "This task is not yours to give away.", {"who": "Chen Lan"}),
    "task_not_permitted": (403, "Your role does not do this task.", {"role": "handler"}),
    "task_taker_unfit": (
        422,
        "This person could not do the task there. Choose a colleague with the same role and place.",
        {"field": "to"},
    ),
    "task_reason_missing": (422, "Say why, in a few words.", {"field": "reason"}),
    "shift_has_tasks": (
        409,
        "3 tasks are still in your hands. Give them to a colleague, put them back, or keep them.",
        {"count": 3},
    ),
    "not_on_shift": (409, "You are not on duty. Start your shift first.", {}),
    "shift_not_permitted": (403, "Shifts are for grid workers and handlers.", {}),
    "shift_too_long": (422, "A shift lasts 16 hours at most.", {"most": 16}),
    "step_key_taken": (409, "This key stands for another step. Make a new one for every step.", {}),
    "case_version_stale": (
        409,
        "Somebody else has moved this case on meanwhile.",
        {"stage": "closed", "version": 8},
    ),
    "case_out_of_reach": (
        409,
        "This case is no longer in your area or department. It is somebody else's now.",
        {"stage": "pending_verify", "version": 4, "note": "01a2192b-847a-75f4-ac76-c46e7a64d900"},
    ),
    "step_out_of_table": (
        409,
        "This step is not possible in the present state.",
        {"stage": "closed", "version": 8, "actions": []},
    ),
    "step_blocked": (
        409,
        "Nobody has asked for this, or it has been decided meanwhile.",
        {"reason": "request_not_open", "stage": "handling", "version": 6},
    ),
    "request_own": (403, "You asked for this or approved it before; somebody else must decide.", {}),
    "step_not_permitted": (403, "You may not take this step.", {"action": "dispatch"}),
    "step_needs_field": (
        422,
        "Something required is missing: photo_after.",
        {"names": "photo_after", "fields": ["photo_after"]},
    ),
    "step_field_invalid": (422, "A whole number is needed here.", {"field": "days"}),
    "person_unknown": (404, "There is no such person, or not in your area.", {}),
    "household_unknown": (404, "There is no such household, or not in your area.", {}),
    "dwelling_unknown": (404, "There is no such door, or not in your area.", {}),
    "homes_unknown": (404, "These homes are not for this phone (any more).", {}),
    "amendment_unknown": (404, "There is no such amendment, or not in your area.", {}),
    "amendment_photo_unknown": (404, "This amendment has announced no photo.", {}),
    "amendment_not_permitted": (403, "Your role does not send amendments there.", {}),
    "amendment_conflict": (409, "An amendment with this number is already stored with other content.", BOTH),
    "amendment_field_unknown": (422, "This field cannot be amended.", {"field": "person.colour"}),
    "length_required": (411, "The length of the body must be announced.", {}),
    "body_too_large": (413, "The body is larger than 65536 bytes.", {"limit_bytes": 65536}),
    "photo_too_large": (413, "The photo is larger than 52428800 bytes.", {"limit_bytes": 52428800}),
    "media_type_unsupported": (415, "Send JSON (application/json).", {}),
    "photo_type_mismatch": (415, "The content is not a JPEG, PNG, WebP or HEIC picture.", {}),
    "field_unknown": (
        422,
        "This field is not known.",
        {
            "errors": [{"field": "colour", "code": "field_unknown", "message": "This field is not known."}],
            "quarantine": "01a2192b-847a-75f4-ac76-c46e7a64d900",
        },
    ),
    "unknown_category": (422, "Unknown category: E9999.", {"key": "E9999"}),
    "coordinate_out_of_range": (400, "The coordinates lie outside the earth.", {}),
    "datum_unknown": (
        400,
        "Unknown datum; give wgs84, cgcs2000, gcj02, bd09 or epsg:N.",
        {"datum": "epsg:9"},
    ),
    "photo_after_missing": (422, "What was put right on the spot needs a photo taken after the work.", {}),
    "uuid_empty": (422, "The empty UUID is nobody's.", {}),
    "number_not_finite": (
        422,
        "A number must be finite.",
        {
            "errors": [
                {"field": "point.x", "code": "number_not_finite", "message": "A number must be finite."}
            ]
        },
    ),
    "text_control_character": (
        422,
        "The text contains a control character.",
        {"errors": [{"field": "text", "code": "text_control_character", "message": "…"}]},
    ),
    "cursor_invalid": (422, "This page mark is not one of ours; start again without it.", {}),
    "view_unknown": (422, "There is no such list of tasks.", {}),
    "limit_invalid": (422, "The page size must be a whole number from 1 to 200.", {"most": 200}),
    "sha256_invalid": (422, "X-Content-SHA256 is not a SHA-256 in hexadecimal digits.", {}),
    "photo_hash_mismatch": (
        422,
        "The bytes that arrived are not those announced.",
        {"declared_sha256": SHA, "received_sha256": SHA[::-1], "received_bytes": 1000},
    ),
    "photo_truncated": (
        422,
        "Only 1000 of 2000 bytes arrived. Send the photo again.",
        {"expected_bytes": 2000, "received_bytes": 1000},
    ),
    "enrolment_unknown": (
        422,
        "This code is not valid or no longer. Ask your administrator for a new one.",
        {},
    ),
    "enrolment_installation_missing": (422, "A code needs the installation it is for.", {}),
    "upload_length": (
        422,
        "This photo was begun with another length. Begin it again.",
        {"declared_bytes": 2000, "sent_bytes": 2100},
    ),
    "upload_header_invalid": (
        422,
        "Upload-Offset and Upload-Length must be whole numbers.",
        {"header": "Upload-Offset"},
    ),
    "photo_empty": (422, "The photo has no content.", {}),
    "photo_unreadable": (422, "The picture is damaged and cannot be read to its end.", {}),
    "photo_too_many_pixels": (422, "The picture has too many pixels.", {}),
    "crowded": (
        429,
        "Many phones are sending at once. Nothing was lost; this one tries again by itself.",
        {"retry_after_s": 12},
    ),
    "too_many_requests": (429, "Too many attempts. Wait a little and try again.", {"retry_after_s": 60}),
    "temporarily_unavailable": (503, "Temporarily unavailable. Nothing was lost; try again.", {}),
    "image_reader_away": (503, "Photos cannot be read at the moment. Send it again.", {}),
    "storage_full": (507, "There is no room for photos. Nothing was kept; send it again later.", {}),
}
TOKEN = ("token_missing", "token_unknown", "token_revoked", "token_expired")
SENT = (*TOKEN, "crowded")  # of what a phone's queue sends by itself (mobile_api.crowd)
PARAMETER_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="Tag of the version at hand"
)


def failures(*codes: str) -> dict[int, OpenApiResponse]:
    """Responses for these error codes, and for a database that is away, grouped by status."""
    grouped: dict[int, list[OpenApiExample]] = defaultdict(list)
    for code in (*codes, "temporarily_unavailable"):
        status, message, data = ERRORS[code]
        value = {"code": code, "message": message, "data": data}
        grouped[status].append(
            OpenApiExample(code, value=value, response_only=True, status_codes=[str(status)])
        )
    return {
        status: OpenApiResponse(
            ErrorAnswer, description=", ".join(example.name for example in examples), examples=examples
        )
        for status, examples in grouped.items()
    }


class BodyExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Request bodies as pydantic reads them: a field with a default need not be sent."""

    target_class = "gridmgmt.cases.report_body.Body"
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: Any, direction: str) -> str:
        """The class's name."""
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """JSON schema of the body; inner models become components of their own."""
        described: dict[str, Any] = model_json_schema(
            self.target, ref_template="#/components/schemas/{model}", mode="validation"
        )
        for name, inner in described.pop("$defs", {}).items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(  # type: ignore[no-untyped-call]
                    name=name, type=ResolvedComponent.SCHEMA, object=name, schema=inner
                )
            )
        return described
