"""WSGI entry: pages and API, served by granian; doors stand in front of the site."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from gridmgmt import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmgmt.settings")
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def behind_doors(site: Application) -> Application:
    """The site with the doors of the settings before it. A door that answers None lets the request through."""
    doors = [(start, import_string(name)) for start, name in settings.WSGI_DOORS.items()]

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        for start, door in doors:
            if environ["PATH_INFO"].startswith(start):
                answer: Iterable[bytes] | None = door(environ, start_response)
                if answer is not None:
                    return answer
        return site(environ, start_response)

    return application


# Every request comes from the proxy; who really asks (throttles count by it) stands in a header the proxy overwrites.
application = wrap_wsgi_with_proxy_headers(
    behind_doors(get_wsgi_application()), trusted_hosts=env.text("GRID_TRUSTED_PROXIES", "127.0.0.1")
)
