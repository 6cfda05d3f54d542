"""A file is asked for in a real browser: it appears by itself, and what is being typed meanwhile stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120, func_only=True)]
Visit = Callable[..., Visitor]


def test_a_file_appears_without_a_reload(visit: Visit) -> None:
    page = visit("leader").open("/exports?data=buildings")
    page.fill("[name=purpose]", "核对楼栋底数")
    page.select_option("[name=department]", index=1)
    page.locator(".export-form button[type=submit]").click()
    page.wait_for_url("**/exports")
    page.fill("[name=purpose]", "下一份的用途")
    expect(page.get_by_role("link", name="下载")).to_be_visible()
    expect(page.locator("[data-waits]")).to_have_count(0)
    expect(page.locator("[name=purpose]")).to_have_value("下一份的用途")
