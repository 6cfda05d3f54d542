"""Tags of every page: icons, lamps, navigation, import map, times and durations in words."""

from __future__ import annotations

import functools
from datetime import datetime
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from gridmgmt.contact import inbox
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of
from map_ui import assets, case_parts, language, message_words, navigation, phrases, shell, words

register = template.Library()


@functools.lru_cache(maxsize=256)
def _drawing(name: str) -> str:
    """The inside of one outline icon; "" while the browser libraries are not laid out."""
    found = finders.find(f"vendor/@tabler/icons/icons/outline/{name}.svg")
    if not found:
        return ""
    text = Path(str(found)).read_text(encoding="utf-8")
    return text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]


register.filter("topic_name", message_words.topic_name)
register.filter("photo_remarks", case_parts.photo_remarks)
register.filter("audience_name", message_words.audience_name)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """An outline icon, hidden from screen readers: the text beside it speaks."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        extra,
        mark_safe(_drawing(name)),  # noqa: S308 - a file of a pinned package, no input
    )


@register.simple_tag
def icon_symbol(name: str) -> SafeString:
    """An outline icon as a symbol "icon-…" of a page's sprite, for scripts that draw it by reference."""
    return format_html(
        '<symbol id="icon-{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
        ' stroke-linecap="round" stroke-linejoin="round">{}</symbol>',
        name,
        mark_safe(_drawing(name)),  # noqa: S308 - a file of a pinned package, no input
    )


@register.simple_tag
def lamp(state: str, extra: str = "") -> SafeString:
    """The state lamp: colour, shape and a name."""
    return format_html(
        '<svg class="lamp lamp-{0} {3}" width="20" height="20" viewBox="0 0 24 24" role="img" aria-label="{1}">'
        '<title>{1}</title><use href="{2}#{0}"></use></svg>',
        state,
        words.lamp_name(state),
        static("map_ui/lamps.svg"),
        extra,
    )


@register.simple_tag
def coverage_mark(state: str, words: str) -> SafeString:
    """The state of a square of the coverage matrix: colour, shape and, where no text says it, a name."""
    return format_html(
        '<svg class="coverage-mark" viewBox="0 0 24 24" role="img" aria-label="{1}"><title>{1}</title>'
        '<use href="{2}#{0}"></use></svg>',
        state,
        words,
        static("map_ui/coverage.svg"),
    )


@register.simple_tag(takes_context=True)
def shell_of(context: dict[str, Any]) -> shell.Shell:
    """Everything around a page: the street's name, links, who is signed in."""
    request = context.get("request")
    user = getattr(request, "user", None)
    scope = scope_of(user)
    return shell.Shell(
        place=shell.place_name(scope),
        links=navigation.links(scope, request.path if request else "") if scope.user_id else [],
        roles=shell.role_names(scope),
        signed_in=scope.user_id is not None,
        calendar_alarm=shell.calendar_alarm(scope),
        unread=inbox.unread(user) if isinstance(user, User) else 0,
    )


@register.simple_tag
def import_map() -> SafeString:
    """The import map of our own modules and the browser libraries."""
    return mark_safe(assets.import_map_json())  # noqa: S308 - addresses of our own files


@register.simple_tag
def page_phrases() -> dict[str, str]:
    """Sentences that scripts show, in the page's language."""
    return phrases.all_phrases()


@register.filter
def stamp(value: datetime | None) -> str:
    """2026-11-21 14:05 in the installation's time zone."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else "–"


@register.filter
def iso(value: datetime | None) -> str:
    """For the datetime attribute of <time>."""
    return value.isoformat(timespec="seconds") if value else ""


@register.filter
def remaining(value: datetime | None) -> str:
    """ "2 h 10 min left" or "overdue by 3 h", in words of the page's language."""
    return words.remaining(value, timezone.now())


@register.filter
def named(row: Any) -> str:
    """A catalogue row's name in the page's language: Chinese, or English where there is one."""
    return "" if row is None else language.in_language(row)


@register.filter
def clock(value: datetime) -> str:
    """14:05 in the installation's time zone, for what happened today."""
    return timezone.localtime(value).strftime("%H:%M")


@register.filter
def share_of(value: int, whole: int) -> str:
    """A part of a whole in percent, for the width of a bar."""
    return f"{100 * value / whole:.1f}" if whole else "0"


@register.filter
def hectares(value: float | None) -> str:
    """An area in m² as hectares."""
    return f"{value / 10_000:.1f} ha" if value else "–"


@register.filter
def unlocalised(value: float) -> str:
    """A coordinate with a point, whatever the language."""
    return f"{value:.7f}"


@register.filter
def limit_words(row: Any) -> str:
    """The limit of a case or a standard in words."""
    return words.limit(row.limit_value, row.limit_unit)


@register.filter
def in_language(row: Any, name: str) -> str:
    """A text column in the page's language, where there is an English one."""
    return language.in_language(row, name)


@register.filter
def at(table: dict[str, Any], key: str) -> Any:
    """The value of a key, or the key itself."""
    return table.get(key, key)


@register.filter
def rows_of(table: dict[Any, list[Any]], key: Any) -> list[Any]:
    """The rows kept under a key, none when there is no such key."""
    return table.get(key, [])


@register.filter
def branch_serial(number: str) -> str:
    """The last part of a branch's number: "-2"."""
    return "-" + number.rpartition("-")[2]


@register.filter
def count_of(table: dict[Any, int], key: Any) -> int:
    """The number of a key, 0 when it has none."""
    return table.get(key, 0) if table else 0
