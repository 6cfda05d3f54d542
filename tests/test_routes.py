"""P8 by structure: every address of the platform asks who is there, unless this file says that it is for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.world import World

NOBODYS = "00000000-0000-7000-8000-000000000000"
SAMPLES = {
    "uuid": NOBODYS,
    "anyuuid": NOBODYS,
    "cellcode": "009901001001001",
    "str": "x",
    "int": "1",
    "path": "x",
    "slug": "x",
}
# Routes that are regular expressions or look at their arguments first → what fits.
FITTING = {
    r"^(?P<batch_id>[0-9a-f-]{36})/(?P<action>check|apply|undo|discard|activate)$": f"{NOBODYS}/check",
    r"^.*$": "v1/no-such-thing",
    r"^discovery\.(?P<form>xml|json)$": "discovery.xml",
    r"^v2/discovery\.(?P<form>xml|json)$": "v2/discovery.xml",
    r"^v2/services\.(?P<form>xml|json)$": "v2/services.xml",
    r"^v2/services/(?P<code>[^/]+)\.(?P<form>xml|json)$": "v2/services/E0110.xml",
    r"^v2/requests\.(?P<form>xml|json)$": "v2/requests.xml",
    r"^v2/requests/(?P<number>[^/]+)\.(?P<form>xml|json)$": "v2/requests/x.xml",
    r"^v2/tokens/(?P<token>[^/]+)\.(?P<form>xml|json)$": "v2/tokens/x.xml",
    "<str:layers>/<str:z>/<str:x>/<str:y>.mvt": "cells/14/1/1.mvt",
    r"^(?P<app_label>auth|organisation|cases|geodata|supervision)/$": "cases/",
}
WANT_A_QUERY = {"/appraisal/list"}  # 404 without one
# For everybody, and why.
PUBLIC = {
    "/healthz": "what watches the platform",
    "/login": "signing in",
    "/logout": "signing out",
    "/language": "choosing a language",
    "/track": "residents, by number and code",
    "/track/rate": "residents, by number and code",
    "/r/x": "residents, by the link of a message",
    "/sms/receipts": "gateways, by a token",
    "/public/results": "published results",
    "/m/": "the phone's program, the same for everybody; the API asks who it is",
    "/m/sw.js": "its service worker",
    "/m/manifest.webmanifest": "its entry among a phone's programs",
    "/admin/login/": "signing in",
    "/admin/logout/": "signing out",
    "/api/v1/login": "signing in",
    "/api/v1/enrolment": "whose phone a code of the administrator is for; tries are counted",
    "/api/schema/": "the description of the API",
    "/api/docs/": "the description of the API",
    "/api/osmand": "trackers, by a position token",
    "/open311/discovery.xml": "where Open311 is",
    "/open311/v2/discovery.xml": "where Open311 is",
    "/open311/v2/services.xml": "what residents may report",
    "/open311/v2/services/E0110.xml": "what residents may report",
    "/open311/v2/requests.xml": "filed cases of public categories; POST by a key",
    "/open311/v2/requests/x.xml": "a filed case of a public category",
    "/open311/v1/no-such-thing": "404 whoever asks",
    "/api/v1/no-such-thing": "404 whoever asks",
}
# Asked by a process of its own, which answers 401 and 403 (tests/events/test_feed_process.py).
ELSEWHERE = {"/feed/events"}
OPENERS = ("newcomer", "worker", "handler", "leader", "administrator")
METHODS = ("get", "post", "put", "delete")


def routes(resolver: URLResolver | None = None, before: str = "/") -> Iterator[tuple[str, str, bool]]:
    """(address with samples, name, whether it takes arguments) of every route."""
    for pattern in (resolver or get_resolver()).url_patterns:
        text = str(pattern.pattern)
        here = before + re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], text)
        here = before + FITTING[text] if text in FITTING else here
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, here)
        elif isinstance(pattern, URLPattern):
            yield here, pattern.name or "", "<" in text


ALL = sorted({path for path, _name, _with in routes()})
CLOSED = sorted(set(ALL) - set(PUBLIC) - ELSEWHERE)
PAGES = sorted({path for path, _name, with_arguments in routes() if not with_arguments} & set(CLOSED))


def refuses(answer: Any) -> bool:
    """To the sign-in page, or nobody's business."""
    to_sign_in = answer.status_code == 302 and re.match(r"/(admin/)?login", answer.headers["Location"])
    return bool(to_sign_in) or answer.status_code in (401, 403)


def test_the_list_of_open_addresses_names_none_that_is_gone() -> None:
    assert len(ALL) > 100
    assert (set(PUBLIC) | ELSEWHERE) - set(ALL) == set()


@pytest.mark.django_db
def test_every_address_asks_who_is_there_unless_it_is_for_everybody() -> None:
    answered = {}
    nobody = Client(raise_request_exception=False)  # one for all: each loads the middleware anew
    for path in CLOSED:
        answers = [getattr(nobody, method)(path) for method in METHODS]
        closed = [refuses(answer) for answer in answers]
        # A method that an address does not know may be refused before anybody is asked for.
        if not any(closed) or any(
            not shut and answer.status_code != 405 for shut, answer in zip(closed, answers, strict=True)
        ):
            answered[path] = [answer.status_code for answer in answers]
    assert answered == {}


def test_no_page_breaks_whoever_opens_it(world: World) -> None:
    """Every page without arguments is shown, leads on, or is refused in words; to a person without any role as well."""
    from gridmgmt.organisation.models import User

    world.people["newcomer"] = User.objects.create(username="newcomer", name="newcomer")
    strange = []
    for name in OPENERS:
        client = Client(raise_request_exception=False)
        client.force_login(world.people[name])
        for path in PAGES:
            status = client.get(path).status_code
            if status >= 500 or (status == 404 and path not in WANT_A_QUERY):
                strange.append((name, path, status))
    assert strange == []
