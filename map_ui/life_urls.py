"""Addresses of lives, doubles, amendments and proposed services. Who may do what is decided by gridmgmt.registers."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from map_ui.views import (
    register_amend,
    register_amendments,
    register_doubles,
    register_life,
    register_services,
)

signed_in = login_required

urlpatterns: list[URLPattern] = [
    path("people/<uuid:person_id>/do/<slug:what>", signed_in(register_life.person_act), name="person_act"),
    path("people/<uuid:person_id>/history", signed_in(register_life.person_history), name="person_history"),
    path(
        "households/<uuid:household_id>/do/<slug:what>",
        signed_in(register_life.household_act),
        name="household_act",
    ),
    path(
        "households/<uuid:household_id>/history",
        signed_in(register_life.household_history),
        name="household_history",
    ),
    path("dwellings/<uuid:dwelling_id>/arrival", signed_in(register_life.arrival), name="arrival"),
    path("people/<uuid:person_id>/services", signed_in(register_services.of_person), name="services_of"),
    path("services", signed_in(register_services.page), name="services"),
    path("services/rules", signed_in(register_services.rules), name="service_rules"),
    path("services/rules/switch", signed_in(register_services.switch), name="service_rule_switch"),
    path("services/<uuid:todo_id>", signed_in(register_services.finish), name="service_finish"),
    path("doubles", signed_in(register_doubles.page), name="doubles"),
    path("doubles/look", signed_in(register_doubles.look), name="doubles_look"),
    path("doubles/log", signed_in(register_doubles.log), name="double_log"),
    path("doubles/log/<uuid:merge_id>", signed_in(register_doubles.take_back), name="double_take_back"),
    path("doubles/<uuid:double_id>", signed_in(register_doubles.pair), name="double"),
    path("doubles/<uuid:double_id>/decide", signed_in(register_doubles.decide), name="double_decide"),
    path("amendments", signed_in(register_amendments.page), name="amendments"),
    path("amendments/new/<slug:register>/<uuid:row_id>", signed_in(register_amend.amend), name="amend"),
    path("amendments/mine", signed_in(register_amendments.mine), name="amendments_mine"),
    path("amendments/rules", signed_in(register_amendments.rules), name="amendment_rules"),
    path("amendments/rules/set", signed_in(register_amendments.set_rule), name="amendment_rule_set"),
    path(
        "amendments/<uuid:amendment_id>/photo", signed_in(register_amendments.photo), name="amendment_photo"
    ),
    path(
        "amendments/<uuid:amendment_id>/decide",
        signed_in(register_amendments.decide),
        name="amendment_decide",
    ),
]
