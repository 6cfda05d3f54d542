"""Who may take what out of the registers: by role, place and class of the columns; how much at once and how often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.organisation import tries
from gridmgmt.organisation.models import Department, Role, User
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers.datasets import DATASETS, Column, Dataset
from gridmgmt.registers.models import ExportFormat, RegisterExport
from gridmgmt.registers.search import narrowed

WATCHERS = (Role.SUPERVISOR, Role.ADMIN)
EXPORTERS = tuple(dict.fromkeys(role for dataset in DATASETS.values() for role in dataset.roles))
SENSITIVE_LEVEL = (
    9  # digits: full values are for staff of a street or county, not of a single community or cell
)
MOST_SENSITIVE = 20_000
MOST_A_DAY, DAY = 20, timedelta(days=1)


def offered(scope: Scope) -> list[Dataset]:
    """What a scope may take at all. Error exports_not_permitted 403 when that is nothing."""
    found = [dataset for dataset in DATASETS.values() if scope.prefixes_of(*dataset.roles)]
    if not found:
        raise _error("exports_not_permitted", _("Your role takes no data out of the registers."), status=403)
    return found


def departments(scope: Scope) -> list[Department]:
    """Departments for which somebody may take something: those of the places where they hold a role."""
    codes = {held.prefix[:9] for held in scope.held}
    found = Department.objects.filter(active=True)
    if not scope.everything:
        found = found.filter(under("scope_code", codes))
    return list(found.order_by("scope_code", "path"))


def asked(dataset_key: str, columns: Sequence[str], file_format: str) -> tuple[Dataset, list[Column]]:
    """The dataset and its declared columns. Errors: export_unknown_dataset, export_no_columns, export_format."""
    dataset = DATASETS.get(dataset_key)
    if dataset is None:
        raise _error("export_unknown_dataset", _("There is no such data to take."))
    chosen = dataset.chosen(list(columns))
    if not chosen:
        raise _error("export_no_columns", _("Choose at least one column."))
    if file_format not in ExportFormat.values:
        raise _error("export_format", _("Choose a kind of file."))
    return dataset, chosen


def allowed(scope: Scope, dataset: Dataset, place: str, *, sensitive: bool) -> tuple[str, ...]:
    """The codes whose rows may be taken. Errors: export_not_permitted, export_sensitive_not_permitted, both 403."""
    prefixes = narrowed(scope.prefixes_of(*dataset.roles), place)
    if not prefixes:
        raise _not_permitted()
    if sensitive and not may_take_sensitive(scope, dataset):
        raise _error(
            "export_sensitive_not_permitted",
            _("Full personal values may be taken by staff of the street alone."),
            status=403,
        )
    return prefixes


def still_allowed(scope: Scope, dataset: Dataset, made: RegisterExport) -> None:
    """A file that was made may be opened by whoever may take all of its rows now: places that were lost since shut it.

    Errors: those of ``allowed``; a file that does not say whose rows it holds is refused as well."""
    held = allowed(scope, dataset, made.place, sensitive=made.sensitive)
    if not made.prefixes or not all(code.startswith(held) for code in made.prefixes):
        raise _not_permitted()


def may_take_sensitive(scope: Scope, dataset: Dataset) -> bool:
    """True for those who hold a role of the dataset for a whole street or more, and nothing smaller beside it."""
    prefixes = scope.prefixes_of(*dataset.roles)
    return bool(prefixes) and all(len(prefix) <= SENSITIVE_LEVEL for prefix in prefixes)


def recipient(scope: Scope, department_id: UUID | None) -> Department:
    """The department that takes it. Error: export_no_department."""
    found = next((one for one in departments(scope) if one.pk == department_id), None)
    if found is None:
        raise _error("export_no_department", _("Say which department takes it."))
    return found


def check_size(dataset: Dataset, count: int, *, sensitive: bool) -> None:
    """Error export_too_large when the rows are more than may go out at once."""
    most = min(dataset.most, MOST_SENSITIVE) if sensitive else dataset.most
    if count > most:
        raise DomainError(
            code="export_too_large",
            message=_(
                "These are %(count)s rows; at most %(most)s may go out at once. Choose a smaller place."
            ),
            data={"count": count, "most": most},
        )


def pay(user_id: UUID, at: datetime) -> None:
    """One export of the day. Error: export_limit 429."""
    if not tries.spend([tries.limit("registers.export", str(user_id), MOST_A_DAY)], window=DAY, at=at):
        raise _error("export_limit", _("You have taken as much as one person may in a day."), status=429)


def own_or_under(user: User, prefixes: Sequence[str]) -> Q:
    """Exports of a person, and of departments under the codes."""
    return Q(user=user) | under("department__scope_code", prefixes)


def _not_permitted() -> DomainError:
    return _error("export_not_permitted", _("You may not take this data of this place."), status=403)


def _error(code: str, message: str, *, status: int = 400) -> DomainError:
    return DomainError(code=code, message=message, status=status)
