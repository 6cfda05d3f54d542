"""The phone's program: its page, its service worker, its manifest. All for everybody: who signs in is asked by the API."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from map_ui import phone

# Asked for again each time: a phone must hear of a newer program.
FRESH = {"Cache-Control": "no-cache"}


@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """The page, the same for everybody; the program fills it."""
    return HttpResponse(phone.program().shell, headers=FRESH)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, which carries the list of files it takes along."""
    program = phone.program()
    shell_file = {"url": reverse("map_ui:phone"), "revision": program.version}
    files = [{"url": url, "revision": mark} for url, mark in program.files]
    context = {
        "libraries": json.dumps([static(path) for path in phone.WORKBOX]),
        "files": json.dumps([shell_file, *files]),
        "shell": json.dumps(shell_file["url"]),
        "marked": all(mark is None for _url, mark in program.files),
    }
    script = render_to_string("map_ui/phone/sw.js", context)
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers=FRESH)


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """How the program looks among a phone's programs."""
    start = reverse("map_ui:phone")
    icon = {"src": static(phone.ICON), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    return JsonResponse(
        {
            "id": start,
            "name": gettext("Grid worker's phone"),
            "short_name": gettext("Grid"),
            "start_url": start,
            "scope": start,
            "display": "standalone",
            "orientation": "portrait",
            "lang": "zh-Hans",
            "background_color": "#ffffff",
            "theme_color": "#1b4f8f",
            "icons": [icon],
        },
        content_type="application/manifest+json",
        headers=FRESH,
    )
