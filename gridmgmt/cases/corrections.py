"""A wrong category or position is corrected: cell and routing are decided again, history keeps both decisions.

Before a case is first dispatched the department follows the new decision and the promise is reckoned again from the
report. Afterwards its department keeps it (only return and dispatch move it) and the decision is on record as a
proposal; a new limit runs from when handling began, with the same waits. What the report said stays as it was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.gis.geos import Point
from django.utils.translation import gettext_noop as _
from pyproj import Geod

from geodata import crs
from geodata.crs import SRID_WGS84
from gridmgmt.cases import errors, intake, statements
from gridmgmt.cases.intake import Place
from gridmgmt.cases.models import Case
from gridmgmt.events import outbox
from gridmgmt.organisation.models import Department

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step

LEFT = "case.left"


def set_category(step: Step, value: Any) -> None:
    """Another minor class, with its first standard unless the step names one."""
    case, key = step.case, (str(value).split() or [""])[0]
    category = step.known.categories.get(key)
    if category is None or not category.active:
        raise errors.bad_field("category", _("There is no such category in use."))
    if key == case.category_id:
        raise errors.bad_field("category", _("The case has this category already."))
    step.data["category_before"], step.data["category"] = case.category_id, key
    standard = intake.pick_standard(category, None)
    if case.standard:
        step.data["standard_before"] = case.standard.seq
    case.category_id = key
    case.standard_id = standard.id if standard else None
    case.limit_value, case.limit_unit = (
        (standard.limit_value, standard.limit_unit) if standard else (None, "")
    )
    step.data["standard"] = standard.seq if standard else None
    _decide_again(step, Place(case.cell_code, case.edition_id, exact=len(case.cell_code) > 12))


def set_point(step: Step, value: Any) -> None:
    """Another position, "lon,lat" in WGS 84, in the same county and within the area of whoever corrects."""
    case = step.case
    lon, lat = _read_point(value)
    place = _place_at(step, lon, lat)
    if place.code[:6] != case.county:
        raise errors.bad_field(
            "point", _("The point lies in another county: the matter must be reported there.")
        )
    if step.scope is not None and step.role not in step.scope.roles_at(place.code):
        raise errors.bad_field("point", _("The point lies outside your area."))
    step.data["point_before"], step.data["point"] = [case.geom.x, case.geom.y], [lon, lat]
    step.data["cell_before"], step.data["cell"] = case.cell_code, place.code
    step.data["moved_m"] = round(Geod(ellps="WGS84").inv(case.geom.x, case.geom.y, lon, lat)[2], 1)
    former = (case.cell_code, case.department.path if case.department else "")
    case.geom = Point(lon, lat, srid=SRID_WGS84)
    case.cell_code, case.edition_id = place.code, place.edition_id
    _decide_again(step, place)
    _say_left(case, *former)


def _read_point(value: Any) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in str(value).split(","))
    except ValueError:
        raise errors.bad_field("point", _("A position is needed here: longitude, latitude.")) from None
    spot = crs.to_wgs84(lon, lat, "wgs84")
    return round(spot.lon, 7), round(spot.lat, 7)


def _place_at(step: Step, lon: float, lat: float) -> Place:
    raw = statements.raw_connection()
    found = intake.look_up(raw, lon, lat)
    if found.cell_code:
        return Place(found.cell_code, step.known.edition_of(found.cell_code))
    row = statements.maybe(raw, statements.AREA_AT, (lon, lat))
    if row is None:
        raise errors.bad_field("point", _("The point lies outside every area."))
    return Place(str(row[0]), None, exact=False)


def _decide_again(step: Step, place: Place) -> None:
    """The rules in force now decide; the former decision goes into the history row."""
    case, known = step.case, step.known
    owner = case.component.owner_key or "" if case.component_id and case.component else ""
    routed = intake.route(
        known, place=place, category_key=case.category_id, source=case.source_id, at=step.at, owner=owner
    )
    record = {
        **routed.decision.record(),
        "cell": place.code,
        "exact": place.exact,
        "revision": known.revision,
        "corrected": True,
    }
    step.data["decision_before"], step.data["decision"] = case.decision, record
    case.decision = record
    found = routed.decision.department
    if case.clock_started_at is None:
        _give_to(step, found.id if found else None)
    elif found is not None and (case.department is None or str(case.department_id) != found.id):
        step.data["department_proposed"] = found.key


def _give_to(step: Step, department_id: str | None) -> None:
    case = step.case
    before = case.department
    if str(case.department_id or "") == (department_id or ""):
        return
    case.department = Department.objects.get(pk=department_id) if department_id else None
    case.assignee = None
    step.data["department"] = case.department.key if case.department else ""
    if before is not None:
        step.data["department_before"] = before.key


def _say_left(case: Case, code: str, department_path: str) -> None:
    """Who saw the case where it was and may not see it where it is takes it off the map."""
    if code != case.cell_code:
        outbox.append(
            topic=LEFT, cell_code=code, department_path=department_path, payload={"number": case.number}
        )
