"""Addresses of the registers. Who may read what is decided by gridmgmt.registers.readers; every reading is written down."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from map_ui.views import register_access, register_exports, register_lists, register_people, register_places

signed_in = login_required

urlpatterns: list[URLPattern] = [
    path("people", signed_in(register_people.page), name="people"),
    path("people/search", signed_in(register_people.search), name="people_search"),
    path("people/<uuid:person_id>", signed_in(register_people.person), name="person"),
    path("people/<uuid:person_id>/reveal", signed_in(register_people.reveal), name="person_reveal"),
    path("households", signed_in(register_lists.households), name="households"),
    path("households/<uuid:household_id>", signed_in(register_places.household), name="household"),
    path("dwellings", signed_in(register_lists.dwellings), name="dwellings"),
    path("dwellings/<uuid:dwelling_id>", signed_in(register_places.dwelling), name="dwelling"),
    path("buildings", signed_in(register_places.buildings), name="buildings"),
    path("buildings/<uuid:building_id>", signed_in(register_places.building), name="building"),
    path("organisations", signed_in(register_lists.organisations), name="organisations"),
    path("components", signed_in(register_lists.components), name="components"),
    path("exports", signed_in(register_exports.page), name="register_exports"),
    path("exports/rows", signed_in(register_exports.files), name="register_export_rows"),
    path("exports/ask", signed_in(register_exports.ask), name="register_export_ask"),
    path("exports/<uuid:export_id>/file", signed_in(register_exports.file), name="register_export_file"),
    path("access", signed_in(register_access.page), name="access"),
    path("registers", signed_in(register_places.figures), name="registers"),
]
