"""IFEval: 541 prompts with instructions that a program can check, such as a number of words or no commas.

Rows: google/IFEval, the official input data. Asked: the prompt as it is. Judged: each instruction by the checks of
instruction_following_eval, on the answer as it is (strict) and on eight variants of it (loose). The score is the share
of prompts whose instructions are all followed strictly; the other three accuracies are kept as metrics, those over
instructions weighted by their number, as the official ones are. Report: Tables 11 to 20 and 22.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, instructions, metrics, task


@task(
    name="ifeval",
    n_docs=541,
    category="alignment",
    version="1",
    source=Source(
        "google/IFEval",
        split="train",
        mirror="ifeval/train.jsonl",
        revision="966cd89545d6b6acfd7638bc708b98261ca58e84",
    ),
    reference="google-research/google-research@3f357bde6df14f1eb8b7d27518072b396b7f8a2a instruction_following_eval",
    paper=Paper(tables=(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22), metric="strict_prompt_accuracy"),
    metric=metrics.Mean("strict_prompt_accuracy"),
    suites=("alignment", "report", "cards"),
    score_seconds=30.0,
    deviations=(
        "the language detector is seeded; the official one is not, and varies on texts between languages",
        "prompts 1122 and 1129 count # and ! as the reference does now; it used to count a random letter instead",
        "sentences and words are split as NLTK 3.9.1 does, whatever NLTK is installed",
    ),
)
class IFEval(Task):
    """Instructions that a program can check."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        names = list(row["instruction_id_list"])
        given = [instructions.arguments(name, each) for name, each in zip(names, row["kwargs"], strict=True)]
        weights = {"instruction_strict": float(len(names)), "instruction_loose": float(len(names))}
        target = {"instructions": names, "arguments": given}
        return Doc(str(row["key"]), row["prompt"], target, weights=weights)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return ("prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose")

    def score(self, doc: Doc, answer: str) -> Score:
        names = doc.target["instructions"]
        found = instructions.check(names, doc.target["arguments"], answer)
        metrics = {
            "prompt_strict": float(found.all_strict),
            "prompt_loose": float(found.all_loose),
            "instruction_strict": sum(found.strict) / len(names),
            "instruction_loose": sum(found.loose) / len(names),
        }
        missed = [name for name, followed in zip(names, found.strict, strict=True) if not followed]
        return Score(
            metrics["prompt_strict"],
            metrics=metrics,
            detail=f"not followed: {', '.join(missed)}" if missed else "all followed",
        )
