"""Addresses of pages. Who may open them stands here: ``signed_in`` wraps everything but sign-in and language."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.i18n import set_language

from map_ui import (
    appraisal_urls,
    desk_urls,
    flow_urls,
    life_urls,
    phone_urls,
    register_urls,
    routing_urls,
    supervision_urls,
    task_urls,
)
from map_ui.views import (
    calendar,
    case,
    cases,
    design,
    live,
    organisation,
    phone,
    photos,
    planner,
    report,
    session,
)

app_name = "map_ui"
signed_in = login_required

urlpatterns = [
    path("login", session.SignIn.as_view(), name="login"),
    path("m/", phone.shell, name="phone"),
    path("m/sw.js", phone.worker, name="phone_worker"),
    path("m/manifest.webmanifest", phone.manifest, name="phone_manifest"),
    path("logout", session.sign_out, name="logout"),
    path("language", set_language, name="language"),
    path("password", signed_in(session.OwnPassword.as_view()), name="password"),
    path("home", signed_in(session.home), name="home"),
    path("", signed_in(live.page), name="live"),
    path("map/state", signed_in(live.state), name="state"),
    path("map/at", signed_in(live.cell_at), name="cell_at"),
    path("map/search", signed_in(live.search), name="search"),
    path("map/cells/<str:code>", signed_in(live.cell_card), name="cell_card"),
    path("cases", signed_in(cases.page), name="cases"),
    path("cases.csv", signed_in(cases.export), name="cases_export"),
    path("cases/<str:number>", signed_in(case.page), name="case"),
    path("cases/<str:number>/panel", signed_in(case.panel), name="case_panel"),
    path("cases/<str:number>/steps", signed_in(case.step), name="case_step"),
    path("photos/<uuid:photo_id>/<str:size>", signed_in(photos.photo), name="photo"),
    path("report", signed_in(report.page), name="report"),
    path("report/<uuid:report_id>/send", signed_in(report.send), name="report_send"),
    path("report/<uuid:report_id>/state", signed_in(report.state), name="report_state"),
    path("report/photos/<uuid:photo_id>", signed_in(report.photo), name="report_photo"),
    path("calendar", signed_in(calendar.page), name="calendar"),
    path("calendar.csv", signed_in(calendar.export), name="calendar_export"),
    path("calendar/preview", signed_in(calendar.preview), name="calendar_preview"),
    path("calendar/apply", signed_in(calendar.apply), name="calendar_apply"),
    path("design", signed_in(design.page), name="design"),
    path("my-reports", signed_in(report.mine), name="my_reports"),
    path("organisation", signed_in(organisation.page), name="organisation"),
    path("organisation/departments", signed_in(organisation.departments), name="organisation_departments"),
    path(
        "organisation/departments/<uuid:department_id>/state",
        signed_in(organisation.department_state),
        name="organisation_department_state",
    ),
    path("organisation/found", signed_in(organisation.found), name="organisation_found"),
    path("organisation/add", signed_in(organisation.add), name="organisation_add"),
    path("organisation/people/<uuid:user_id>", signed_in(organisation.person), name="organisation_person"),
    path(
        "organisation/people/<uuid:user_id>/change",
        signed_in(organisation.change),
        name="organisation_change",
    ),
    path(
        "organisation/people/<uuid:user_id>/enrol", signed_in(organisation.enrol), name="organisation_enrol"
    ),
    *desk_urls.urlpatterns,
    *register_urls.urlpatterns,
    *life_urls.urlpatterns,
    *phone_urls.urlpatterns,
    *routing_urls.urlpatterns,
    *flow_urls.urlpatterns,
    *task_urls.urlpatterns,
    *appraisal_urls.urlpatterns,
    *supervision_urls.urlpatterns,
    path("planner", signed_in(planner.page), name="planner"),
    path("planner/area/<str:code>", signed_in(planner.area), name="planner_area"),
    path("planner/propose", signed_in(planner.propose), name="planner_propose"),
    path("planner/split", signed_in(planner.split), name="planner_split"),
    path("planner/merge", signed_in(planner.merge), name="planner_merge"),
    path("planner/check", signed_in(planner.check), name="planner_check"),
    path("planner/save", signed_in(planner.save), name="planner_save"),
    path("planner/editions/<uuid:edition_id>", signed_in(planner.edition), name="planner_edition"),
    path("planner/editions/<uuid:edition_id>/preview", signed_in(planner.preview), name="planner_preview"),
    path("planner/editions/<uuid:edition_id>/activate", signed_in(planner.activate), name="planner_activate"),
    path("planner/editions/<uuid:edition_id>/discard", signed_in(planner.discard), name="planner_discard"),
]
