"""Addresses of the yardsticks."""

from __future__ import annotations

from django.urls import path

from tests.bench.yardstick.drf import ReportView
from tests.bench.yardstick.raw import put_report

urlpatterns = [
    path("raw/reports/<uuid:report_id>", put_report),
    path("drf/reports/<uuid:report_id>", ReportView.as_view()),
]
