"""Background positions: the door of trackers that speak the OsmAnd protocol, and the token that opens it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from geodata.errors import DomainError
from gridmgmt.cases.report_body import BODY_MAX_BYTES, too_large
from gridmgmt.organisation import position_tokens, shifts
from gridmgmt.organisation.models import User
from mobile_api import osmand, schema
from mobile_api.answers import answer
from mobile_api.authentication import session
from mobile_api.osmand import Told
from mobile_api.reading import length_of
from mobile_api.task_answers import PositionsKeptAnswer, PositionTokenAnswer

FORM = "application/x-www-form-urlencoded"
QUERY = [
    OpenApiParameter(name, kind, required=name in ("id", "lat", "lon"), description=told)
    for name, kind, told in (
        ("id", OpenApiTypes.STR, "Position token of the device; `deviceid` is the same"),
        ("lat", OpenApiTypes.DOUBLE, "Degrees, WGS 84; `location=lat,lon` is the same"),
        ("lon", OpenApiTypes.DOUBLE, "Degrees, WGS 84"),
        ("timestamp", OpenApiTypes.STR, "Seconds, milliseconds, ISO 8601 or `yyyy-MM-dd HH:mm:ss` (UTC); now when left out"),
        ("accuracy", OpenApiTypes.DOUBLE, "Metres"),
        ("valid", OpenApiTypes.STR, "`false`: no fix, nothing is kept"),
        ("speed", OpenApiTypes.DOUBLE, "Knots; checked, not kept, as bearing, altitude, hdop and batt"),
    )
]  # fmt: skip
FAILURES = schema.failures("position_invalid", "position_token_unknown", "too_many_requests")


class OsmAndView(APIView):
    """Where a phone is, by its position token. No session and no sign-in opens this, and the token opens nothing else."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: FBT001, FBT002 - the framework's
        """Trackers accept whatever comes; none is told that it wants the wrong thing."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        operation_id="osmand_get",
        tags=["positions"],
        summary="A position by the OsmAnd protocol",
        description="Kept while the phone's owner is on duty; off duty it is thrown away and answered 200 all the same.",
        auth=[],
        parameters=QUERY,
        responses={200: PositionsKeptAnswer, **FAILURES},
    )
    def get(self, request: Request) -> HttpResponse:
        """Query parameters."""
        return take(request._request)  # noqa: SLF001 - no parser of the framework

    @extend_schema(
        operation_id="osmand_post",
        tags=["positions"],
        summary="The same as form, or as the JSON of Traccar Client",
        auth=[],
        request={FORM: OpenApiTypes.OBJECT, "application/json": osmand.Sent.model_json_schema()},
        responses={
            200: PositionsKeptAnswer,
            **FAILURES,
            **schema.failures("body_not_json", "body_too_large", "position_invalid"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Form parameters, query parameters or JSON."""
        return take(request._request)  # noqa: SLF001 - see above


def take(request: HttpRequest) -> HttpResponse:
    """Reads, asks whose phone it is, keeps what is new while they are on duty."""
    now = timezone.now()
    told = read(request)
    user = position_tokens.holder_of(told.token, address=request.META.get("REMOTE_ADDR", ""), at=now)
    return answer({"kept": keep(user, told)})


def read(request: HttpRequest) -> Told:
    """What the request says. Errors: those of osmand, length_required 411, body_too_large 413."""
    if length_of(request) > BODY_MAX_BYTES:
        raise too_large()
    if request.content_type == "application/json" and request.method == "POST":
        return osmand.of_json(request.body)
    given = osmand.parameters_of(request.GET, request.POST)
    return osmand.of_parameters(given, at=timezone.now())


def keep(user: User, told: Told) -> int:
    """How many positions were taken: all of somebody on duty, none off duty. The action is the phone's own."""
    for number, seen in enumerate(told.seen):
        try:
            shifts.record_position(user=user, seen=seen, at=timezone.now())
        except DomainError as error:
            if error.code != "not_on_shift":
                raise
            return number  # nobody is followed home, and the tracker need not come back with it
    return len(told.seen)


class PositionTokenView(APIView):
    """The position token of the phone that asks."""

    @extend_schema(
        operation_id="make_position_token",
        tags=["positions"],
        summary="A new position token for this device",
        description="Shown this once; the one before stops working. `url` is for the tracker's server address or as QR code.",
        request=None,
        responses={201: PositionTokenAnswer, **schema.failures(*schema.TOKEN)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Makes it."""
        holder = session(request)
        token = position_tokens.issue(user=holder.user(), device_id=holder.device_id, at=timezone.now())
        return answer({"token": token, "url": position_tokens.tracker_address(token)}, 201)

    @extend_schema(
        operation_id="end_position_token",
        tags=["positions"],
        summary="Take the position token of this device back",
        request=None,
        responses={204: OpenApiResponse(description="Taken back"), **schema.failures(*schema.TOKEN)},
    )
    def delete(self, request: Request) -> HttpResponse:
        """Ends it."""
        holder = session(request)
        position_tokens.end(user=holder.user(), device_id=holder.device_id, at=timezone.now())
        return HttpResponse(status=204)
