"""What a phone takes along: which packs with which tags, and the homes of a cell."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic_core import to_json
from rest_framework.request import Request
from rest_framework.views import APIView

from geodata.errors import DomainError
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import homes
from mobile_api import door_fields, packs, schema
from mobile_api.answers import answer, has, tagged
from mobile_api.authentication import session
from mobile_api.home_answers import FieldsAnswer, HomesAnswer, SyncAnswer
from mobile_api.views.reference import UNCHANGED

SINCE = OpenApiParameter(
    "since", OpenApiTypes.STR, OpenApiParameter.QUERY, description="``tag`` of the answer before"
)


class SyncView(APIView):
    """Which packs there are."""

    @extend_schema(
        operation_id="sync",
        tags=["sync"],
        summary="The packs I take along, each with its tag; null when nothing changed since",
        description=(
            "A pack that is not named any more is dropped by the phone, whole: that is how deletions and a changed scope arrive. "
            "`catalogue`, `cells`, `fields` are read at that address, `homes:CELL` at `homes/CELL`, with If-None-Match."
        ),
        parameters=[SINCE],
        responses={200: SyncAnswer, **schema.failures(*schema.TOKEN)},
    )
    def get(self, request: Request) -> HttpResponse:
        """Tags alone; nothing personal, so nothing is written down."""
        found = packs.named(session(request))
        tag = packs.whole_tag(found)
        same = request.query_params.get("since") == tag
        return answer({"tag": tag, "now": timezone.now(), "packs": None if same else found})


class FieldsView(APIView):
    """What may be corrected at a door."""

    @extend_schema(
        operation_id="door_fields",
        tags=["sync"],
        summary="Fields that amendments may name, codes to choose from, words of codes in homes",
        parameters=[schema.PARAMETER_IF_NONE_MATCH],
        responses={200: FieldsAnswer, **UNCHANGED, **schema.failures(*schema.TOKEN)},
    )
    def get(self, request: Request) -> HttpResponse:
        """The same for everybody."""
        session(request)
        found = door_fields.packed()
        return tagged(found.tag, None if has(request, found.tag) else found.json)


class HomesView(APIView):
    """The homes of a cell."""

    @extend_schema(
        operation_id="homes",
        tags=["sync"],
        summary="Buildings, doors, households and people of one of my cells, masked as pages show them",
        description=(
            "People only for who may read about them there (street staff, grid workers); others get buildings and doors. "
            "An answer with people is written down with everybody in it. ID numbers and telephones are never in full."
        ),
        parameters=[schema.PARAMETER_IF_NONE_MATCH],
        responses={200: HomesAnswer, **UNCHANGED, **schema.failures(*schema.TOKEN, "homes_unknown")},
    )
    def get(self, request: Request, cell: str) -> HttpResponse:
        """Only a cell that sync names. The tag is read before the homes: whatever changes in between is read again."""
        own = session(request)
        scope = scope_of(own.user())
        tag = packs.home_marks(own, scope).get(cell)
        if tag is None:
            raise DomainError(
                code="homes_unknown", status=404, message=_("These homes are not for this phone (any more).")
            )
        if has(request, tag):
            return tagged(tag, None)
        found = homes.take(scope=scope, cell=cell, user_id=own.user_id, at=timezone.now())
        return tagged(tag, to_json(found).decode())
