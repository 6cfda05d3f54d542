"""The tests of the phone's scripts (`*.test.mjs`), run by Node as a part of everybody's tests."""

from __future__ import annotations

import re

import pytest

from gridmgmt.ops.frontend import find_node
from gridmgmt.ops.layout import ROOT, Layout
from gridmgmt.ops.shell import capture

HERE = ROOT / "tests" / "phone"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_scripts_hold(name: str) -> None:
    node = [
        *find_node(Layout(ROOT, ROOT / "var")),
        "--import",
        "./tests/phone/resolve.mjs",
        "--test",
        f"tests/phone/{name}",
    ]
    done = capture(node, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-6000:]
    passed = re.search(r"^(?:#|ℹ) pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed, done.stdout[-2000:]
    assert int(passed.group(1)) > 0
