"""Writes the pinned requirements of one kind of machine: ``python requirements/lock.py cpu``.

pip resolves the project with its extras, without installing anything, and says what it chose and
what each choice asks for. What is reached from the project without passing a dropped package is
pinned. The result is installed with ``--no-deps``, since a dropped package is still asked for.

Run it with the environment's own Python (``.venv/bin/python``); it takes minutes, and downloads what it must look into.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent
EXTRAS = ("code", "dev", "gguf", "ray")
DROPPED = {
    "torchvision": "built for another torch than the CPU wheel; text serving does not need it",
    "torchaudio": "as torchvision",
    "torchcodec": "as torchvision",
    "google-generativeai": "evalplus generates with it; its scorers do not need it",
}
HEADER = """\
# Written by requirements/lock.py {kind} with pip {pip} for Python {python}. Do not edit.
# Install with --no-deps. Left out on purpose:
"""


def main() -> int:
    """Resolves, prunes and writes one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("cpu", "gpu"))
    parser.add_argument("--index", help="a further package index, such as PyTorch's own")
    options = parser.parse_args()
    chosen = resolve(options.kind, options.index)
    dropped = DROPPED if options.kind == "cpu" else {"google-generativeai": DROPPED["google-generativeai"]}
    kept = reachable(chosen, dropped, Requirement(project(options.kind)))
    target = HERE / f"{options.kind}.txt"
    target.write_text(render(options.kind, {name: chosen[name]["version"] for name in kept}, dropped))
    print(f"{target.relative_to(HERE.parent)}: {len(kept)} packages")
    return 0


def resolve(kind: str, index: str | None) -> dict[str, dict[str, Any]]:
    """What pip would install, by normalised name: its metadata."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    command += ["--extra-index-url", index] if index else []
    target = project(kind).replace("qwen3-eval", str(HERE.parent))
    report = subprocess.run([*command, target], stdout=subprocess.PIPE, check=True, text=True).stdout
    entries = json.loads(report)["install"]
    return {normal(entry["metadata"]["name"]): entry["metadata"] for entry in entries}


def project(kind: str) -> str:
    """The requirement that a machine of this kind installs."""
    return f"qwen3-eval[{','.join((kind, *EXTRAS))}]"


def reachable(chosen: Mapping[str, Mapping[str, Any]], dropped: Iterable[str], root: Requirement) -> list[str]:
    """Names that ``root`` needs, directly or not, when the dropped ones are not there."""
    seen: set[tuple[str, str]] = set()
    queue = [root]
    while queue:
        requirement = queue.pop()
        name = normal(requirement.name)
        if name in dropped or name not in chosen:
            continue
        for extra in {"", *requirement.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            queue += demanded(chosen[name], extra)
    return sorted({name for name, _ in seen} - {normal(root.name)})


def demanded(metadata: Mapping[str, Any], extra: str) -> list[Requirement]:
    """What a package asks for on this machine, with one of its extras (empty for none)."""
    requirements = map(Requirement, metadata.get("requires_dist", []))
    return [each for each in requirements if each.marker is None or each.marker.evaluate({"extra": extra})]


def render(kind: str, pins: Mapping[str, str], dropped: Mapping[str, str]) -> str:
    """The text of a requirements file."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    head = HEADER.format(kind=kind, pip=version("pip"), python=python)
    reasons = "".join(f"#   {name}: {reason}\n" for name, reason in dropped.items())
    return head + reasons + "".join(f"{name}=={number}\n" for name, number in pins.items())


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
