"""The report of a batch in words: reasons, figures, what was used of the file. For the page and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from importers.errors import REFUSALS
from importers.kinds import KINDS
from importers.models import ImportBatch

REASONS: Final = {
    "value_missing": _("A value is missing"),
    "value_too_long": _("The text is too long"),
    "value_unknown": _("The value is not one of those allowed"),
    "value_not_number": _("Not a number"),
    "value_out_of_range": _("The number is out of range"),
    "code_malformed": _("The code has a wrong form"),
    "code_length": _("The code has a wrong length"),
    "code_not_digits": _("A code consists of digits only"),
    "code_taken": _("Another object of the same source has this code"),
    "county_code_unknown": _("No county has this code"),
    "street_code_range": _("The street digits are out of range"),
    "community_code_range": _("The community digits are out of range"),
    "cell_serial_zero": _("The cell number is zero"),
    "building_serial_zero": _("The building number is zero"),
    "component_class_zero": _("The component class is zero"),
    "component_serial_zero": _("The component number is zero"),
    "component_layout_unsaid": _(
        "The code holds the class, but nothing says how it is cut (2+2+6 or 2+3+5); name the class or the layout"
    ),
    "class_against_code": _("The class is not the one that the code holds"),
    "taken_from_code": _("Empty, so it was taken from the code"),
    "owner_unknown": _("The catalogue has no such owner"),
    "credit_code_length": _("A social credit code has 18 characters"),
    "credit_code_form": _("The social credit code has a wrong character"),
    "credit_code_check": _("The check digit of the social credit code is wrong"),
    "wrong_number_of_columns": _("The row has more or fewer columns than the heading"),
    "geometry_missing": _("There is no position"),
    "geometry_empty": _("The geometry is empty"),
    "geometry_unreadable": _("The geometry cannot be read"),
    "geometry_invalid": _("The geometry is not valid and cannot be repaired"),
    "geometry_structure": _("The coordinates are nested wrongly"),
    "geometry_too_many_vertices": _("The geometry has too many vertices"),
    "geometry_too_nested": _("Geometry collections are nested too deeply"),
    "geometry_type_not_allowed": _("This type of geometry does not fit"),
    "geometry_type_unknown": _("The type of the geometry is unknown"),
    "geojson_member_missing": _("A GeoJSON member is missing"),
    "geojson_member_type": _("A GeoJSON member has the wrong kind of value"),
    "geojson_type_unknown": _("The GeoJSON type is unknown"),
    "ring_not_closed": _("A ring does not end where it begins"),
    "ring_too_short": _("A ring needs four positions"),
    "line_too_short": _("A line needs two positions"),
    "coordinate_not_number": _("A coordinate is not a number"),
    "coordinate_not_finite": _("A coordinate is not finite"),
    "coordinate_out_of_range": _("The coordinate is out of range"),
    "coordinate_axes_swapped": _("Longitude and latitude are exchanged"),
    "coordinate_in_metres": _("The coordinate is in metres, the declared system uses degrees"),
    "coordinate_in_degrees": _("The coordinate is in degrees, the declared system uses metres"),
    "coordinate_zone_prefix": _("The easting has a zone number in front, the declared system has none"),
    "coordinate_zone_prefix_missing": _("The easting lacks the zone number of the declared system"),
    "outside_areas": _("Outside of every area"),
    "outside_scope": _("Outside of the area that may be written"),
    "repeated_in_file": _("The same row stands in the file before"),
    "key_twice_in_file": _("Different rows of the file have the same key"),
    "two_rows_match": _("Id and code point to two different objects"),
    "same_row_twice": _("Two rows of the file mean the same object"),
    "z_dropped": _("Heights were left out"),
    "extra_values_dropped": _("More than three coordinate values were left out"),
    "repaired": _("The geometry was repaired"),
    "point_from_shape": _("A point was taken from a shape"),
    "shape_from_point": _("Only a point was given: a square of ten metres stands for the footprint"),
    "overlaps_sibling": _("The boundary overlaps a neighbour's"),
    "value_bare_code": _(
        "A bare number; write the word, or say in the profile that these are codes of the standard"
    ),
    "value_label_and_code": _("Number and word do not belong together"),
    "date_form": _("Not a date"),
    "date_lunar": _("A date of the lunar calendar; write the solar one"),
    "date_without_day": _("The date lacks its day"),
    "date_impossible": _("There is no such day"),
    "date_out_of_range": _("The date is in the future or too long ago"),
    "date_from_serial": _("The day was told from the number a spreadsheet keeps for it"),
    "date_before_birth": _("The day is before the day of birth"),
    "flag_against_date": _("Said not to have happened, but with a date"),
    "name_character": _("The name has a sign that no name has"),
    "name_remark": _("A remark stands beside the name"),
    "name_changed": _("The name differs from the register; the ID number is the same"),
    "id_length": _("An ID number has 18 characters, or 15 before 1999"),
    "id_not_digits": _("An ID number has digits, and at most an X at the end"),
    "id_digits_lost": _("A spreadsheet rounded the ID number"),
    "id_area_unknown": _("The ID number begins with an area that does not exist"),
    "id_birth_date": _("The ID number holds an impossible birth date"),
    "id_check_digit": _("The check character of the ID number is wrong"),
    "id_form": _("The number of the document has a wrong form"),
    "id_was_15": _("An ID number of 15 digits was written with 18"),
    "taken_from_id": _("Empty, so it was taken from the ID number"),
    "birth_date_against_id": _("The birth date is not that of the ID number"),
    "sex_against_id": _("The sex is not that of the ID number"),
    "phone_form": _("Not a telephone number"),
    "phone_area_code_missing": _("The telephone number lacks its area code"),
    "phone_first_of_several": _("Several telephone numbers; the first was taken"),
    "head_is_somebody_else": _("Said to be the head, but with another head's ID number"),
    "household_two_heads": _("The household has two heads"),
    "household_has_other_head": _("The register has another head for this household"),
    "household_without_head": _("The household has no head"),
    "household_missing": _("Nothing says which household this relation is about"),
    "relation_missing": _("The relation to the head is missing"),
    "age_against_relation": _("The age does not fit the relation to the head"),
    "two_households": _("The same person stands in two households"),
    "several_match": _("Several people of the register may be meant"),
    "person_is_dead": _("The register knows this person as dead"),
    "person_moved_out": _("The register knows this person as moved out"),
    "person_not_identifiable": _("Neither ID number, nor birth date with a known address, nor telephone"),
    "person_unknown": _("The register knows nobody like this here; import or register the person first"),
    "name_against_id": _("The ID number is another person's"),
    "age_against_group": _("The age does not fit the group"),
    "division_abolished": _("This division was abolished; the code of its successor stands behind its own"),
    "successor_without_end": _("A successor is named, but not the day on which the division ends"),
    "successor_is_itself": _("A division does not succeed itself"),
    "until_before_from": _("The last day is before the first"),
    "department_unknown": _("No department of this place has this key or name"),
    "grant_needs_department": _("This role needs a department"),
    "duty_unknown": _("One of the cells is not known, or several have the name"),
    "user_not_yours": _("The account holds roles elsewhere; its own administrator must change it"),
    "place_missing": _("Nothing says where this is"),
    "place_unknown": _("No community or cell has this name, or several have it"),
    "address_unsure": _("The address may mean several buildings; a person must say which"),
    "address_unknown": _("No building has this address"),
    "dwelling_unsure": _("It is not sure which door of the building is meant"),
    "room_missing": _("The address names no room"),
    "parent_unknown": _("The area above is not known"),
    "community_unknown": _("The community is not known"),
}
STEPS: Final = {
    "waiting": _("waiting"),
    "reading": _("reading the file"),
    "read": _("read"),
    "checking": _("checking"),
    "planned": _("checking"),
    "judged": _("checking"),
    "applying": _("writing"),
    "persons": _("writing"),
    "memberships": _("writing"),
    "undoing": _("taking back"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason with its number of rows."""

    severity: str
    code: str
    text: str
    count: int


def reason_text(code: str) -> str:
    """A reason in words; the code itself where there are none."""
    return str(REASONS.get(code, code))


def field_name(kind: str, name: str) -> str:
    """A field as a Chinese table calls it, on a Chinese page; its own name else."""
    field = KINDS[kind].field(name) if kind in KINDS else None
    if field is None or (get_language() or "").startswith("en"):
        return name
    return next((heading for heading in field.headings if not heading.isascii()), name)


def place_text(ref: str) -> str:
    """Where a row stands in the file, in words: the reader says ``line 7`` or ``feature 7``."""
    kind, _mark, number = ref.partition(" ")
    if kind == "line":
        return gettext("line %(number)s") % {"number": number}
    if kind == "feature":
        return gettext("feature %(number)s") % {"number": number}
    return ref


def reasons(batch: ImportBatch) -> list[Reason]:
    """Reasons of a batch, rejections first, most frequent first."""
    found = batch.summary.get("reasons", {})
    return [
        Reason(severity, code, reason_text(code), count)
        for severity in ("error", "conflict", "note")
        for code, count in found.get(severity, {}).items()
    ]


def datum_text(batch: ImportBatch) -> str:
    """The warning about the coordinate system in words; "" for none."""
    found = batch.summary.get("datum_check", {})
    if found.get("verdict") not in {"offset", "mixed"}:
        return ""
    names = {"wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09"}
    said = {
        "metres": found["metres"],
        "azimuth": found["azimuth"],
        "share": round(100 * found["share"]),
        "points": found["points"],
        "declared": names.get(found["declared"], found["declared"].upper()),
        "likely": names[found["likely"]],
    }
    if found["verdict"] == "mixed":
        return (
            gettext(
                "%(share)s %% of %(points)s rows lie %(metres)s m (towards %(azimuth)s°) from the places they name: the file "
                "probably mixes %(declared)s and %(likely)s."
            )
            % said
        )
    return (
        gettext(
            "%(share)s %% of %(points)s rows lie %(metres)s m (towards %(azimuth)s°) from the places they name: they are "
            "probably in %(likely)s, not in %(declared)s."
        )
        % said
    )


def seconds_text(seconds: int | None) -> str:
    """A short span in words; "" for none."""
    if seconds is None:
        return ""
    if seconds < 90:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def step_text(batch: ImportBatch) -> str:
    """What is being done now, in words; "" for nothing."""
    return str(STEPS.get(batch.step, batch.step))


def error_text(batch: ImportBatch) -> str:
    """The refusal of a batch in the language active now; "" for none."""
    if not batch.error:
        return ""
    message = str(batch.error.get("message") or REFUSALS.get(str(batch.error.get("code")), (0, ""))[1])
    data: dict[str, Any] = batch.error.get("data") or {}
    return gettext(message) % data if data else gettext(message)
