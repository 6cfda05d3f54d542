"""Device tokens for the API framework and for its description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from gridmgmt.organisation.models import User
from mobile_api.tokens import Session, refuse, session_of


class DeviceTokenAuthentication(BaseAuthentication):
    """``request.user`` is the user, ``request.auth`` the Session. No header: somebody else may authenticate."""

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        """User and session; a header that does not hold is a 401 with its reason."""
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        session = session_of(header)
        return session.user(), session

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="grid"'


def session(request: Request) -> Session:
    """The device session of a request. Error token_missing 401 for a browser's session."""
    if not isinstance(request.auth, Session):
        raise refuse("token_missing")
    return request.auth


class DeviceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The same in OpenAPI."""

    target_class = "mobile_api.authentication.DeviceTokenAuthentication"
    name = "deviceToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """HTTP bearer."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Token of POST /api/v1/login, one per device.",
        }
