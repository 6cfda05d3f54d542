"""The description is valid, covers every address, names every error, and its page loads nothing from elsewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from mobile_api import schema, urls

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def described() -> dict:
    answer = Client().get("/api/schema/?format=json")
    assert answer.status_code == 200
    return answer.json()


def test_description_is_valid_openapi(described):
    validate_schema(described)
    assert described["openapi"].startswith("3.")


def test_every_address_and_method_is_described(described):
    for pattern in urls.urlpatterns:
        route = str(pattern.pattern)
        if not route.startswith("v1/"):
            continue
        path = "/api/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route)
        methods = {
            name for name in ("get", "put", "patch", "post", "delete") if hasattr(pattern.callback.cls, name)
        }
        assert methods == set(described["paths"][path])


def test_every_operation_has_examples_of_its_errors(described):
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            failures = {
                status: answer for status, answer in operation["responses"].items() if status >= "400"
            }
            assert "503" in failures, (path, method)
            for answer in failures.values():
                examples = answer["content"]["application/json"]["examples"]
                assert all({"code", "message", "data"} == set(e["value"]) for e in examples.values())


def test_bodies_are_described_as_strictly_as_they_are_read(described):
    report = described["components"]["schemas"]["ReportBody"]
    assert report["additionalProperties"] is False
    assert report["required"] == ["category", "point", "captured_at"]
    assert report["properties"]["photos"]["maxItems"] == 18


def test_every_error_code_of_photos_and_sign_in_is_described():
    for file in ("gridmgmt/cases/photo_errors.py", "mobile_api/tokens.py", "mobile_api/views/account.py"):
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        codes = {
            keyword.value.value
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            for keyword in call.keywords
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
        }
        assert codes <= set(schema.ERRORS), file


def test_everything_in_docs_api_that_looks_like_a_code_exists():
    told = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    for code in re.findall(r"`((?:report|photo|token)_[a-z_]+)`", told):
        assert code in schema.ERRORS, code


def test_docs_page_names_no_other_origin():
    page = Client().get("/api/docs/").content.decode()
    assert "drf_spectacular_sidecar" in page
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)


@pytest.mark.browser
def test_docs_page_in_a_browser_asks_only_this_server(live_server):
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists()), None)
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(live_server.url + "/api/docs/")
        page.wait_for_selector(".opblock", timeout=60_000)
        browser.close()
    assert len(asked) >= 4
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
