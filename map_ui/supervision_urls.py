"""Addresses of supervision. Who may open them stands here; rows are chosen by scope further in."""

from __future__ import annotations

from django.urls import path

from gridmgmt.organisation.models import Role
from map_ui.gates import for_roles
from map_ui.navigation import WATCHERS
from map_ui.views import monitor, results, supervision

CONCERNED = (*WATCHERS, Role.HANDLER, Role.REGISTRAR)

watch = for_roles(*WATCHERS)
concerned = for_roles(*CONCERNED)
supervise = for_roles(Role.SUPERVISOR)

urlpatterns = [
    path("monitor", watch(monitor.page), name="monitor"),
    path("monitor/state", watch(monitor.state), name="monitor_state"),
    path("cards", concerned(supervision.cards), name="cards"),
    path("cards.csv", concerned(supervision.export), name="cards_export"),
    path("cards/<uuid:card_id>", concerned(supervision.card), name="card"),
    path("cards/<uuid:card_id>/steps", concerned(supervision.step), name="card_step"),
    path("notices/<uuid:notice_id>.pdf", concerned(supervision.document), name="notice"),
    path("results", supervise(results.desk), name="results_desk"),
    path("results/publish", supervise(results.publish), name="results_publish"),
    path("results/<uuid:publication_id>/retract", supervise(results.retract), name="results_retract"),
    path("public/results", results.public, name="public_results"),  # for everybody, without signing in
]
