"""``score`` of every task whose rows are at hand: answers made here, judged there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.same_output.answers import Form, drawn, predictions
from scripts.same_output.own_forms import OWN
from scripts.same_output.recorder import Recorder
from scripts.same_output.views import EXPORTS, compare, gate, index, plain, reproduce, view

# Docs that a task is asked for their ids and prompts, and those of them that are answered. Programs take longer.
ASKED, ANSWERED = 4_500, 40
PROGRAMS_ASKED, PROGRAMS_ANSWERED = 40, 16
# Samples a doc, where the task asks for several.
SAMPLES = 3
MANY_LANGUAGES = 20
# Of the runs one in so many is written in all formats, and compared with other answers.
WHOLE = 3


@dataclass(frozen=True)
class Job:
    """A task under one protocol, with its rows in one of the data folders."""

    task: str
    protocol: str
    mirror: int
    samples: int
    languages: int
    heavy: bool

    @property
    def name(self) -> str:
        """Of its run directories."""
        return f"{self.task}-{self.protocol}-{self.mirror}"

    @property
    def limit(self) -> tuple[str, str]:
        """The option that says how many docs are asked."""
        if self.languages > 1:
            return "--limit-per-language", "2" if self.languages > MANY_LANGUAGES else "10"
        return "--limit", str(PROGRAMS_ASKED if self.heavy else ASKED)

    @property
    def answered(self) -> int:
        """Docs that get an answer."""
        return PROGRAMS_ANSWERED if self.heavy else ANSWERED * (2 if self.languages > 1 else 1)

    @property
    def data(self) -> tuple[str, str]:
        """The option that names the data folder."""
        return "--data-dir", f"mirror{self.mirror}"


def jobs(recorder: Recorder) -> Iterator[Job]:
    """Every task and protocol with rows in the first data folder; in the second, where the first lacks some."""
    first, second = (_listed(recorder, number) for number in (0, 1))
    for name, task in first.items():
        here = [0] if not task["data"].startswith("no:") else []
        there = (
            [1] if task["data"] not in ("mirror", "generated") and not second[name]["data"].startswith("no:") else []
        )
        for mirror in here + there:
            for protocol in task["protocols"]:
                samples = SAMPLES if task["samples"] > 1 else 1
                yield Job(name, protocol, mirror, samples, len(task["languages"]), task["category"] == "code")


def _listed(recorder: Recorder, mirror: int) -> dict[str, dict[str, Any]]:
    said = recorder.house.ask("list", "--json", "--data-dir", f"mirror{mirror}")
    return {task["name"]: task for task in json.loads(said.out)["tasks"]}


def score(recorder: Recorder) -> None:
    """Each task asked by the mock engine, scored with answers made here, and what is made of that."""
    found = list(jobs(recorder))
    recorder.each(lambda job: _score(recorder, job), found)
    scored = [job for job in found if (recorder.scratch / "runs" / job.name / "scores.jsonl").is_file()]
    runs = [plain(recorder, job.name) for job in scored]
    recorder.each(
        lambda pair: view(recorder, pair[1], EXPORTS if pair[0] % WHOLE == 0 else ("lm-eval",)), enumerate(runs)
    )
    again = [job for job in scored if not job.heavy][::WHOLE]
    recorder.each(lambda job: _against_another(recorder, job), again)
    reproduce(recorder, "demo", runs)
    recorder.ask("report-all", "report", *runs, "--out", "made/all.html")
    recorder.keep_page("report-all.html", recorder.scratch / "made/all.html")
    index(recorder, "plain")


def forms(recorder: Recorder) -> None:
    """Tasks that judge the form of a text, scored once more with texts of many forms."""
    found = [job for job in jobs(recorder) if job.task in OWN]
    recorder.each(lambda job: _score(recorder, job, OWN[job.task]), found)


def _score(recorder: Recorder, job: Job, forms: Sequence[Form] = ()) -> None:
    """Asks for the prompts of a task, answers some of them and has the answers scored."""
    asked = f"asked-{job.name}"
    ask = (
        "run",
        "--engine",
        "mock",
        "--model",
        "demo",
        "--mode",
        "non-thinking",
        "--samples",
        "1",
        "--tasks",
        job.task,
    )
    recorder.run(asked, *ask, "--protocol", job.protocol, *job.limit, *job.data)
    if (recorder.scratch / "runs" / asked / "prompts.jsonl").is_file():
        _score_answers(recorder, job, "", job.name, forms)


def _score_answers(recorder: Recorder, job: Job, salt: str, name: str, forms: Sequence[Form] = ()) -> None:
    path = Path("predictions") / f"{name}.jsonl"
    prompts = _prompts(recorder.scratch / "runs" / f"asked-{job.name}" / "prompts.jsonl", job.answered)
    rows = predictions(prompts, samples=job.samples, salt=salt, forms=forms)
    (recorder.scratch / path).parent.mkdir(exist_ok=True)
    (recorder.scratch / path).write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    argv = ("score", "--task", job.task, "--protocol", job.protocol, *job.data, "--model", "demo")
    recorder.run(name, *argv, "--predictions", str(path))


def _prompts(path: Path, most: int) -> list[dict[str, Any]]:
    """Lines of ``prompts.jsonl``, one a doc, drawn by their ids."""
    rows: dict[str, dict[str, Any]] = {}
    with open(path, encoding="utf-8") as file:
        for row in sorted(map(json.loads, file), key=lambda row: str(row["prompt_sha256"])):
            rows[row["id"]] = row
    return sorted(rows.values(), key=lambda row: drawn("chosen", row["id"]))[:most]


def _against_another(recorder: Recorder, job: Job) -> None:
    """The same questions answered otherwise, compared with the first answers."""
    other = f"{job.name}-again"
    _score_answers(recorder, job, "again", other)
    run = plain(recorder, other)
    compare(recorder, job.name, f"plain/{job.name}", run)
    gate(recorder, job.name, run, job.name)
