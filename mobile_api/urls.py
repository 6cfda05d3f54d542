"""Addresses of the phone API; whatever else stands below /api/ answers 404 in JSON."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, path, re_path, register_converter
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.permissions import AllowAny

from mobile_api.errors import not_found
from mobile_api.views.account import LoginView, LogoutView, MeView
from mobile_api.views.amendments import AmendmentPhotoView, AmendmentsView, AmendmentView
from mobile_api.views.devices import DeviceQueueView, DeviceWipedView, EnrolmentView
from mobile_api.views.photos import PhotoUploadView, PhotoView
from mobile_api.views.positions import OsmAndView, PositionTokenView
from mobile_api.views.reference import CatalogueView, CellsView
from mobile_api.views.reports import ReportsView, ReportView
from mobile_api.views.shifts import PositionView, ShiftEndView, ShiftView
from mobile_api.views.steps import CasePhotosView, StepsView
from mobile_api.views.sync import FieldsView, HomesView, SyncView
from mobile_api.views.tasks import (
    ClaimView,
    ColleaguesView,
    GiveView,
    HandOverView,
    ReleaseView,
    TasksView,
    TaskView,
)


class AnyCaseUUID:
    """A UUID in small or capital letters; some phones write them in capitals."""

    regex = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> UUID:
        """Text to UUID."""
        return UUID(value)

    def to_url(self, value: UUID) -> str:
        """UUID to text."""
        return str(value)


class CellCode:
    """A code of digits alone."""

    regex = "[0-9]{6,16}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(AnyCaseUUID, "anyuuid")
register_converter(CellCode, "cellcode")

OPEN = {"authentication_classes": (), "permission_classes": (AllowAny,)}

urlpatterns: list[URLPattern] = [
    path("v1/reports/<anyuuid:report_id>", ReportView.as_view(), name="api-report"),
    path("v1/reports", ReportsView.as_view(), name="api-reports"),
    path("v1/photos/<anyuuid:photo_id>", PhotoView.as_view(), name="api-photo"),
    path("v1/photos/<anyuuid:photo_id>/upload", PhotoUploadView.as_view(), name="api-photo-upload"),
    path("v1/amendments", AmendmentsView.as_view(), name="api-amendments"),
    path("v1/amendments/<anyuuid:amendment_id>", AmendmentView.as_view(), name="api-amendment"),
    path(
        "v1/amendments/<anyuuid:amendment_id>/photo", AmendmentPhotoView.as_view(), name="api-amendment-photo"
    ),
    path("v1/tasks", TasksView.as_view(), name="api-tasks"),
    path("v1/tasks/hand-over", HandOverView.as_view(), name="api-hand-over"),
    path("v1/tasks/<anyuuid:task_id>", TaskView.as_view(), name="api-task"),
    path("v1/tasks/<anyuuid:task_id>/claim", ClaimView.as_view(), name="api-claim"),
    path("v1/tasks/<anyuuid:task_id>/release", ReleaseView.as_view(), name="api-release"),
    path("v1/tasks/<anyuuid:task_id>/give", GiveView.as_view(), name="api-give"),
    path("v1/tasks/<anyuuid:task_id>/colleagues", ColleaguesView.as_view(), name="api-colleagues"),
    path("v1/cases/<anyuuid:case_id>/steps", StepsView.as_view(), name="api-steps"),
    path("v1/cases/<anyuuid:case_id>/photos", CasePhotosView.as_view(), name="api-case-photos"),
    path("v1/shift", ShiftView.as_view(), name="api-shift"),
    path("v1/shift/end", ShiftEndView.as_view(), name="api-shift-end"),
    path("v1/shift/position", PositionView.as_view(), name="api-position"),
    path("v1/device/position-token", PositionTokenView.as_view(), name="api-position-token"),
    path("osmand", OsmAndView.as_view(), name="osmand"),
    path("v1/device/queue", DeviceQueueView.as_view(), name="api-device-queue"),
    path("v1/device/wiped", DeviceWipedView.as_view(), name="api-device-wiped"),
    path("v1/enrolment", EnrolmentView.as_view(), name="api-enrolment"),
    path("v1/login", LoginView.as_view(), name="api-login"),
    path("v1/logout", LogoutView.as_view(), name="api-logout"),
    path("v1/me", MeView.as_view(), name="api-me"),
    path("v1/catalogue", CatalogueView.as_view(), name="api-catalogue"),
    path("v1/cells", CellsView.as_view(), name="api-cells"),
    path("v1/sync", SyncView.as_view(), name="api-sync"),
    path("v1/fields", FieldsView.as_view(), name="api-fields"),
    path("v1/homes/<cellcode:cell>", HomesView.as_view(), name="api-homes"),
    path("schema/", SpectacularAPIView.as_view(**OPEN), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema", **OPEN), name="api-docs"),
    re_path(r"^.*$", not_found),
]
