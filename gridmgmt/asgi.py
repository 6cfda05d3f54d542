"""ASGI entry: the live feed alone, served by uvicorn."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmgmt.settings")
django = get_asgi_application()

from gridmgmt.events.feed import with_hub  # noqa: E402 - needs the applications loaded above

application = with_hub(django)  # type: ignore[arg-type]  # its stubs are narrower than ASGI
