"""Doing a task on a phone: the same steps as on a page, each safe to send again."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from geodata.errors import DomainError
from gridmgmt.cases import errors, late_work, photos
from gridmgmt.cases.actions import may_take, photo_role
from gridmgmt.cases.late_work import Work
from gridmgmt.cases.models import Case, QuarantineKind
from gridmgmt.cases.step_receipts import take_step_once
from gridmgmt.organisation.scope import scope_of, visible
from mobile_api import schema
from mobile_api.answers import answer
from mobile_api.authentication import session
from mobile_api.quarantined import kept_if_unreadable
from mobile_api.task_answers import CasePhotoAnswer, StepTakenAnswer
from mobile_api.task_bodies import CasePhotoBody, StepBody
from mobile_api.views.tasks import BODY, raw_body


class StepsView(APIView):
    """Steps of a case."""

    @extend_schema(
        operation_id="take_step",
        tags=["tasks"],
        summary="Take a step",
        description=(
            "Freeze the body with its `key` and send the very same bytes again until there is an answer: the same key gets "
            "the same answer. 409 names the present stage and version; keep what was written and look at the task again. "
            "What was written for a step that came too late is kept as a note on the case (`data.note`, the step's key). "
            "A body that cannot be read is refused and kept all the same: `data.quarantine` is its number."
        ),
        request=StepBody,
        responses={
            200: StepTakenAnswer,
            **schema.failures(
                *schema.SENT, *BODY, "case_unknown", "case_version_stale", "step_out_of_table",
                "step_not_permitted", "step_blocked", "request_own",
                "step_needs_field", "step_field_invalid", "step_key_taken", "task_claimed", "case_out_of_reach",
                "coordinate_out_of_range", "datum_unknown", "number_not_finite",
            ),
        },
    )  # fmt: skip
    def post(self, request: Request, case_id: UUID) -> HttpResponse:
        """The one transition function, under the phone's key."""
        raw, own = raw_body(request), session(request)
        with kept_if_unreadable(request, own, QuarantineKind.STEP, case_id, raw):
            body = StepBody.model_validate_json(raw)
        user, now, fields = own.user(), timezone.now(), body.given_fields()
        try:
            taken = take_step_once(
                key=body.key,
                body_sha256=hashlib.sha256(case_id.bytes + raw).digest(),
                case_id=case_id,
                action=body.action,
                by=user,
                expected_version=body.version,
                at=now,
                text=body.text,
                fields=fields,
                seen=body.seen(),
            )
        except DomainError as refused:
            work = Work(body.key, case_id, body.action, body.version, body.text, fields, user, own.device_id)
            raise late_work.keep(work, refused, at=now) from None
        return answer(taken)


class CasePhotosView(APIView):
    """Photos of the work done."""

    @extend_schema(
        operation_id="announce_photo",
        tags=["tasks"],
        summary="Announce a photo of the work done or of the place",
        description="Then send its bytes by `PUT photos/{id}`, and the step that needs it last.",
        request=CasePhotoBody,
        responses={
            200: CasePhotoAnswer,
            **schema.failures(*schema.SENT, *BODY, "case_unknown", "step_not_permitted", "photo_id_taken"),
        },
    )
    def post(self, request: Request, case_id: UUID) -> HttpResponse:
        """Only who may take the step it is for, in whatever stage the case stands by now."""
        body = CasePhotoBody.model_validate_json(raw_body(request))
        user = session(request).user()
        case = visible(scope_of(user), Case.objects.select_related("department").filter(pk=case_id)).first()
        if case is None:
            raise errors.case_unknown()
        if not may_take(case, user, body.action):
            raise errors.not_permitted(body.action)
        photo = photos.declare_photo(
            case_id=case_id,
            photo_id=body.id,
            sha256=bytes.fromhex(body.sha256),
            role=photo_role(case, body.action),
            by=user,
            at=timezone.now(),
        )
        return answer({"photo": photo.pk, "role": photo.role, "state": photo.state})
