"""Writes ``docs/tasks.md`` from the tasks' own metadata: ``python scripts/task_docs.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qwen3_eval.catalog import datasets_of, judge_texts, needs_of, source_texts
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import Registry, load_tasks
from qwen3_eval.task.source import Fitted, Generated, Source
from qwen3_eval.types import COMPARABLE, REBUILT

OUT = Path(__file__).parent.parent / "docs" / "tasks.md"


def page(registry: Registry) -> str:
    """The whole page."""
    parts = ["# Tasks", "Written by `make docs` from the task files; edit those instead."]
    for category in sorted({task.spec.category for task in registry.tasks.values()}):
        parts.append(f"## {category.replace('_', ' ')}")
        chosen = [task for task in registry.tasks.values() if task.spec.category == category]
        parts += ["\n".join(entry(task)) for task in chosen]
    suites = [f"- `{suite}`: {', '.join(names)}" for suite, names in sorted(registry.suites().items())]
    return "\n\n".join([*parts, "## suites", "\n".join(suites)]) + "\n"


def entry(task: Task) -> Iterator[str]:
    """One task: what it is, where it comes from, how it is judged."""
    spec = task.spec
    yield f"### {spec.name}"
    yield ""
    yield spec.summary
    yield ""
    yield f"- version {spec.version}; {spec.samples} sample(s) a question; {' and '.join(spec.protocols)} protocol"
    yield from (f"- rows: {text}" for text in _rows(task))
    yield f"- scorer follows: {spec.reference}"
    if spec.paper:
        yield f"- report: Table(s) {', '.join(str(table) for table in spec.paper.tables)} ({spec.paper.metric})"
    if spec.rebuilt:
        yield f"- {REBUILT}; {COMPARABLE}"
    if needs := needs_of(spec):
        yield f"- needs: {', '.join(needs)}"
    yield from (f"- {text}" for text in judge_texts(spec))
    for prompt in spec.prompts:
        yield f"- prompt `{prompt.name}`, version {prompt.version}: {_shown(prompt.text)}"
    for text in spec.deviations:
        yield f"- deviation: {text}"


def _shown(text: str) -> str:
    """A prompt's text; in a block where its lines could be taken for the page's own."""
    lines = text.strip("\n").splitlines()
    return text if len(lines) < 2 else "\n".join(["", "", "  ```text", *(f"  {line}" for line in lines), "  ```"])


def _rows(task: Task) -> list[str]:
    spec = task.spec
    if isinstance(spec.source, Generated | Fitted):
        return source_texts(spec)
    files = [f"; in a mirror {_names(parts)}" for parts in datasets_of(spec)]
    return [text + file for text, file in zip(source_texts(spec), files, strict=True)]


def _names(parts: list[Source]) -> str:
    """The file in a mirror, or the first of several."""
    return f"`{parts[0].mirror}`" + (f" and {len(parts) - 1} more" if parts[1:] else "")


if __name__ == "__main__":
    OUT.write_text(page(load_tasks()), encoding="utf-8")
