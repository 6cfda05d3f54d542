"""Addresses of Open311; the format is how an address ends."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from mobile_api.open311 import views

FORM = r"\.(?P<form>xml|json)$"

urlpatterns: list[URLPattern] = [
    re_path(rf"^discovery{FORM}", views.discovery, name="open311-discovery"),
    re_path(rf"^v2/discovery{FORM}", views.discovery, name="open311-discovery-v2"),
    re_path(rf"^v2/services{FORM}", views.service_list, name="open311-services"),
    re_path(rf"^v2/services/(?P<code>[^/]+){FORM}", views.service_definition, name="open311-service"),
    re_path(rf"^v2/requests{FORM}", views.requests, name="open311-requests"),
    re_path(rf"^v2/requests/(?P<number>[^/]+){FORM}", views.one_request, name="open311-request"),
    re_path(rf"^v2/tokens/(?P<token>[^/]+){FORM}", views.token, name="open311-token"),
    re_path(r"^.*$", views.nowhere, name="open311-nowhere"),
]
