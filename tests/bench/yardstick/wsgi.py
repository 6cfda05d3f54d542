"""WSGI entry of the yardsticks."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.yardstick.settings"
application = get_wsgi_application()
