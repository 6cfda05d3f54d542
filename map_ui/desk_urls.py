"""Addresses of the pages between the street and others. ``signed_in`` wraps all but the pages for everybody; undelivered and
webhooks are for administrators (outbox.areas_of), follow-ups for supervisors (follow_ups.keeper)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from map_ui.views import follow_ups, notices, outbox, reporting_keys, sms_receipts, track

signed_in = login_required

urlpatterns: list[URLPattern] = [
    path("track", track.page, name="track"),
    path("track/rate", track.rate, name="track_rate"),
    path("r/<str:token>", track.link, name="rate_link"),
    path("cases/<str:number>/receipt", signed_in(follow_ups.receipt), name="case_receipt"),
    path("follow-ups", signed_in(follow_ups.page), name="follow_ups"),
    path("follow-ups.csv", signed_in(follow_ups.export), name="follow_ups_export"),
    path("follow-ups/<uuid:follow_up_id>", signed_in(follow_ups.act), name="follow_up_act"),
    path("notices", signed_in(notices.page), name="notices"),
    path("notices.csv", signed_in(notices.export), name="notices_export"),
    path("notices/count", signed_in(notices.count), name="notice_count"),
    path("notices/read", signed_in(notices.read), name="notice_read"),
    path("notices/phone", signed_in(notices.own_phone), name="own_phone"),
    path("cases/<str:number>/phone", signed_in(notices.reporter_phone), name="case_phone"),
    path("messages", signed_in(notices.sent), name="messages"),
    path("messages/template", signed_in(notices.template), name="message_template"),
    path("messages/opt-out", signed_in(notices.opt_out), name="message_opt_out"),
    path("sms/receipts", sms_receipts.receipts, name="sms_receipts"),  # gateways, by a token
    path("outbox", signed_in(outbox.page), name="outbox"),
    path("outbox.csv", signed_in(outbox.export), name="outbox_export"),
    path("outbox/act", signed_in(outbox.act), name="outbox_act"),
    path("reporting-keys", signed_in(reporting_keys.page), name="reporting_keys"),
    path("reporting-keys/add", signed_in(reporting_keys.add), name="reporting_key_add"),
    path(
        "reporting-keys/<uuid:key_id>/revoke", signed_in(reporting_keys.revoke), name="reporting_key_revoke"
    ),
    path("webhooks", signed_in(outbox.hooks), name="webhooks"),
    path("webhooks/new", signed_in(outbox.hook_new), name="webhook_new"),
    path("webhooks/<uuid:hook_id>", signed_in(outbox.hook), name="webhook"),
    path("webhooks/<uuid:hook_id>/act", signed_in(outbox.hook_act), name="webhook_act"),
]
