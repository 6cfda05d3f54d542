"""Addresses of the appraisal pages. Everybody signed in may ask; figures, lists and files hold only what their scope holds."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from map_ui.views import appraisal, appraisal_print

signed_in = login_required

urlpatterns: list[URLPattern] = [
    path("appraisal", signed_in(appraisal.page), name="appraisal"),
    path("appraisal/list", signed_in(appraisal.listed), name="appraisal_list"),
    path("appraisal.xlsx", signed_in(appraisal.workbook), name="appraisal_file"),
    path("appraisal/print", signed_in(appraisal_print.want), name="appraisal_want"),
    path("appraisal/prints/<uuid:print_id>", signed_in(appraisal_print.page), name="appraisal_print"),
    path("appraisal/prints/<uuid:print_id>.pdf", signed_in(appraisal_print.document), name="appraisal_pdf"),
]
