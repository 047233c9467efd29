"""A recording being made: commands are asked, and what they say and write is kept as text files."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.same_output.house import House, Said
from scripts.same_output.normal import JOURNALS, page_text, plain_lines, plain_manifest, plain_summary, said_text

DIALOGUE = "toy_dialogue.py"
TEXTS = {".json", ".jsonl", ".csv", ".svg", ".xml", ".md", ".txt", ".tex"}


@dataclass(frozen=True)
class Recorder:
    """One part of a recording: commands run in ``out/scratch/<part>``, ``out/record/<part>`` is what is compared."""

    out: Path
    part: str
    house: House
    workers: int
    data: tuple[Path, ...] = ()

    @classmethod
    def begin(cls, out: Path, part: str, checkout: Path, workers: int, data: Sequence[Path]) -> Recorder:
        """An empty part; what an earlier recording left of it goes. Each data folder is linked as ``mirror<n>``."""
        scratch = out / "scratch" / part
        for folder in (scratch, out / "record" / part):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        for number, folder in enumerate(data):
            (scratch / f"mirror{number}").symlink_to(folder)
        return cls(out, part, House(checkout, scratch), workers, tuple(data))

    @property
    def scratch(self) -> Path:
        """Where the commands run."""
        return self.house.scratch

    def keep(self, name: str, text: str) -> None:
        """A file of the recording."""
        path = self.out / "record" / self.part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def ask(self, name: str, *argv: str) -> Said:
        """Asks a command and keeps what it said under a name."""
        said = self.house.ask(*argv)
        paths = [(str(self.house.checkout), "<house>"), (str(self.scratch), "<scratch>")]
        out, err = said_text(said.out, paths), said_text(said.err, paths)
        self.keep(f"{name}.said", f"$ {' '.join(argv)}\nexit code {said.code}\n--- stdout\n{out}--- stderr\n{err}")
        return said

    def run(self, name: str, *argv: str) -> None:
        """Makes or resumes ``runs/<name>``, keeps it, and notes how it was made for a later resume."""
        whole = (*argv, "--run-dir", f"runs/{name}")
        self.note(name, whole)
        self.ask(f"made/{name}", *whole)
        self.keep_run(f"runs/{name}", self.scratch / "runs" / name)

    def note(self, name: str, argv: Sequence[str]) -> None:
        """Writes down, outside what is compared, how a run is made."""
        path = self.scratch / "argv" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(argv), "utf-8")

    def keep_page(self, name: str, path: Path) -> None:
        """A page, with its data laid open; nothing where the command made none."""
        if path.is_file():
            self.keep(name, page_text(path.read_text("utf-8")))

    def keep_folder(self, name: str, folder: Path) -> None:
        """All files below a folder: texts as they are, tables of parquet as lines, others by their digest."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.keep(f"{name}/{path.relative_to(folder)}{_suffix(path)}", _text_of(path))

    def keep_run(self, name: str, run: Path) -> None:
        """What a run wrote: manifest, summary and journals, without what differs from run to run."""
        if not (run / "run.json").is_file():
            return
        manifest = plain_manifest(json.loads((run / "run.json").read_text("utf-8")))
        self.keep(f"{name}/run.json", json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
        if (run / "summary.json").is_file():
            self.keep(f"{name}/summary.json", plain_summary((run / "summary.json").read_text("utf-8")))
        for journal in JOURNALS:
            if (run / journal).is_file():
                self.keep(f"{name}/{journal}", plain_lines((run / journal).read_text("utf-8")))
        known = {*JOURNALS, "run.json", "summary.json"}
        self.keep(f"{name}/files", "".join(f"{path.name}\n" for path in sorted(run.iterdir())))
        others = [path for path in sorted(run.iterdir()) if path.is_file() and path.name not in known]
        for path in others:
            self.keep(f"{name}/{path.name}.sha256", _digest(path))

    def outcome(self) -> str:
        """How many commands were asked, and with what exit codes: a house that cannot start is seen here."""
        codes = Counter(path.read_text("utf-8").split("\n", 2)[1] for path in self._said())
        return ", ".join(f"{count} commands with {code}" for code, count in sorted(codes.items()))

    def _said(self) -> Iterator[Path]:
        return (self.out / "record" / self.part).rglob("*.said")

    def each(self, work: Callable[[Any], object], things: Iterable[Any]) -> None:
        """Does some work for each of several things, as many at a time as there are workers."""
        with ThreadPoolExecutor(self.workers) as pool:
            list(pool.map(work, things))


def _suffix(path: Path) -> str:
    return {".parquet": ".jsonl", ".html": ""}.get(path.suffix, "" if path.suffix in TEXTS else ".sha256")


def _text_of(path: Path) -> str:
    if path.suffix == ".parquet":
        return parquet_text(path)
    if path.suffix == ".html":
        return page_text(path.read_text("utf-8"))
    return path.read_text("utf-8") if path.suffix in TEXTS else _digest(path)


def _digest(path: Path) -> str:
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def parquet_text(path: Path) -> str:
    """The schema and the rows of a parquet file, and the digest of its bytes."""
    from pyarrow import parquet

    table = parquet.read_table(path)
    rows = (json.dumps(row, ensure_ascii=False, default=str) for row in table.to_pylist())
    return "\n".join([_digest(path).strip(), str(table.schema), *rows, ""])


def own_tasks(recorder: Recorder) -> None:
    """The checkout's own toy task of conversations, for ``--tasks-dir tasks``: a task is written for one api."""
    [task] = (recorder.house.checkout / "tests").rglob(DIALOGUE)
    (recorder.scratch / "tasks").mkdir()
    shutil.copy(task, recorder.scratch / "tasks")
