"""Addresses of the trays and of shifts; for everybody who signs in, each list and button by the person's own scope."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from map_ui.views import tasks, trackers

signed_in = login_required

urlpatterns: list[URLPattern] = [
    path("tasks", signed_in(tasks.page), name="tasks"),
    path("tasks/list", signed_in(tasks.rows), name="tasks_list"),
    path("tasks.csv", signed_in(tasks.export), name="tasks_export"),
    path("tasks/hand-over", signed_in(tasks.hand_over_page), name="task_hand_over"),
    path("tasks/hand-over/do", signed_in(tasks.hand_over), name="task_hand_over_do"),
    path("tasks/<uuid:task_id>/claim", signed_in(tasks.claim), name="task_claim"),
    path("tasks/<uuid:task_id>/release", signed_in(tasks.release), name="task_release"),
    path("tasks/<uuid:task_id>", signed_in(tasks.give_page), name="task"),
    path("tasks/<uuid:task_id>/give", signed_in(tasks.give), name="task_give"),
    path("shift/start", signed_in(tasks.start_shift), name="shift_start"),
    path("shift/position", signed_in(tasks.position), name="shift_position"),
    path("trackers", signed_in(trackers.page), name="trackers"),
    path("trackers/add", signed_in(trackers.add), name="tracker_add"),
    path("trackers/<uuid:device_id>/renew", signed_in(trackers.renew), name="tracker_renew"),
    path("trackers/<uuid:device_id>/end", signed_in(trackers.end), name="tracker_end"),
]
