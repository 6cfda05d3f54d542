"""Around the reading of what a phone sends once and for ever: a body that cannot be read is kept before it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from pydantic import ValidationError

from geodata.errors import DomainError
from gridmgmt.cases import quarantine
from gridmgmt.cases.quarantine import Letter
from gridmgmt.cases.report_body import body_error
from mobile_api.reading import length_of
from mobile_api.tokens import Session

# Refusals that another edition of the catalogue or of the program would not have given.
OTHER_EDITION = frozenset({"unknown_category", "standard_unknown", "amendment_field_unknown"})


@contextmanager
def kept_if_unreadable(
    request: HttpRequest, holder: Session, kind: str, subject_id: UUID, raw: bytes
) -> Iterator[None]:
    """A fault of the body is raised with ``data.quarantine``, the id under which its bytes are kept. Costs nothing else."""
    try:
        yield
    except ValidationError as error:
        refused = body_error(error)
        _keep(refused, request, holder, kind, subject_id, raw)
        raise refused from error
    except DomainError as error:
        if error.code in OTHER_EDITION:
            _keep(error, request, holder, kind, subject_id, raw)
        raise


def _keep(
    refused: DomainError, request: HttpRequest, holder: Session, kind: str, subject_id: UUID, raw: bytes
) -> None:
    """Whole bodies only: one that was cut on the way is sent again as it is."""
    if len(raw) < length_of(request):
        return
    faults = [{name: fault[name] for name in ("field", "code")} for fault in refused.data.get("errors", ())]
    letter = Letter(
        device_id=holder.device_id,
        user_id=holder.user_id,
        place_code=holder.home_code,
        kind=kind,
        subject_id=subject_id,
        raw=raw,
        reason=refused.code,
        faults=faults,
    )
    kept = quarantine.keep(letter, at=timezone.now())
    if kept is not None:
        refused.data["quarantine"] = str(kept)
