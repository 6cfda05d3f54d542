"""The phone itself: what still waits on it, whose it becomes, that it was emptied."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from gridmgmt.organisation import devices, enrolments
from mobile_api import schema, tokens
from mobile_api.answers import EnrolmentAnswer, answer
from mobile_api.authentication import session
from mobile_api.device_bodies import EnrolmentBody, QueueBody, WipedBody
from mobile_api.views.tasks import BODY, raw_body

BEARER: Any = [{"deviceToken": []}]  # as the description words it; its annotation knows names alone


class DeviceQueueView(APIView):
    """The queue of the phone that asks."""

    @extend_schema(
        operation_id="put_device_queue",
        tags=["devices"],
        summary="Tell what still waits on this phone",
        description=(
            "Shown to those who watch over the place, with the person and when it was told: what waits on a phone is nowhere "
            "else yet. Send it when the queue has changed and contact is there; each replaces the one before."
        ),
        request=QueueBody,
        responses={204: OpenApiResponse(description="Kept"), **schema.failures(*schema.SENT, *BODY)},
    )
    def put(self, request: Request) -> HttpResponse:
        """Kept on the device's row."""
        body = QueueBody.model_validate_json(raw_body(request))
        devices.tell_queue(device_id=session(request).device_id, queue=body.told(), at=timezone.now())
        return HttpResponse(status=204)


class EnrolmentView(APIView):
    """The code an administrator made for somebody's phone."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="enrolment",
        tags=["account"],
        summary="Whose phone a code is for",
        description=(
            "Uses nothing up: the code is used by `login`. Wrong, used and old codes are refused alike, and tries are counted."
        ),
        auth=[],
        request=EnrolmentBody,
        responses={
            200: EnrolmentAnswer,
            **schema.failures(*BODY, "enrolment_unknown", "too_many_requests"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Name and place, so that nobody signs in on a phone meant for somebody else."""
        body, now = EnrolmentBody.model_validate_json(raw_body(request)), timezone.now()
        row = enrolments.look_up(code=body.code, address=request.META.get("REMOTE_ADDR", ""), at=now)
        place = enrolments.place_name(row.user, at=now)
        return answer({"username": row.user.username, "name": row.user.name, "place": place})


class DeviceWipedView(APIView):
    """The last word of a phone that was revoked and told to empty its store."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="device_wiped",
        tags=["devices"],
        summary="Confirm that this phone's store was emptied",
        description=(
            "After 401 `token_revoked` with `data.wipe` true. Carries the revoked token, which opens nothing else. Said again "
            "the first word stands."
        ),
        auth=BEARER,
        request=WipedBody,
        responses={
            204: OpenApiResponse(description="Kept"),
            **schema.failures(*schema.TOKEN, *BODY, "wipe_not_asked"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """When, and how many entries were lost with it."""
        device_id = tokens.wiped_device(request.headers.get("Authorization", ""))
        body = WipedBody.model_validate_json(raw_body(request))
        devices.confirm_wiped(device_id=device_id, waiting=body.waiting, at=timezone.now())
        return HttpResponse(status=204)
