"""CodeElo: contest problems of Codeforces, up to eight attempts each, and a rating among the people who took part.

Rows: the problems of rated contests from May to November 2024. Asked: CodeElo's instruction and the problem as HTML.
Judged: the first code block, by the tests of the row: the examples of the statement, and ``official_tests`` with a
``generated_checker`` where a mirror's rows have these columns of ``open-r1/codeforces``. Rating: by the places that the
attempts would have had in their contests, where a mirror has the standings; else by the ratings of the problems, under
another name. Report: Tables 11 to 18.
"""

from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, needs, task

from .codeelo import codeelo_score
from .rating import CodeforcesRating

INSTRUCTION = (
    "You are a coding expert. Given a competition-level coding problem, you need to write a C++ program to solve it. "
    "You may start by outlining your thought process. In the end, please provide the complete code in a code block "
    "enclosed with ``` ```."
)
SECTIONS = ("input", "output", "interaction")
FACTS = ("rating", "examples", "time_limit_ms", "memory_limit_mb", "official_tests", "generated_checker")


@task(
    name="codeforces",
    category="code",
    version="1",
    source=Source(
        "Qwen/CodeElo",
        split="test",
        mirror="codeelo/test.jsonl",
        revision="45a2cbba03bd9d20fbca040c2f7da91b2594c444",
    ),
    samples=8,
    metric=CodeforcesRating(),
    needs=(needs.SANDBOX, needs.toolchain("C++")),
    score_seconds=600.0,
    reference="QwenLM/CodeElo@0bffc84f0477abe5fd641d4cb4c859318a572c70 main.py, calc_rating.py",
    paper=Paper(tables=tuple(range(11, 19)), metric="rating"),
    suites=("code", "report", "cards"),
    deviations=(
        "verdicts rest on the tests of the rows, not Codeforces' judge; without official_tests on the examples alone",
        "without standings of the contests there is no rating but rating_by_problems, which is not CodeElo's",
        "interactive problems are left out; in the rating of their contests they count as not solved",
        "outputs are compared token by token, where a row has no checker: right ones that differ count as wrong",
        "time is CPU time, and who is near the limit is run again alone; Python, for want of PyPy, has five times",
        "programs in other languages than C++, C and Python count as wrong",
        "the prompt has no quotation mark before the instruction, which is there by mistake; examples have headings",
    ),
)
class CodeElo(Task):
    """A program passes the tests of a problem, or does not."""

    standings = Source("codeforces.com", split="contests", mirror="codeelo/contests.jsonl")

    def lacks(self, row: Mapping[str, Any]) -> str:
        return "interactor" if row["interaction"] else ""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return Doc(str(row["problem_id"]), statement(row), None, meta={name: row.get(name) for name in FACTS})

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{INSTRUCTION}\n\n{doc.question}")

    def score(self, doc: Doc, answer: str) -> Score:
        return codeelo_score(doc.meta, answer)


def statement(row: Mapping[str, Any]) -> str:
    """A problem as HTML: its title, and its sections under their headings."""
    parts = [(name.capitalize(), row[name]) for name in SECTIONS if row[name]]
    shown = [f"<h3>Input</h3><pre>{given}</pre><h3>Output</h3><pre>{wanted}</pre>" for given, wanted in row["examples"]]
    parts += [("Examples", "".join(shown))] if shown else []
    parts += [("Note", row["note"])] if row["note"] else []
    sections = "".join(f"<h2>{title}</h2><div>{content}</div>" for title, content in parts)
    return f"<html><body><h1>{row['title']}</h1><div>{row['description']}</div>{sections}</body></html>"
