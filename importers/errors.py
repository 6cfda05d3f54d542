"""Refusals of the importers: code, status and sentence in one table, so that docs and tests can walk it."""

from __future__ import annotations

from typing import Any, Final

from geodata.errors import DomainError
from geodata.errors import mark as _

REFUSALS: Final[dict[str, tuple[int, str]]] = {
    # the file as a whole
    "file_missing": (422, _("There is no such file: %(name)s.")),
    "file_empty": (422, _("The file is empty.")),
    "file_too_large": (413, _("The file is larger than %(limit_mb)s MB.")),
    "format_unknown": (
        415,
        _(
            "The file is neither GeoJSON, GeoPackage, Shapefile, KML, DXF, CSV, JSON, .xlsx, .xls, .ods nor .osm.pbf."
        ),
    ),
    "format_refused": (415, _("Files of this kind are not read: %(found)s.")),
    "format_mismatch": (415, _("The name says %(named)s, the content is %(found)s.")),
    "archive_broken": (422, _("The archive cannot be opened.")),
    "archive_empty": (422, _("The archive holds no file that can be read.")),
    "archive_unsafe_path": (422, _("The archive holds an entry that points outside of it.")),
    "archive_too_large": (413, _("The archive unpacks to more than is allowed.")),
    "archive_encrypted": (422, _("The archive is protected by a password.")),
    "layer_needed": (422, _("The file holds several layers; choose one of: %(layers)s.")),
    "layer_unknown": (422, _("The file has no layer %(layer)s; it has: %(layers)s.")),
    "shapefile_incomplete": (422, _("A shapefile needs its .shp and .dbf parts; missing: %(missing)s.")),
    "workbook_locked": (422, _("The workbook is protected by a password; save it without one.")),
    "sheet_needed": (422, _("The workbook holds several tables; choose a sheet: %(sheets)s.")),
    "sheet_unknown": (422, _("The workbook has no sheet %(sheet)s; it has: %(sheets)s.")),
    "file_broken": (422, _("The file is damaged: %(why)s.")),
    "json_broken": (422, _("The text is not valid JSON, near character %(at)s.")),
    "json_nesting": (422, _("The JSON is nested too deeply.")),
    "feature_too_large": (413, _("One feature is larger than %(limit_mb)s MB.")),
    "not_a_feature_collection": (422, _("The GeoJSON has no list of features: %(why)s.")),
    "not_rows": (422, _("The JSON list holds something else than objects with values.")),
    "nul_bytes": (422, _("The text holds zero bytes (line %(line)s).")),
    "encoding_unknown": (422, _("The text encoding is not recognised; name it.")),
    "encoding_declared_wrong": (422, _("Line %(line)s is not %(encoding)s text.")),
    "encoding_mixed": (
        422,
        _("The file mixes encodings: line %(utf8_line)s is UTF-8, line %(other_line)s is not."),
    ),
    "header_missing": (422, _("The first line holds no column names.")),
    "header_repeated": (422, _("The column name %(column)s appears twice.")),
    "too_many_columns": (422, _("The file has more than %(limit)s columns.")),
    "position_columns_missing": (
        422,
        _("No columns with a position were found; name them (x and y, lon and lat, or WKT)."),
    ),
    # coordinates
    "crs_undeclared": (422, _("Neither the file nor you say in which coordinate system it is; name it.")),
    "crs_contradiction": (422, _("The file says %(file)s, you say %(declared)s.")),
    "crs_unknown": (422, _("The coordinate system of the file is not recognised; name it.")),
    "crs_link_refused": (
        422,
        _("The file points to an address for its coordinate system; that is not followed."),
    ),
    # the reading process
    "reader_out_of_memory": (413, _("Reading the file needs more memory than is allowed.")),
    "reader_out_of_time": (413, _("Reading the file takes longer than is allowed.")),
    "reader_broke": (422, _("Reading the file broke off.")),
    # profile and batch
    "kind_unknown": (422, _("There is no importer %(kind)s.")),
    "profile_unknown": (422, _("There is no profile %(name)s.")),
    "profile_invalid": (422, _("The profile is not valid: %(why)s.")),
    "profile_other_kind": (422, _("The profile is for %(profile_kind)s, not for %(kind)s.")),
    "profile_name_taken": (409, _("There is a profile %(name)s already.")),
    "profile_name_missing": (422, _("Give the profile a name of at most 60 characters.")),
    "profile_several": (409, _("Several offices have a profile %(name)s; name it by its id.")),
    "field_unknown": (422, _("%(kind)s has no field %(field)s; it has: %(fields)s.")),
    "match_rule_unknown": (422, _("%(kind)s has no match rule %(rule)s; it has: %(rules)s.")),
    "county_abolished": (422, _("The county %(county)s was abolished; its successor is %(successor)s.")),
    "county_invalid": (422, _("A county code has six digits.")),
    "outside_your_scope": (403, _("Your grants do not cover this area.")),
    "batch_unknown": (404, _("There is no such import.")),
    "batch_busy": (409, _("This import is being worked on.")),
    "registers_busy": (409, _("Another import is being written into the same registers; try again later.")),
    "batch_wrong_state": (409, _("An import that is %(state)s cannot be %(wanted)s.")),
    "undo_rows_changed": (409, _("%(count)s rows were changed after this import; undo that first.")),
    "undo_rows_in_use": (409, _("Rows of this import are in use and cannot be taken back.")),
    "copy_not_yours": (403, _("Only who sent the file may take it with its faults marked.")),
    "copy_not_a_table": (422, _("Only tables (Excel, .ods, CSV) can be taken with their faults marked.")),
    "copy_missing": (404, _("There is no marked copy of this file, or no longer.")),
    "conflict_unknown": (409, _("This row is no longer in conflict; check the file again.")),
    "number_too_long": (422, _("A number has at most 18 digits here.")),
    "choice_unknown": (422, _("This cannot be decided about this row.")),
    "place_malformed": (422, _("This is no place on the map.")),
    "building_unknown": (404, _("There is no such building.")),
    "no_edition": (409, _("This import has drafted no edition.")),
    "not_an_administrator": (403, _("Accounts are brought in by an administrator of the place.")),
    "not_an_importer": (403, _("Importing needs the importer role.")),
}


def refusal(code: str, **data: Any) -> DomainError:
    """The refusal with this code; its placeholders come from ``data``."""
    status, message = REFUSALS[code]
    return DomainError(code=code, message=message, status=status, data=data)
