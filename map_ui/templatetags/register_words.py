"""Days, sexes, large numbers and sentences of other packages, as the pages of the registers show them."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.translation import gettext

from geodata.models import Building
from gridmgmt.registers.rows import Spot
from map_ui.register_page import code_name

register = template.Library()


@register.simple_tag
def span(since: date | None, until: date | None) -> str:
    """From a day until a day, or until now."""
    begin = since.isoformat() if since else "…"
    return f"{begin} – {until.isoformat()}" if until else gettext("since %(day)s") % {"day": begin}


@register.filter
def building_name(row: Building) -> str:
    """Estate and name without saying the estate twice, else the address."""
    return str(Spot(row.pk, row.estate, row.name, row.address))


@register.filter
def thousands(value: int) -> str:
    """12 345 with narrow blanks that do not break."""
    return f"{value:,}".replace(",", "\u202f")


@register.simple_tag
def sex_name(code: int) -> str:
    """GB/T 2261.1 in words."""
    return code_name("sex", str(code))


@register.simple_tag
def phrase(msgid: str) -> str:
    """A sentence that another package marked for translation."""
    return gettext(msgid)
