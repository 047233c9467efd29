"""AutoLogi: open-ended logic puzzles in English and Chinese; an arrangement counts when the row's programs accept it.

Rows: 1,575 English and 883 Chinese puzzles, grown from 210 and 147 by adding and removing constraints; the variants
of one are one group. Asked: the row's prompt, which describes the form of the answer. Judged: the last fenced block
(else the last ``{...}``, else the last ``[...]``), read as a literal and put to the row's own programs, in the sandbox.
Report: Tables 11 to 20; one number, the mean of English and Chinese (as the benchmark's own leaderboard has it).
"""

from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, metrics, needs, task

from .arrangement import find_arrangement, verify_arrangement

COMMIT = "d67fda13ab3d950403b32ca2242aee426e54472a"
# Name of the file, and IETF tag, by what a row's column ``lang`` says; the authors' own tools write zh_cn.
CHINESE = ("cn", "zh-Hans")
LANGUAGES = {"en": ("en", "en"), "cn": CHINESE, "zh": CHINESE, "zh_cn": CHINESE}


def puzzles(name: str) -> Source:
    """One of the two files of the authors."""
    return Source(
        "github:8188zq/AutoLogi",
        split="test",
        path=f"testing-data/AutoLogi_{name}.jsonl",
        mirror=f"autologi/AutoLogi_{name}.jsonl",
        revision=COMMIT,
    )


@task(
    name="autologi",
    category="reasoning",
    version="1",
    source=(puzzles("en"), puzzles("cn")),
    reference=f"8188zq/AutoLogi@{COMMIT} evaluation/eval.py, run_code.py",
    paper=Paper(tables=(11, 12, 13, 14, 15, 16, 17, 18, 19, 20), metric="accuracy"),
    languages=("en", "zh-Hans"),
    suites=("reasoning", "report"),
    metric=metrics.Mean(over="subsets"),
    needs=(needs.SANDBOX,),
    score_seconds=30.0,
    deviations=(
        "the arrangement is data and is never run; in the reference one that is a string becomes code",
        "20 s of CPU time for the programs instead of 20 s of wall time",
    ),
)
class AutoLogi(Task):
    """Puzzles with many solutions and a program that knows them."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        (subset, language), code = LANGUAGES[row["lang"]], row["code"]
        return Doc(
            id=f"{subset}/{row['idx']}",
            question=row["prompt"],
            target=f"{code['Inputs_Check_code']}\n{code['Constraint_List_code']}",
            language=language,
            group=f"{subset}/{row['group_id']}" if "group_id" in row else "",
            subset=subset,
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        found = find_arrangement(answer)
        if found is None:
            return Score.no_answer("no fenced block, no braces and no list")
        checked = verify_arrangement(found, doc.target)
        if checked.unreadable:
            return Score(0.0, "no_answer", extracted=found, detail="neither a literal nor JSON")
        return Score(float(checked.passed), extracted=found, detail=checked.said)
