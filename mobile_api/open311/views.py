"""The six calls of GeoReport v2 and its discovery. No session, no cookie: reading is for everybody, posting for who has a key."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.csrf import csrf_exempt

from geodata.errors import DomainError
from gridmgmt.cases.intake import Receipt
from gridmgmt.contact import reporting_keys
from gridmgmt.contact.models import ReportingKey
from mobile_api.open311 import errors, formats, posting, reading, services
from mobile_api.reading import drain, length_of

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-26T00:00:00Z"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
View = Callable[..., HttpResponse]


def door(*methods: str) -> Callable[[View], View]:
    """A call that answers in the format of its address, failures too; other methods are 405. Cookies prove nothing here, so
    there is nothing that a forged request could borrow (csrf_exempt)."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        def answered(request: HttpRequest, *args: Any, form: str, **kwargs: Any) -> HttpResponse:
            try:
                allowed(request, methods)
                written("URL", *kwargs.values())
                response = view(request, *args, form=form, **kwargs)
            except Exception as error:  # noqa: BLE001 - answer_error answers what is known and logs the rest
                response = errors.answer_error(form, error, request)
                if response.status_code == 405:
                    response["Allow"] = ", ".join(methods)
            response["Content-Language"] = get_language() or ""
            return response

        return answered

    return wrap


def given_by(request: HttpRequest) -> Mapping[str, str]:
    """Query parameters; one that is given twice is its values with commas, as the spec lets lists be written."""
    found = {name: ",".join(request.GET.getlist(name)) for name in request.GET}
    written("query", *found.values())
    return found


def written(name: str, *values: str) -> None:
    """Nobody writes a NUL, and the database takes none. Error 400 naming the field."""
    if any("\x00" in value for value in values):
        raise errors.invalid(name)


def key_of(request: HttpRequest, form_key: str = "") -> ReportingKey:
    """Whose key it is. ``api_key`` in form or query, or the header X-Api-Key. Errors: reporting_keys.holder_of."""
    key = request.headers.get("X-Api-Key", "") or form_key or request.GET.get("api_key", "")
    return reporting_keys.holder_of(
        key.strip(), address=request.META.get("REMOTE_ADDR", ""), at=timezone.now()
    )


def has_key(request: HttpRequest) -> bool:
    """Whether a key stands outside of the form."""
    return bool(request.headers.get("X-Api-Key") or request.GET.get("api_key"))


def reader_of(request: HttpRequest) -> UUID | None:
    """The account whose own reports may be read besides what is public; None for everybody else, who is counted by address.
    Errors: reporting_keys.holder_of; too_many_tries 429."""
    if has_key(request):
        return key_of(request).account_id
    reporting_keys.pay_for_reading(address=request.META.get("REMOTE_ADDR", ""), at=timezone.now())
    return None


@door("GET", "HEAD")
def discovery(request: HttpRequest, *, form: str) -> HttpResponse:
    """Where the door is and what it speaks."""
    told = {
        "changeset": CHANGED,
        "contact": gettext("The street office's administrator; see %(address)s")
        % {"address": settings.PUBLIC_ORIGIN},
        "key_service": gettext("Keys are given by the street office's administrator."),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{settings.PUBLIC_ORIGIN}/open311/v2",
                "changeset": CHANGED,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return formats.answer(form, "discovery", told)


@door("GET", "HEAD")
def service_list(request: HttpRequest, *, form: str) -> HttpResponse:
    """What may be reported."""
    reading.jurisdiction(given_by(request))
    return formats.answer(form, "services", services.services())


@door("GET", "HEAD")
def service_definition(request: HttpRequest, *, code: str, form: str) -> HttpResponse:
    """What may be said with one service."""
    reading.jurisdiction(given_by(request))
    return formats.answer(form, "service_definition", services.definition(services.service(code)))


@door("GET", "HEAD", "POST")
def requests(request: HttpRequest, *, form: str) -> HttpResponse:
    """The published requests; POST: a new one."""
    if request.method == "POST":
        return post(request, form)
    rows = reading.listed(given_by(request), own=reader_of(request), now=timezone.now())
    return formats.answer(form, "service_requests", rows)


@door("GET", "HEAD")
def one_request(request: HttpRequest, *, number: str, form: str) -> HttpResponse:
    """One request by its number."""
    rows = reading.one(number, given_by(request), own=reader_of(request))
    return formats.answer(form, "service_requests", rows)


@door("GET", "HEAD")
def token(request: HttpRequest, *, token: str, form: str) -> HttpResponse:
    """The number of what a key's owner sent under an Idempotency-Key."""
    reading.jurisdiction(given_by(request))
    number = posting.number_of(posting.once_of(token), key=key_of(request))
    return formats.answer(form, "service_requests", [{"service_request_id": number, "token": token}])


@csrf_exempt
def nowhere(request: HttpRequest) -> HttpResponse:
    """Any other address below /open311/, as one without a format or with another one."""
    form = "json" if request.path.endswith(".json") else "xml"
    return errors.answer_error(form, errors.not_found("URL"), request)


def post(request: HttpRequest, form: str) -> HttpResponse:
    """Stores a report: 201 the first time, 200 when it was there already."""
    try:
        said, receipt = _posted(request)
    except DomainError:
        drain(request)
        raise
    media = gettext("media_url is not fetched: send the picture itself as a file.")
    row = {
        "service_request_id": receipt.number,
        "service_notice": media if said.get("media_url") else None,
        "account_id": None,
    }
    return formats.answer(form, "service_requests", [row], status=201 if receipt.created else 200)


def _posted(request: HttpRequest) -> tuple[QueryDict, Receipt]:
    """The form and what became of it; the key is looked at first."""
    given, now = given_by(request), timezone.now()
    key = key_of(request) if has_key(request) else None
    said, files = form_of(request)
    key = key or key_of(request, said.get("api_key", ""))
    reporting_keys.pay_for_report(key, at=now)
    named = said.get("jurisdiction_id", "") or given.get("jurisdiction_id", "")
    under = reading.jurisdiction({"jurisdiction_id": named})
    once = posting.once_of(request.headers.get("Idempotency-Key", ""))
    return said, posting.post(said, files, key=key, once=once, under=under, at=now)


def form_of(request: HttpRequest) -> tuple[QueryDict, MultiValueDict[str, UploadedFile[Any]]]:
    """The form's fields and files. Errors: media_type_unsupported 415, length_required 411, form_unreadable 400."""
    if request.content_type not in FORM_TYPES:
        raise DomainError(
            code="media_type_unsupported",
            status=415,
            message=_("Send a form (application/x-www-form-urlencoded)."),
        )
    length_of(request)
    try:
        said, files = request.POST, request.FILES
    except RequestDataTooBig:
        raise  # 413, as at every door
    except (MultiPartParserError, SuspiciousOperation):
        raise DomainError(code="form_unreadable", message=_("The form cannot be read.")) from None
    for name in said:
        written(name if name.isprintable() else "form", *said.getlist(name))
    return said, files


def allowed(request: HttpRequest, methods: tuple[str, ...]) -> None:
    """Error method_not_allowed 405."""
    if request.method not in methods:
        raise DomainError(
            code="method_not_allowed", status=405, message=_("This address does not take that method.")
        )
