"""Sign-in and sign-out of a phone, and who is signed in."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from geodata.errors import DomainError
from gridmgmt.organisation import enrolments
from gridmgmt.organisation.actions import revoke_device
from gridmgmt.organisation.backends import wait_s
from gridmgmt.organisation.devices import device_register
from gridmgmt.organisation.models import Enrolment, User
from mobile_api import queries, schema, tokens
from mobile_api.answers import MeAnswer, TokenAnswer, answer
from mobile_api.authentication import session
from mobile_api.reading import LoginBody, body_of


class LoginView(APIView):
    """One token per device."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="login",
        tags=["account"],
        summary="Sign in on a phone",
        description=(
            "The token belongs to this device and does not expire; signing out or an administrator ends it. With an "
            "`installation` the same person signing in again keeps the device and its `vault`; the token before ends. An "
            "`enrolment` is the administrator's code for this person's phone; where only enrolled phones may sign in, others "
            "get 403 `device_not_enrolled`."
        ),
        request=LoginBody,
        responses={
            201: TokenAnswer,
            **schema.failures(
                "body_not_json", "credentials_wrong", "body_too_large", "media_type_unsupported",
                "field_unknown", "text_control_character", "too_many_requests", "device_not_enrolled", "enrolment_unknown",
                "enrolment_installation_missing",
            ),
        },
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Name and password against a token."""
        raw = request._request  # noqa: SLF001 - the body is read once, by our own reader
        body = LoginBody.model_validate_json(body_of(raw))
        user = checked_user(raw, body)
        now = timezone.now()
        issued = device_register(
            user=user,
            name=body.device_name,
            platform=body.device_platform,
            at=now,
            installation=body.installation,
            enrolment=enrolment_of(raw, body, user, now),
        )
        told = {
            "token": issued.token,
            "device": issued.device.pk,
            "name": user.name,
            "vault": issued.vault,
        }
        return answer(told, 201)


def checked_user(request: HttpRequest, body: LoginBody) -> User:
    """The user. Errors: credentials_wrong 401 (also for unknown and inactive names), too_many_requests 429."""
    wait = wait_s(request, body.username)
    if wait is not None:
        raise DomainError(
            code="too_many_requests",
            status=429,
            message=_("Too many attempts. Wait a little and try again."),
            data={"retry_after_s": round(wait)},
        )
    user = authenticate(request, username=body.username, password=body.password)
    if not isinstance(user, User):
        raise DomainError(code="credentials_wrong", status=401, message=_("Name or password is wrong."))
    return user


def enrolment_of(request: HttpRequest, body: LoginBody, user: User, now: datetime) -> Enrolment | None:
    """The enrolment that lets this phone in; None where it needs none. A code of somebody else counts as wrong.

    Errors: enrolment_installation_missing, enrolment_unknown 422, device_not_enrolled 403, too_many_requests 429.
    """
    if body.enrolment is None:
        enrolments.require_enrolled(user=user, installation=body.installation)
        return None
    if body.installation is None:
        raise DomainError(
            code="enrolment_installation_missing",
            status=422,
            message=_("A code needs the installation it is for."),
        )
    found = enrolments.look_up(code=body.enrolment, address=request.META.get("REMOTE_ADDR", ""), at=now)
    if found.user_id != user.pk:
        raise enrolments.unknown()
    return found


class LogoutView(APIView):
    """The device's own token ends."""

    @extend_schema(
        operation_id="logout",
        tags=["account"],
        summary="Sign this device out",
        description="What the phone still holds can be sent after the next sign-in.",
        request=None,
        responses={204: OpenApiResponse(description="Signed out"), **schema.failures(*schema.TOKEN)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Revokes the token of the request."""
        own = session(request)
        revoke_device(device_id=own.device_id, at=timezone.now())
        tokens.forget(own)
        return HttpResponse(status=204)


class MeView(APIView):
    """Who is signed in."""

    @extend_schema(
        operation_id="me",
        tags=["account"],
        summary="Name, roles, scope codes and cells",
        responses={200: MeAnswer, **schema.failures(*schema.TOKEN)},
    )
    def get(self, request: Request) -> HttpResponse:
        """What this person is and where they work."""
        own = session(request)
        roles, cells = queries.my_codes(own)
        return answer(
            {
                "id": own.user_id,
                "username": own.username,
                "name": own.name,
                "device": own.device_id,
                "roles": roles,
                "scope_codes": sorted({role["scope_code"] for role in roles}),
                "cells": cells,
            }
        )
