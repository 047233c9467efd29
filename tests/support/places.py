"""Where things lie that tests use: the checkout, rows and prompts, toy tasks, the mirror beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
FIXTURES = TESTS / "fixtures"
SNAPSHOTS = TESTS / "snapshots"
SUPPORT = TESTS / "support"
TOYS = SUPPORT / "toys"
MIRROR = Path(os.environ.get("QWEN3_EVAL_DATA") or ROOT.parent / "shared" / "data")
