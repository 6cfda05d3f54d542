"""Settings: read once from the environment, strictly; see docs/operations.md for every variable."""

from __future__ import annotations

import json
import os
from pathlib import Path

from gridmgmt import env, native

native.harden_gdal()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = env.folder("GRID_VAR", BASE_DIR / "var")
SECRETS = env.folder("GRID_SECRETS", VAR / "secrets")
DEBUG = env.flag("GRID_DEBUG")
# Which process this is (web, feed, worker, scheduler, manage): sizes the connection pool.
PROCESS = env.text("GRID_PROCESS", "manage")

SECRET_KEY = env.secret("GRID_SECRET_KEY", SECRETS / "secret_key")
FIELD_KEYS = env.secret("GRID_FIELD_KEYS", SECRETS / "field_keys")
FIELD_SEARCH_KEY = env.secret("GRID_FIELD_SEARCH_KEY", SECRETS / "field_search_key")

PUBLIC_ORIGIN = env.text("GRID_PUBLIC_ORIGIN", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.text("GRID_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [PUBLIC_ORIGIN]
SECURE = PUBLIC_ORIGIN.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
X_FRAME_OPTIONS = "DENY"

GDAL_LIBRARY_PATH = native.library_path("gdal")
GEOS_LIBRARY_PATH = native.library_path("geos")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django.contrib.gis",
    "django.contrib.postgres",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_rq",
    "django_htmx",
    "leaflet",
    "geodata",
    "gridmgmt",
    "gridmgmt.events",
    "gridmgmt.organisation",
    "gridmgmt.audit",
    "gridmgmt.cases",
    "gridmgmt.registers",
    "gridmgmt.contact",
    "gridmgmt.supervision",
    "gridmgmt.statistics",
    "gridmgmt.sample",
    "importers",
    "mobile_api",
    "map_ui",
]

MIDDLEWARE = [
    "gridmgmt.middleware.ErrorAnswers",
    "mobile_api.crowd.crowd_door",
    "mobile_api.door.report_door",  # before what reports do not need: phones have no session, cookie or page language
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "map_ui.language.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
if PROCESS == "feed":
    # The feed serves no files, and a middleware that is not async would move every stream to a loop of its own.
    MIDDLEWARE.remove("whitenoise.middleware.WhiteNoiseMiddleware")
ROOT_URLCONF = "gridmgmt.urls"
# Start of an address → door(environ, start_response) that may answer before Django makes a request of it (gridmgmt/wsgi.py).
WSGI_DOORS = {"/tiles/": "map_ui.tiles.door"}
WSGI_APPLICATION = "gridmgmt.wsgi.application"
ASGI_APPLICATION = "gridmgmt.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASE_URL = env.text("DATABASE_URL")
SERVES = PROCESS in {"web", "feed"}
POOL_SIZE = env.number("GRID_POOL_SIZE", 4, low=1, high=64)
# The feed lends connections for moments from a pool. Web threads are few and fixed: each keeps its own, because a pool
# makes Django prepare the connection anew for every request (a tenth of the time of a report).
POOL = {"pool": {"min_size": 1, "max_size": POOL_SIZE, "timeout": 5}} if PROCESS == "feed" else {}
DATABASES = {
    "default": {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        **env.database("DATABASE_URL", DATABASE_URL),
        "CONN_MAX_AGE": 0 if POOL else None,
        "OPTIONS": {
            "options": f"-c statement_timeout={15_000 if SERVES else 0} -c lock_timeout=5000 -c jit=off"
            f" -c max_parallel_workers_per_gather={0 if SERVES else 2}",
            "application_name": f"gridmgmt-{PROCESS}",
            **POOL,
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
RQ_QUEUES = {
    name: {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 600, "REDIS_CLIENT_KWARGS": {"socket_connect_timeout": 2}}
    for name in ("default", "messages", "webhooks", "photos", "exports", "imports", "documents")
}
# Topic of an outbox event → its consumers, as "queue:dotted function" (names, so that no package imports upwards). What is
# owed to each is kept in PostgreSQL until it is done or parked (gridmgmt/events/deliveries.py).
EVENT_JOBS: dict[str, list[str]] = {
    "case.reported": ["messages:gridmgmt.contact.jobs.notify"],
    "case.stepped": ["messages:gridmgmt.contact.jobs.notify"],
    "follow_up.opened": ["messages:gridmgmt.contact.jobs.notify"],
    "sms.wanted": ["messages:gridmgmt.contact.jobs.send_message"],
    "photo.stored": ["photos:gridmgmt.cases.jobs.make_thumbnail"],
    "import.wanted": ["imports:importers.jobs.run"],
    "import.copy_wanted": ["imports:importers.jobs.mark"],
    "registers.doubles_wanted": ["documents:gridmgmt.registers.jobs.find_doubles"],
    "registers.lives_wanted": ["documents:gridmgmt.registers.jobs.look_at_lives"],
    "registers.export_wanted": ["exports:gridmgmt.registers.exporting.make"],
    "appraisal.print_wanted": ["exports:map_ui.appraisal_print.make"],
    "supervision.notice": ["documents:gridmgmt.supervision.jobs.make_document"],
}
# Topics that other systems may subscribe to (docs/messages.md).
WEBHOOK_TOPICS: list[str] = [
    "case.reported",
    "case.stepped",
    "photo.stored",
    "rating.given",
    "edition.activated",
    "supervision.card",
]
# "host" or "host:port" in the own network that webhooks and message gateways may call; everything else must be public, by https.
OUTBOUND_ALLOWED_HOSTS = [name for name in env.text("GRID_OUTBOUND_ALLOWED_HOSTS", "").split(",") if name]
# Fields that steps of flows may ask for, besides the engine's own: name → function(step, value) (cases.step_fields).
STEP_FIELDS: dict[str, str] = {}
# Gateway of text messages: console, file, http, aliyun or tencent, and its own options as JSON (docs/messages.md).
SMS: dict[str, str] = {
    **json.loads(env.text("GRID_SMS_OPTIONS", "{}")),
    "backend": env.choice("GRID_SMS_BACKEND", "console", {"console", "file", "http", "aliyun", "tencent"}),
}
SMS_RECEIPT_TOKEN = env.text("GRID_SMS_RECEIPT_TOKEN", "")
# Function taking the time → rhythm: "every 30s" or "daily 03:20" (local time).
PERIODIC_TASKS: dict[str, str] = {
    "gridmgmt.events.housekeeping.sweep_owed_jobs": "every 5s",
    "gridmgmt.organisation.jobs.expire_shifts": "every 300s",
    "gridmgmt.cases.jobs.take_due_steps": "every 60s",
    "gridmgmt.organisation.tries.forget": "every 300s",
    "gridmgmt.cases.jobs.make_missing_tasks": "every 600s",
    "gridmgmt.cases.jobs.forget_step_receipts": "daily 03:50",
    "gridmgmt.cases.jobs.sweep_incoming": "every 300s",
    "gridmgmt.supervision.jobs.watch": "every 60s",
    "gridmgmt.supervision.jobs.tidy": "daily 03:30",
    "importers.jobs.tidy": "daily 03:10",
    "gridmgmt.events.housekeeping.prune_outbox": "daily 03:20",
    "gridmgmt.contact.jobs.forget": "daily 03:46",
    "gridmgmt.events.housekeeping.clear_sessions": "daily 03:40",
    "gridmgmt.events.housekeeping.compact_tile_revisions": "daily 04:00",
    "gridmgmt.registers.jobs.want_all_doubles": "daily 02:40",
    "gridmgmt.registers.jobs.want_lives": "daily 05:30",
    "gridmgmt.registers.exporting.tidy": "every 600s",
    "gridmgmt.statistics.jobs.refresh_facts": "every 60s",
    "gridmgmt.statistics.jobs.keep_months": "daily 00:20",
    "gridmgmt.statistics.actions.forget_prints": "daily 04:10",
}

AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = ["gridmgmt.organisation.backends.PasswordBackend"]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or os.environ.get("PYTEST_VERSION")
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
# Of bodies that are held in memory: forms, JSON. Photos and imports are streams with limits of their own.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["mobile_api.authentication.DeviceTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "mobile_api.errors.answer_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Grid management: phone API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
}
# Phones sign in only when an administrator has enrolled them (docs/operations.md).
PHONES_ENROLLED = env.flag("GRID_PHONES_ENROLLED")
REST_KNOX = {
    "TOKEN_TTL": None,  # a phone that was away for weeks must still deliver; revoking is by device
    "AUTO_REFRESH": False,
    "TOKEN_LIMIT_PER_USER": None,
}

LEAFLET_CONFIG = {
    "TILES": [],
    "NO_GLOBALS": False,
    "RESET_VIEW": False,
    "SCALE": "metric",
    "ATTRIBUTION_PREFIX": "",
    "DEFAULT_CENTER": (30.0, 114.0),
    "DEFAULT_ZOOM": 14,
    "MIN_ZOOM": 9,
    "MAX_ZOOM": 20,
}

# --- domain settings -------------------------------------------------------------------------------------------
GRID_METRIC_SRID = env.number("GRID_METRIC_SRID", 4547, low=1024, high=32767)  # srid: crs.SRID_METRIC
GRID_CELL_DIGITS = env.number("GRID_CELL_DIGITS", 3, low=2, high=4)
PHOTO_MAX_BYTES = 50 * 1024 * 1024
PHOTO_MAX_PIXELS = 50_000_000
FEED_STREAM = "grid:feed"
FEED_LENGTH = 5000
# Session keys → who may hear what (events lies below organisation, so the reader is named here).
FEED_AUDIENCE = "gridmgmt.organisation.sessions.scopes_of_sessions"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "gridmgmt.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.text("GRID_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "propagate": False},
        "weasyprint": {"level": "ERROR"},  # a line per step and per style it does not know otherwise
        "fontTools": {"level": "ERROR"},
    },
}
