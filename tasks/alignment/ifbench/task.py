"""IFBench: 300 prompts with constraints that models were not trained on, of 58 kinds that a program can check.

Rows: allenai/IFBench, the prompts of its own repository. Asked: the prompt as it is. Judged: each constraint by the
checks of the reference, on the answer as it is (strict) and on eight variants of it (loose). The score is the share of
prompts whose constraints are all followed loosely, which is what the authors report; the other three accuracies are
kept as metrics, those over constraints weighted by their number. Cards: Qwen3.5, which print one number, no variant.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Prompt, Score, Source, Task, instructions, metrics, task

from . import syllables
from .kinds import KINDS

COMMIT = "db69a6f05689830b0068b8f1529ebcfd2f3b164c"


@task(
    name="ifbench",
    n_docs=300,
    category="alignment",
    version="1",
    source=Source(
        "github:allenai/IFBench",
        split="test",
        path="data/IFBench_test.jsonl",
        mirror="ifbench/IFBench_test.jsonl",
        revision=COMMIT,
    ),
    reference=f"allenai/IFBench@{COMMIT} ifbench/instructions.py, evaluation_lib.py",
    metric=metrics.Mean("loose_prompt_accuracy"),
    suites=("alignment", "cards"),
    score_seconds=30.0,
    deviations=(
        "the cards do not say whether they print loose or strict accuracy: loose, as the authors do",
        "cards up to March 2026 are older than the reference's last corrections (pronouns, places of words, spans)",
        "sentences and tokens are NLTK's, by the rules of its 3.9.1 in code of this project",
        "a verb at the start is told by its form; the reference asks NLTK's tagger, which takes many orders for names",
        "syllables: the table of syllapy 0.7.2 is read, and its rule for other words is followed without running it",
        "emojis are those of the emoji package that is installed; the reference has 2.15.0",
        "an answer on which the reference's checker stops with an error does not follow the constraint",
    ),
)
class IFBench(Task):
    """Constraints that a program can check."""

    def lacks(self, row: Mapping[str, Any]) -> str:
        return syllables.lacking() if "words:odd_even_syllables" in row["instruction_id_list"] else ""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        names = list(row["instruction_id_list"])
        given = [arguments(name, each) for name, each in zip(names, row["kwargs"], strict=True)]
        weights = {"instruction_strict": float(len(names)), "instruction_loose": float(len(names))}
        return Doc(str(row["key"]), row["prompt"], {"instructions": names, "arguments": given}, weights=weights)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return ("prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose")

    def score(self, doc: Doc, answer: str) -> Score:
        names = doc.target["instructions"]
        found = instructions.check(names, doc.target["arguments"], answer, KINDS)
        metrics = {
            "prompt_strict": float(found.all_strict),
            "prompt_loose": float(found.all_loose),
            "instruction_strict": sum(found.strict) / len(names),
            "instruction_loose": sum(found.loose) / len(names),
        }
        missed = [name for name, followed in zip(names, found.loose, strict=True) if not followed]
        detail = f"not followed: {', '.join(missed)}" if missed else "all followed"
        return Score(metrics["prompt_loose"], metrics=metrics, detail=detail)


def arguments(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a constraint; the rows have most numbers with a decimal point."""
    whole = {key: int(value) if isinstance(value, float) else value for key, value in given.items()}
    return dict(instructions.arguments(name, whole, KINDS))
