"""Sentences that the planner's script shows, in the page's language."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

PHRASES = (
    _("%(n)d households"),
    _("%(cells)d cells in all"),
    _("Proposing %(done)d of %(all)d communities …"),
    _(
        "Proposed: %(cells)d cells, median deviation %(deviation)s %%, %(roads)s %% of the borders along roads."
    ),
    _("Stopped. What was proposed so far is shown."),
    _("Nothing wrong was found."),
    _("%(errors)d errors, %(warnings)d warnings"),
    _("Error"),
    _("Warning"),
    _("Saved as draft %(number)d. Nothing is active yet."),
    _("Saved as draft %(number)d with errors; it cannot be activated."),
    _("Edition %(number)d is active. %(buildings)d buildings and %(people)d people have a new cell."),
    _("The draft was thrown away."),
    _("Draw a line across the cell. Double click ends it, Escape gives up."),
    _("Drag a point; the cells on both sides follow. Arrow keys move it, Delete removes it."),
    _("Choose one cell to split it."),
    _("Choose at least two neighbouring cells to merge them."),
    _("Border point %(n)d of cell %(code)s"),
    _("Cell %(code)s, %(households)d households, %(area)s ha"),
    _("There are unsaved changes. Leave them?"),
    _("Throw this draft away?"),
    _("Buildings"),
    _("People"),
    _("Organisations"),
    _("Components"),
    _("Open cases (they keep their present cell)"),
    _("Cells: new"),
    _("Cells: changed"),
    _("Cells: unchanged"),
    _("Cells: gone"),
    _("Duties without a cell afterwards: %(codes)s"),
    _("No duty is left without a cell."),
    _("Load edition"),
    _("Discard"),
    _("Activate …"),
    _("households counted"),
    _("dwellings counted"),
    _("estimated from floors"),
    _("no households known"),
    _("This area has no community with a known outline."),
    _("There are no cells yet. Propose some."),
    _("Loading …"),
    _("Households"),
    _("smallest"),
    _("median"),
    _("largest"),
)


def all_phrases() -> dict[str, str]:
    """English sentence → the sentence in the active language."""
    return {text: gettext(text) for text in PHRASES}
