"""What an answer to LiveBench's AMPS_Hard and tablereformat costs: short cuts against the official ways, in one run.

    python -m speed.livebench_grading [--data-dir DIR]

The official ways are SymPy's own calls of its parsers, and pandas for every table. Each truth of the mirror (without
one: of a few questions here) is answered as it stands, in another spelling, and wrongly. A truth is read anew for each
answer, as it is for the first one to a question.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from qwen3_eval import data
from qwen3_eval.data.mirror import mirror_dir
from qwen3_eval.task.registry import bundled_tasks_dir, load_module, load_tasks
from speed.figures import figure

TASK = "livebench_2024_11_25"
ROUNDS = 3
BOUND = 5.0
QUESTION = "Please convert the Input Table from JSON format to {} format. Please respond only with the table."
FORMULAS = (
    "3",
    r"\frac{29}{\sqrt{2}}",
    r"36 \sqrt[5]{2} 5^{4/5} 11^{3/5}",
    r"\lambda ^4-8 \lambda ^3-78 \lambda ^2+6911 \lambda -1990",
    r"5 \left(x-\frac{4}{5}\right)^2-\frac{96}{5}",
    r"5 \sec ^2(5 x+1)-8 \sin (7-8 x)",
)
TABLES = (
    ("CSV", "tool,price,since\n" + "".join(f"hammer {number},{number}.5,{1990 + number}\n" for number in range(20))),
    ("JSONL", "".join(f'{{"tool":"hammer {number}","price":{number}.5}}\n' for number in range(20))),
)
DIGIT, LETTER = re.compile(r"\d(?=\D*$)"), re.compile(r"[a-z](?=[^a-z]*$)")


@dataclass(frozen=True)
class LiveAnswer:
    """A question's facts, as the scorer takes them, and an answer."""

    facts: dict[str, Any]
    answer: str


def module(name: str) -> ModuleType:
    """A module of the benchmark."""
    return load_module(bundled_tasks_dir() / "general" / TASK, name)


def facts_of(kind: str, folder: Path | None) -> list[dict[str, Any]]:
    """The questions of a task of LiveBench."""
    if folder is not None:
        docs = data.docs(load_tasks().get(TASK), folder)
        found = [{**doc.meta, "question": doc.question, "ground_truth": doc.target} for doc in docs]
        return [facts for facts in found if facts["task"] == kind]
    if kind == "AMPS_Hard":
        return [{"subtask": "amps_hard", "question": "", "ground_truth": truth} for truth in FORMULAS]
    return [{"question": QUESTION.format(form), "ground_truth": truth} for form, truth in TABLES]


def formulas(facts: dict[str, Any]) -> list[LiveAnswer]:
    """Answers to a question of AMPS_Hard: right, spelled otherwise, and with another digit."""
    truth = str(facts["ground_truth"])
    other = truth.replace(r"\frac", r"\dfrac").replace(" ", "  ").replace("+", " + ")
    return [LiveAnswer(facts, rf"So it is $\boxed{{{text}}}$.") for text in (truth, other, _off(truth))]


def tables(facts: dict[str, Any]) -> list[LiveAnswer]:
    """Answers to a question of tablereformat: right, in a fence, and with another letter or digit."""
    truth = str(facts["ground_truth"])
    return [LiveAnswer(facts, text) for text in (truth, f"```\n{truth}\n```", _off(truth))]


def _off(text: str) -> str:
    pattern = LETTER if not DIGIT.search(text) else DIGIT
    return pattern.sub(lambda found: "7" if found[0] in "0123456" else "2", text, count=1)


def _parsed_officially(text: str) -> Any:
    from sympy.parsing.latex import parse_latex_lark

    return parse_latex_lark(text)


@contextmanager
def official_formulas() -> Iterator[None]:
    """Formulas are read as SymPy reads them."""
    from antlr4.atn.PredictionMode import PredictionMode

    symbolic = module("symbolic")
    full = partial(symbolic._antlr_tree, mode=PredictionMode.LL)
    with (
        patch.object(symbolic.grammar, "parse", _parsed_officially),
        patch.object(symbolic, "_antlr_tree", lambda text, mode: full(text)),
    ):
        yield


@contextmanager
def official_tables() -> Iterator[None]:
    """Tables are read by pandas."""
    with patch.object(module("plain"), "verdict", lambda *_: None):
        yield


def score_formula(asked: LiveAnswer) -> float:
    """The verdict on a formula."""
    module("symbolic").readings.cache_clear()
    return float(module("mathematics").math_score("AMPS_Hard", asked.facts, asked.answer).value)


def score_table(asked: LiveAnswer) -> float:
    """The verdict on a table."""
    tables_ = module("tables")
    tables_._truth.cache_clear()
    return float(tables_.tablereformat(asked.facts, asked.answer).value)


def seconds(score: Callable[[LiveAnswer], float], answers: Sequence[LiveAnswer]) -> tuple[float, list[float]]:
    """CPU seconds for all answers, and the verdicts."""
    start = time.process_time()
    verdicts = [score(asked) for asked in answers]
    return time.process_time() - start, verdicts


def compare(
    kind: str, answers: Sequence[LiveAnswer], score: Callable[[LiveAnswer], float], official: Callable[[], Any]
) -> None:
    """Prints a line: medians of several rounds, ours and theirs by turns."""
    ours, theirs, differ = [], [], 0
    for asked in answers[:3]:
        score(asked)
    for _ in range(ROUNDS):
        spent, verdicts = seconds(score, answers)
        with official():
            other, officially = seconds(score, answers)
        ours.append(spent)
        theirs.append(other)
        differ = sum(one != another for one, another in zip(verdicts, officially, strict=True))
    mine, others = (1000 * statistics.median(each) / len(answers) for each in (ours, theirs))
    ratio = statistics.median(other / spent for spent, other in zip(ours, theirs, strict=True))
    figure(f"livebench: {kind}, CPU of one of {len(answers)} answers", mine, "ms")
    figure(f"livebench: {kind}, the official way", others, "ms")
    figure(f"livebench: {kind}, the official way beside ours", ratio, "times", f"{BOUND:g} at least")
    figure(f"livebench: {kind}, verdicts that differ", differ, "", "0")


def main() -> None:
    """Prints a line for each of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path)
    folder = mirror_dir(parser.parse_args().data_dir)
    made = [asked for facts in facts_of("AMPS_Hard", folder) for asked in formulas(facts)]
    compare("AMPS_Hard", made, score_formula, official_formulas)
    made = [asked for facts in facts_of("tablereformat", folder) for asked in tables(facts)]
    compare("tablereformat", made, score_table, official_tables)


if __name__ == "__main__":
    main()
