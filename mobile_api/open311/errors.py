"""Every failure in GeoReport's form: code (that of HTTP) and description, one or several, in XML or JSON."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from pydantic import ValidationError

from geodata.errors import DomainError
from gridmgmt.cases.report_body import body_error
from gridmgmt.middleware import DATABASE_AWAY
from mobile_api.errors import known_error, retry_after_s, unforeseen
from mobile_api.open311 import formats

# What other doors answer by, in the codes that GeoReport v2 knows: a wrong value is 400, an unknown service 404.
STATUS = {422: 400}
NOT_FOUND = {"unknown_category", "category_inactive"}


def missing(name: str) -> DomainError:
    """Something required was not given."""
    return DomainError(code="parameter_missing", message=_("%(name)s was not provided."), data={"name": name})


def invalid(name: str) -> DomainError:
    """A value that cannot be; it is not repeated."""
    return DomainError(
        code="parameter_invalid", message=_("%(name)s has a value that is not possible."), data={"name": name}
    )


def not_found(name: str) -> DomainError:
    """Nothing by that name, or nothing that is public."""
    return DomainError(
        code="not_found", status=404, message=_("%(name)s was not found."), data={"name": name}
    )


def answer_error(form: str, error: Exception, request: object) -> HttpResponse:
    """The answer to any exception; what nobody foresaw is logged and answered 500 without a word about its cause."""
    if isinstance(error, DATABASE_AWAY):
        error = DomainError(
            code="temporarily_unavailable", status=503, message=_("Temporarily unavailable. Nothing was lost; try again.")
        )  # fmt: skip
    if isinstance(error, ValidationError):
        error = body_error(error)
    if not isinstance(error, DomainError):
        error = known_error(error) or unforeseen(error, request)
    status = 404 if error.code in NOT_FOUND else STATUS.get(error.status, error.status)
    rows = [{"code": status, "description": text} for text in descriptions(error)]
    response = formats.answer(form, "errors", rows, status=status)
    if status in {429, 503, 507}:
        response["Retry-After"] = str(retry_after_s(error))
    return response


def descriptions(error: DomainError) -> list[str]:
    """One line for a fault, or one for each of several fields."""
    faults = error.data.get("errors")
    if not faults:
        return [error.text()]
    return [
        gettext("%(name)s: %(what)s") % {"name": fault["field"], "what": fault["message"]} for fault in faults
    ]
