"""What a phone loads beforehand: the catalogue and the cells of its user. Both answer 304 when nothing changed."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from mobile_api import queries, schema
from mobile_api.answers import CatalogueAnswer, CellsAnswer, has, tagged
from mobile_api.authentication import session

UNCHANGED = {304: OpenApiResponse(description="The phone has this version")}


class CatalogueView(APIView):
    """Categories with standards, sources, stages."""

    @extend_schema(
        operation_id="catalogue",
        tags=["reference"],
        summary="Categories with case standards, sources, stages",
        parameters=[schema.PARAMETER_IF_NONE_MATCH],
        responses={200: CatalogueAnswer, **UNCHANGED, **schema.failures(*schema.TOKEN)},
    )
    def get(self, request: Request) -> HttpResponse:
        """The catalogue in both languages; its ETag changes with every change of reference data."""
        found = queries.catalogue()
        return tagged(found.tag, None if has(request, found.tag) else found.json)


class CellsView(APIView):
    """The cells a user works in."""

    @extend_schema(
        operation_id="cells",
        tags=["reference"],
        summary="My cells as GeoJSON (lon, lat, EPSG:4326)",
        parameters=[schema.PARAMETER_IF_NONE_MATCH],
        responses={200: CellsAnswer, **UNCHANGED, **schema.failures(*schema.TOKEN)},
    )
    def get(self, request: Request) -> HttpResponse:
        """Cells of the user's duty, else of their roles; the ETag changes with the edition."""
        own = session(request)
        tag = queries.my_cells_tag(own)
        return tagged(tag, None if has(request, tag) else queries.my_cells(own))
