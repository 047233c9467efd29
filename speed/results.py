"""What is made of a run of 100,000 samples: summary, report, table, gate, export; seconds and peak memory of each.

python -m speed.results [SAMPLES]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from speed.figures import figure
from speed.harness import STUB

SAMPLES = 100_000
# Docs of the four demo tasks, each in non-thinking mode and at six budgets.
CELLS = 28


def commands(run: Path, folder: Path) -> dict[str, list[str]]:
    """The commands, by what they are called here; the baseline before the gate that reads it."""
    baseline = str(folder / "baseline.json")
    return {
        "report": ["report", str(run), "--out", str(folder / "page.html")],
        "baseline": ["baseline", str(run), "--out", baseline],
        "gate": ["gate", str(run), "--baseline", baseline],
        "compare": ["compare", str(run), str(run), "--out", str(folder / "compare.html")],
        "reproduce": ["reproduce", "figure2", "--model", "demo", "--from", str(run)],
        "export parquet": ["export", str(run), "--format", "parquet", "--out", str(folder / "tables")],
    }


def measured(arguments: list[str]) -> tuple[float, float, float]:
    """Seconds, CPU seconds and peak MiB of one command in a process of its own."""
    began = time.perf_counter()
    pid = os.posix_spawn(sys.executable, [sys.executable, "-m", "qwen3_eval", *arguments], os.environ)
    _, status, usage = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, arguments
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Writes the run, then measures every command on it."""
    sys.path.insert(0, str(STUB.parent))
    from fake_run import Fake, write_run

    samples = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    folder = Path(tempfile.mkdtemp())
    try:
        run = write_run(folder / "run", Fake(docs=max(1, samples // CELLS)))
        for name, arguments in commands(run, folder).items():
            wall, cpu, memory = measured(arguments)
            figure(f"results: {name} of {samples:,} samples", wall, "s")
            figure(f"results: {name} of {samples:,} samples, CPU", cpu, "s")
            figure(f"results: {name} of {samples:,} samples, memory", memory, "MiB")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
