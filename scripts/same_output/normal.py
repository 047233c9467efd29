"""Takes out of what is recorded that which differs from run to run: times, speeds, paths, versions, the machine.

Run directories are made plain before they are read (``plain_run``), so that what a command makes of them can be
compared byte for byte; only what a command says while it works is changed afterwards (``said_text``).
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

JOURNALS = ("generations.jsonl", "scores.jsonl", "prompts.jsonl", "steps.jsonl")
LATENCY = re.compile(r'(?<!\\)"latency_s":[-+0-9.e]+')
PROGRESS = re.compile(r"^progress: ")
# A block of the page: gzip in base64, which begins with the magic number.
PACKED = re.compile(r'"(H4sI[A-Za-z0-9+/=]+)"')
MACHINE = {"machine": "any", "cores": 1, "memory_gib": 1.0}
VERSIONS = {"qwen3_eval": "0", "python": "0"}
# Of the summary's cost, what comes from a clock.
CLOCKED = re.compile(r'(?m)^( *)"(request_s)": [-+0-9.e]+')
# Absent where a session took less than a second.
PERHAPS_CLOCKED = re.compile(r',\s*"(wall_s|tokens_per_s)": [-+0-9.e]+')
# A line of a summary that holds a number with a fraction: what stands before it, the number, and what follows.
FRACTION = re.compile(r'(?m)^( *(?:"[^"]*": )?)(-?\d+(?:\.\d+(?:e[-+]?\d+)?|e[-+]?\d+))(,?)$')


def plain_manifest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """``run.json`` with fixed sessions of a minute each, on no machine in particular."""
    sessions = [plain_session(number, each) for number, each in enumerate(manifest.get("sessions", ()))]
    changed = {
        "versions": VERSIONS,
        "git_commit": None,
        "hardware": MACHINE,
        "sessions": sessions,
        "engine": plain_engine(manifest.get("engine", {})),
    }
    return {name: changed.get(name, value) for name, value in manifest.items()}


def plain_session(number: int, session: Mapping[str, Any]) -> dict[str, Any]:
    """The session of that number; one that did not end has no end."""
    start, end = (f"2026-01-01T{number:02}:{minute:02}:00+00:00" for minute in (0, 1))
    return {**session, "start": start, "end": end if session.get("end") else None}


def plain_engine(engine: Mapping[str, Any]) -> dict[str, Any]:
    """What an engine says of itself, without its version, the device and where the model lies."""
    arguments = engine.get("arguments")
    found = {name: value for name, value in engine.items() if name not in ("version", "device")}
    if isinstance(arguments, Mapping) and "model" in arguments:
        found["arguments"] = {**arguments, "model": Path(str(arguments["model"])).name}
    return found


def plain_summary(text: str) -> str:
    """``summary.json`` without what was clocked, and numbers to ten places.

    Sums are taken in the order in which answers came in, and the last digits hang on it. The pages, baselines and
    exports of plain runs hold the same numbers in full.
    """
    text = PERHAPS_CLOCKED.sub("", CLOCKED.sub(r'\1"\2": 0', text))
    return FRACTION.sub(lambda match: f"{match[1]}{round(float(match[2]), 10)!r}{match[3]}", text)


def plain_lines(text: str) -> str:
    """A journal without latencies, its lines in order: they are written as answers come in."""
    lines = LATENCY.sub('"latency_s":0.5', text).splitlines(keepends=True)
    return "".join(sorted(lines))


def plain_run(run: Path, out: Path) -> None:
    """Writes a run directory anew, plain; a summary is not taken along, so that it is made of the journals."""
    out.mkdir(parents=True)
    manifest = json.loads((run / "run.json").read_text("utf-8"))
    (out / "run.json").write_text(json.dumps(plain_manifest(manifest), ensure_ascii=False, indent=1) + "\n", "utf-8")
    for name in JOURNALS:
        if (run / name).is_file():
            (out / name).write_text(plain_lines((run / name).read_text("utf-8")), "utf-8")


def said_text(text: str, paths: Sequence[tuple[str, str]] = ()) -> str:
    """What a command printed: of its progress the last line, without speed and time to go; ``paths`` get names."""
    for path, name in paths:
        text = text.replace(path, name)
    lines = text.splitlines(keepends=True)
    last = max((number for number, line in enumerate(lines) if PROGRESS.match(line)), default=None)
    kept = "".join(line for number, line in enumerate(lines) if number == last or not PROGRESS.match(line))
    return re.sub(r"[\d,.]+ tok/s, ETA [\d:?-]+", "N tok/s, ETA T", kept)


def page_text(page: str) -> str:
    """A page with its packed blocks of data laid open, an object a line."""
    return PACKED.sub(lambda match: f'"{_unpacked(match[1])}"', page)


def _unpacked(block: str) -> str:
    text = gzip.decompress(base64.b64decode(block)).decode("utf-8", "replace")
    try:
        return "\n" + json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"
    except ValueError:
        return "\n" + text + "\n"
