"""Holds the verdicts of CRUX-O against the authors' own code.

    python -m scripts.fidelity.crux_o answers ROWS OUT [GENERATIONS]     in the project's environment
    python crux_o.py compare OUT REFERENCE                               in any environment that has numpy

ROWS is the benchmark's file; GENERATIONS, optional, the authors' sample of a model's outputs, a JSON object of lists.
REFERENCE is a checkout of facebookresearch/cruxeval. Answers are the right output, or a wrong one, in the forms that
completions and chat models write.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SEED = 800
# Name of a form, and the answer that it makes of the call and an output.
FORMS: Mapping[str, Callable[[str, str], str]] = {
    "alone": lambda call, value: value,
    "marked": lambda call, value: f"[THOUGHT]\nIt returns {value}.\n[/THOUGHT]\n[ANSWER]\n{value}\n[/ANSWER]",
    "assertion": lambda call, value: f"assert {call} == {value}",
    "steps": lambda call, value: f"So it gives that.\n[/THOUGHT]\n[ANSWER]\nassert {call} == {value}\n[/ANSWER]",
    "steps, cut": lambda call, value: f"So it gives that.\n[/THOUGHT]\n[ANSWER]\nassert {call} == {value}\n",
    "no mark": lambda call, value: f"The output is {value}",
    "comment": lambda call, value: f"[ANSWER]\nassert {call} == {value}  # as asked\n[/ANSWER]",
    "message": lambda call, value: f"[ANSWER]\nassert {call} == {value}, 'as asked'\n[/ANSWER]",
    "two lines": lambda call, value: f"[ANSWER]\nassert {call} == {value}\nassert True\n[/ANSWER]",
    "brackets": lambda call, value: f"[ANSWER]\nassert {call} == ({value})\n[/ANSWER]",
    "expression": lambda call, value: f"[ANSWER]\nassert {call} == [{value}][0]\n[/ANSWER]",
    "fence": lambda call, value: f"[ANSWER]\n```python\nassert {call} == {value}\n```\n[/ANSWER]",
    "fence alone": lambda call, value: f"```\n{value}\n```",
    "the call": lambda call, value: f"[ANSWER]\n{call}\n[/ANSWER]",
    "question marks": lambda call, value: "[ANSWER]\nassert f(1) == ??\n[/ANSWER]",
    "nothing": lambda call, value: "",
}
# What may become of an output.
CHANGES: Mapping[str, Callable[[Any], Any]] = {
    "right": lambda value: value,
    "as float": lambda value: float(value) if isinstance(value, int) and not isinstance(value, bool) else value,
    "as int": lambda value: int(value) if isinstance(value, bool) else value,
    "as tuple": lambda value: tuple(value) if isinstance(value, list) else value,
    "as list": lambda value: list(value) if isinstance(value, tuple) else value,
    "more": lambda value: [value, value],
    "as text": str,
    "none": lambda value: None,
}


def answers(rows: Path, out: Path, generations: Path | None = None) -> None:
    """Writes a line for each answer: row, form, answer, and our verdict."""
    import ast

    from qwen3_eval.task.registry import bundled_tasks_dir, load_module

    crux_score = load_module(bundled_tasks_dir() / "code" / "cruxeval", "outputs").crux_score

    rng = random.Random(SEED)
    found = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]
    given = json.loads(generations.read_text(encoding="utf-8")) if generations else {}
    with open(out, "w", encoding="utf-8") as file:
        for row in found:
            call, value = f"f({row['input']})", ast.literal_eval(row["output"])
            made = [("model", text) for text in given.get(row["id"], [])[:2]]
            for _ in range(2):
                form, change = rng.choice(sorted(FORMS)), rng.choice(("right", *sorted(CHANGES)))
                made.append((form, FORMS[form](call, repr(CHANGES[change](value)))))
            for form, text in made:
                score = crux_score(row, text)
                file.write(json.dumps([row, form, text, score.value, score.detail]) + "\n")


def compare(out: Path, reference: Path) -> None:
    """Prints how often the reference gives our verdict, by form, and where it does not."""
    sys.path.insert(0, str(reference / "evaluation"))
    from utils_general import evaluate_score  # type: ignore[import-not-found]

    total: Counter[str] = Counter()
    same: Counter[str] = Counter()
    unlike: dict[str, list[Any]] = defaultdict(list)
    for line in out.read_text(encoding="utf-8").splitlines():
        row, form, text, ours, detail = json.loads(line)
        said = text if form == "model" else taken(text)
        theirs = bool(evaluate_score(([said], (row["code"], row["input"], row["output"]), "output"))[0])
        total[form] += 1
        same[form] += theirs == bool(ours)
        if theirs != bool(ours):
            unlike[form].append((text, ours, detail, theirs, row["output"]))
    for form in sorted(total):
        print(f"{form:20} {same[form]:6} of {total[form]:6}")
    print(f"{'all':20} {sum(same.values()):6} of {sum(total.values()):6}")
    for form, found in unlike.items():
        print(form, len(found), *min(found, key=lambda each: len(each[0])))


def taken(completion: str) -> str:
    """The output in a completion, behind the mark and the sign, as the reference's task takes it."""
    text = completion.split("[/ANSWER]")[0]
    text = text.split("[ANSWER]")[1] if "[ANSWER]" in text else text
    return (text.split("==")[1] if "==" in text else text).strip()


if __name__ == "__main__":
    PARTS: dict[str, Callable[..., None]] = {"answers": answers, "compare": compare}
    PARTS[sys.argv[1]](*map(Path, sys.argv[2:]))
