"""Any JSON of any form in any file that is read: one line and exit code 2 or 3, or a result; never a traceback.

Exit code 1 belongs to a gate that failed.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import FIXTURES, TOYS

from qwen3_eval import data
from qwen3_eval.cli import main
from qwen3_eval.demo import model_path
from qwen3_eval.measure.summary import write_summary
from qwen3_eval.records.formats import GENERATIONS, JUDGMENTS, MANIFEST, PROMPTS, SCORES, STEPS, SUMMARY
from qwen3_eval.records.record import open_run
from qwen3_eval.task.registry import load_tasks

RUN = ["run", "--engine", "mock", "--model", "demo", "--tasks", "toy_dialogue", "--samples", "1", "--limit", "2"]
SCORE = ["score", "--task", "toy_sum", "--predictions", "predictions.jsonl", "--tasks-dir", str(TOYS)]
JUDGE = [
    *("run", "--engine", "mock", "--model", "demo", "--tasks", "toy_judged", "--limit", "2", "--mode", "thinking"),
    *("--judge-model", "toy", "--judge-engine", "mock", "--tasks-dir", str(TOYS)),
]
AGAIN = ["score", "--from-run", "essays", "--judge-model", "other", "--judge-engine", "mock"]
COMMANDS: dict[str, list[str]] = {
    "report": ["report", "run", "--out", "out.html"],
    "page over all": ["report", "--all", "--results", ".", "--out", "out.html"],
    "plots": ["report", "fake", "--plots", "plots", "--out", "out.html"],
    "compare": ["compare", "fake", "other", "--out", "out.html"],
    "compare, twice": ["compare", "other", "run", "--json"],
    "gate": ["gate", "fake", "--baseline", "baseline.json"],
    "baseline": ["baseline", "fake", "--out", "new.json"],
    "reproduce": ["reproduce", "figure2", "--model", "demo", "--from", "fake", "--format", "markdown"],
    "price": ["reproduce", "figure2", "--model", "demo", "--from", "fake", "--dry-run"],
    **{f"export {kind}": ["export", "run", "--format", kind] for kind in ("csv", "parquet", "lm-eval", "inspect")},
    **{f"export {kind} of another": ["export", "fake", "--format", kind] for kind in ("csv", "lm-eval", "inspect")},
    "resume": [*RUN, "--tasks-dir", str(TOYS), "--run-dir", "run"],
    "replay": [
        *("run", "--engine", "replay", "--replay-from", "run", "--model", "demo", "--tasks", "toy_dialogue"),
        *("--tasks-dir", str(TOYS), "--limit", "2", "--samples", "1", "--run-dir", "replayed"),
    ],
    "score": [*SCORE, "--run-dir", "scored"],
    "score again": [*SCORE, "--run-dir", "judged"],
    "judge": [*JUDGE, "--run-dir", "essays"],
    "judge again": [*AGAIN, "--run-dir", "again"],
    "read again": ["score", "--from-run", "essays", "--judge-parse", "lenient", "--run-dir", "lenient"],
    "agreement": ["judge-agreement", "essays", "again", "--against", "people.jsonl", "--json"],
    "repair": ["repair", "run"],
    "repair, judged": ["repair", "essays", "--yes"],
    "repair, done": ["repair", "fake", "--yes"],
    "rows": [
        "run",
        "--engine",
        "mock",
        "--model",
        "demo",
        "--tasks",
        "gsm8k",
        "--data-dir",
        "mirror",
        "--run-dir",
        "m",
    ],
    "verify": ["data", "verify", "--data-dir", "mirror"],
    "status": ["data", "status", "--data-dir", "mirror"],
    "list": ["list", "--data-dir", "mirror"],
    "model": ["show", "demo_math", "--model", "model"],
}
JOURNALS = (GENERATIONS, SCORES, PROMPTS, STEPS)
PLACES = [
    *(f"{folder}/{name}" for folder in ("run", "fake") for name in (MANIFEST, SUMMARY, *JOURNALS)),
    *(f"judged/{name}" for name in (MANIFEST, GENERATIONS, SCORES)),
    *(f"essays/{name}" for name in (MANIFEST, JUDGMENTS, GENERATIONS)),
    f"again/{JUDGMENTS}",
    *("baseline.json", "people.jsonl", "predictions.jsonl", "mirror/MANIFEST.json"),
    *(f"model/{name}" for name in ("config.json", "tokenizer_config.json", "tokenizer.json")),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 1, 2**31, 2**63, -(2**70), 10**400, 1e308, 1e-320])
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["thinking", "chat", "ok", "\ud800", "2026-01-01", "0001-01-01T00:00:00+14:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
EXAMPLES = int(os.environ.get("RANDOM_FILES", "60"))
DEEP = "[" * 200_000
FEW: dict[str, Any] = {"tasks": ("demo_math",), "budgets": (16, 32), "docs": 8, "unfinished": 0.0, "thinking_lines": 1}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of our own, two of another kind, a baseline, predictions, a mirror and a model."""
    folder = tmp_path_factory.mktemp("whole")
    with contextlib.chdir(folder):
        write_run(Path("fake"), Fake(seed=1, **FEW))
        write_run(Path("other"), Fake(seed=2, model="other", **FEW))
        Path("fake", STEPS).touch()
        assert said(COMMANDS["resume"])[0] == 0
        rows = [{"id": doc, "sample": 0, "response": "4"} for doc in toy_ids()]
        Path("predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        assert said([*SCORE, "--run-dir", "judged"])[0] == 0
        assert said(COMMANDS["judge"])[0] == said(COMMANDS["judge again"])[0] == 0
        about = json.loads(Path("essays", GENERATIONS).read_text("utf-8").splitlines()[0])["id"]
        Path("people.jsonl").write_text(json.dumps({"id": about, "call": "form", "verdict": 3}) + "\n")
        Path("mirror").mkdir()
        shutil.copytree(FIXTURES / "gsm8k", "mirror/gsm8k")
        shutil.copy(FIXTURES / "MANIFEST.json", "mirror")
        Path("model").mkdir()
        for file in model_path().glob("*.js*"):
            shutil.copy(file, "model")
        assert said(["baseline", "fake", "--out", "baseline.json"])[0] == 0
        write_summary(open_run(Path("fake")))
    return folder


def toy_ids() -> list[str]:
    return [doc.id for doc in data.docs(load_tasks(TOYS).get("toy_sum"))][:3]


def said(argv: list[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(argv)
    return code, out.getvalue(), err.getvalue()


def check(argv: list[str]) -> None:
    code, out, err = said(argv)
    context = f"{argv}: {code}\n{out}\n{err}"
    assert code in ((0, 1, 2, 3) if argv[0] == "gate" else (0, 2, 3)), context
    if code == 1:
        assert "worse" in out, context
    assert "Traceback" not in err, context
    assert "should not have happened" not in err, context
    if code:
        assert err.count("qwen3-eval: ") <= 1, context


def readers(place: str) -> list[str]:
    """The commands that read a file."""
    word = place.split("/")[0]
    about = [name for name, argv in COMMANDS.items() if word in argv]
    return [*about, *(["page over all"] if word in ("run", "fake") else []), *(["list"] if word == "mirror" else [])]


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values in a value."""
    yield prefix
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield from paths(each, (*prefix, name))


def changed(value: Any, path: tuple[Any, ...], new: Any, *, remove: bool) -> Any:
    """The value with another one at a place, or with none there."""
    if not path:
        return new
    holder = value
    for name in path[:-1]:
        holder = holder[name]
    if remove:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return value


def damage(text: str, draw: Callable[[Any], Any]) -> bytes:
    """The content of a JSON file, or one line of a JSONL file, with another form."""
    kind = draw(st.sampled_from(["field", "field", "field", "whole", "deep", "bytes", "empty", "torn"]))
    if kind == "deep":
        return DEEP.encode()
    if kind == "bytes":
        return bytes(draw(st.binary(max_size=30)))
    if kind in ("empty", "torn"):
        return text[: len(text) // 2 if kind == "torn" else 0].encode()
    new = draw(VALUES)
    if kind == "field":
        value = json.loads(text)
        path = draw(st.sampled_from(sorted(paths(value), key=str)))
        new = changed(value, path, new, remove=bool(path) and draw(st.integers(0, 3)) == 0)
    return json.dumps(new).encode()


@given(st.data())
@settings(
    max_examples=int(os.environ.get("RANDOM_FILES", "120")), suppress_health_check=list(HealthCheck), deadline=None
)
def test_random_json_in_every_file(whole: Path, tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("damaged") / "copy"
    shutil.copytree(whole, folder)
    place = draw.draw(st.sampled_from(PLACES))
    path = folder / place
    if place.endswith(".jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        if lines:
            number = draw.draw(st.integers(0, len(lines) - 1))
            end = b"" if draw.draw(st.integers(0, 4)) == 0 and number == len(lines) - 1 else b"\n"
            lines[number] = damage(lines[number].decode(), draw.draw) + end
            path.write_bytes(b"".join(lines))
    else:
        path.write_bytes(damage(path.read_text(), draw.draw))
    with contextlib.chdir(folder):
        for name in draw.draw(st.permutations(readers(place)))[:2]:
            check(COMMANDS[name])
    shutil.rmtree(folder)


@pytest.mark.parametrize("place", PLACES)
def test_a_folder_and_the_simplest_values(whole: Path, tmp_path: Path, place: str) -> None:
    names = itertools.cycle(readers(place))
    for number, kind in enumerate(["folder", DEEP, "{}", "[]", "null", "7"]):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        (folder / place).unlink()
        if kind == "folder":
            (folder / place).mkdir()
        else:
            (folder / place).write_text(f"{kind}\n")
        with contextlib.chdir(folder):
            for name in itertools.islice(names, 2):
                check(COMMANDS[name])
