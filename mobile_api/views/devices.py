"""The phone itself: what still waits on it."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from gridmgmt.organisation import devices
from mobile_api import schema
from mobile_api.authentication import session
from mobile_api.device_bodies import QueueBody
from mobile_api.views.tasks import BODY, raw_body


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
        responses={204: OpenApiResponse(description="Kept"), **schema.failures(*schema.TOKEN, *BODY)},
    )
    def put(self, request: Request) -> HttpResponse:
        """Kept on the device's row."""
        body = QueueBody.model_validate_json(raw_body(request))
        devices.tell_queue(device_id=session(request).device_id, queue=body.told(), at=timezone.now())
        return HttpResponse(status=204)
