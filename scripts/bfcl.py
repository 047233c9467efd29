"""Gets the official checker of BFCL into the folder of the toolchains, in the versions of requirements/bfcl.txt.

Called by ``make bfcl``, and by ``make test`` with ``--once``, which tries one time only and never fails. Does nothing
when the checker is there already.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from qwen3_eval.task.registry import bundled_tasks_dir, load_module
from scripts.setup import PIP, SetupError, Step, command

checker = load_module(bundled_tasks_dir() / "agent" / "bfcl_v3", "checker")
PINS = Path(__file__).resolve().parent.parent / "requirements" / "bfcl.txt"
INSTALL = [*PIP, "install", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--progress-bar", "off"]


def main(once: bool) -> int:
    """Installs the checker. Exit codes: 0 it is there, or ``once``; 3 it could not be had."""
    folder = checker.folder()
    stamp = folder.with_name("bfcl.pins")
    wanted = hashlib.sha256(PINS.read_bytes()).hexdigest()
    tried = stamp.read_text() if stamp.is_file() else ""
    if tried == wanted and (once or not checker.lacking()):
        return 0
    folder.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    try:
        with Step("official checker of BFCL"):
            install(folder)
    except (SetupError, OSError) as error:
        print(f"bfcl: {error}", file=sys.stderr)
        return 0 if once else 3
    return 0


def install(folder: Path) -> None:
    """Puts the packages into the folder, all or none of them. Raises SetupError, OSError."""
    partial = folder.with_name("bfcl.partial")
    shutil.rmtree(partial, ignore_errors=True)
    command(sys.executable, *INSTALL, "--target", str(partial), "--requirement", str(PINS))
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


if __name__ == "__main__":
    sys.exit(main(once="--once" in sys.argv))
