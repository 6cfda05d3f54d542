"""On duty and off, and where a phone on duty is."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from gridmgmt.cases import task_actions
from gridmgmt.organisation import shifts
from mobile_api import schema
from mobile_api.answers import answer
from mobile_api.authentication import session
from mobile_api.task_answers import ShiftAnswer, ShiftEndAnswer, shift_answer
from mobile_api.task_bodies import PositionBody, ShiftBody, ShiftEndBody
from mobile_api.views.tasks import BODY, raw_body


class ShiftView(APIView):
    """My shift."""

    @extend_schema(
        operation_id="get_shift",
        tags=["shift"],
        summary="Am I on duty?",
        responses={200: ShiftAnswer, **schema.failures(*schema.TOKEN)},
    )
    def get(self, request: Request) -> HttpResponse:
        """The open shift, if any."""
        return answer(shift_answer(shifts.open_shift(session(request).user_id, timezone.now())))

    @extend_schema(
        operation_id="start_shift",
        tags=["shift"],
        summary="Go on duty",
        description="Sent again: the shift that is open already. It ends by itself after its hours.",
        request=ShiftBody,
        responses={
            200: ShiftAnswer,
            **schema.failures(*schema.TOKEN, *BODY, "shift_not_permitted"),
        },
    )
    def put(self, request: Request) -> HttpResponse:
        """Site visits begin to come."""
        body = ShiftBody.model_validate_json(raw_body(request))
        holder = session(request)
        shift = shifts.start_shift(
            user=holder.user(), at=timezone.now(), hours=body.hours, device_id=holder.device_id
        )
        return answer(shift_answer(shift))


class ShiftEndView(APIView):
    """The end of a shift."""

    @extend_schema(
        operation_id="end_shift",
        tags=["shift"],
        summary="Go off duty, and say what becomes of the tasks in hand",
        description="The position is deleted with the shift.",
        request=ShiftEndBody,
        responses={
            200: ShiftEndAnswer,
            **schema.failures(*schema.TOKEN, *BODY, "not_on_shift", "shift_has_tasks", "task_taker_unfit"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Shift and hand-over in one transaction."""
        body = ShiftEndBody.model_validate_json(raw_body(request))
        shift, done = task_actions.end_shift(
            user=session(request).user(),
            at=timezone.now(),
            to=body.to,
            keep=body.tasks == "keep",
            pool=body.tasks == "pool",
            reason=body.reason,
        )
        return answer({**shift_answer(shift), "given": done.given, "pooled": done.pooled})


class PositionView(APIView):
    """Where I am, on duty only."""

    @extend_schema(
        operation_id="put_position",
        tags=["shift"],
        summary="Where this phone is, while on duty",
        description=(
            "Only the last position is kept; it is deleted with the shift and after an hour. An older one never replaces a "
            "newer one. Off duty it is refused: nobody is followed home."
        ),
        request=PositionBody,
        responses={
            200: ShiftAnswer,
            **schema.failures(
                *schema.TOKEN, *BODY, "not_on_shift", "coordinate_out_of_range", "datum_unknown", "number_not_finite"
            ),
        },
    )  # fmt: skip
    def put(self, request: Request) -> HttpResponse:
        """Kept with its datum and raw pair."""
        body = PositionBody.model_validate_json(raw_body(request))
        shift = shifts.record_position(user=session(request).user(), seen=body.seen(), at=timezone.now())
        return answer(shift_answer(shift))
