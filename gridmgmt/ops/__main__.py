"""Entry of `python -m gridmgmt.ops`, which `./grid` calls."""

from __future__ import annotations

import sys

from gridmgmt.ops.cli import main

sys.exit(main(sys.argv[1:]))
