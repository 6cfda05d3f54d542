"""WSGI entry: pages and API, served by granian."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from gridmgmt import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmgmt.settings")
# Every request comes from the proxy; who really asks (throttles count by it) stands in a header the proxy overwrites.
application = wrap_wsgi_with_proxy_headers(
    get_wsgi_application(), trusted_hosts=env.text("GRID_TRUSTED_PROXIES", "127.0.0.1")
)
