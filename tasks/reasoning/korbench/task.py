"""KOR-Bench: 1,250 questions about 125 rules that were made up for it, 250 in each of five categories.

Rows: all questions of the categories cipher, counterfactual, logic, operation and puzzle, with the rule of each. Asked:
of a base model, the authors' prompt of the category with the three examples of the rule; in chat, their prompt without
examples. Judged: what stands in the first double brackets, by the authors' rules for the category. Reported: accuracy
over all questions. The table of Qwen3.5's base model prints it.
"""

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Prompt, Score, Source, Task, task

from .rules import examples_of, found, right

COMMIT = "bb8194dff8e51e2e2247cf62aa9932c3d57d53d7"
KINDS = ("cipher", "counterfactual", "logic", "operation", "puzzle")


def rows(kind: str, name: str, n_rows: int) -> Source:
    """The questions, rules or examples of a category."""
    return Source(
        "github:KOR-Bench/KOR-Bench",
        split=name,
        configs=(kind,),
        config_column="kind",
        path=f"data/{kind}/{name}.jsonl",
        mirror=f"korbench/{kind}.{name}.jsonl",
        revision=COMMIT,
        n_rows=n_rows,
    )


def prompts(name: str) -> Source:
    """The authors' prompts of all categories, for one way of asking."""
    return Source(
        "github:KOR-Bench/KOR-Bench",
        split=name,
        path=f"config/prompt/{name}.yaml",
        mirror=f"korbench/{name}.jsonl",
        revision=COMMIT,
    )


def template(text: str, kind: str) -> str:
    """The prompt of a category in a file of them: a block of YAML, which ends in one line break."""
    block = text.split(f"{kind}_prompt_format:", 1)[1].split("- |\n", 1)[1]
    lines = re.split(r"^\S", block, maxsplit=1, flags=re.MULTILINE)[0]
    return textwrap.dedent(lines).rstrip("\n") + "\n"


@task(
    name="korbench",
    n_docs=1250,
    category="reasoning",
    version="1",
    source=tuple(rows(kind, "sample", 250) for kind in KINDS),
    tables={
        "three-shot": prompts("three-shot"),
        "zero-shot": prompts("zero-shot"),
        **{f"{kind} rule": rows(kind, "rule", 25) for kind in KINDS},
        **{f"{kind} three-shot": rows(kind, "three-shot", 75) for kind in KINDS},
    },
    protocols=("chat", "base"),
    reference=f"KOR-Bench/KOR-Bench@{COMMIT} eval/eval_utils.py, infer/data_loader.py, config/prompt",
    suites=("reasoning",),
    deviations=(
        "a completion ends where the next question begins; the reference reads on, and may find its answer there",
        "45 formulas of the category operation are compared as elsewhere here; the reference simplifies both by SymPy",
        "a sum is worked out as a sum of plain numbers, without powers; the reference runs it as Python",
    ),
)
class KorBench(Task):
    """Rules that no model has met."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        kind, rule = row["kind"], row["rule_id"]
        rules = [each["rule_content"] for each in self.tables[f"{kind} rule"] if each["idx"] == rule]
        if not rules:
            raise ValueError(f"there is no {kind} rule {rule!r}")
        content = rules[0]
        meta = {"rule": rule, "content": content, "number": int(row["idx"])}
        return Doc(f"{kind}/{row['idx']}", row["question"], row["answer"], subset=kind, meta=meta)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(self.asked("zero-shot", doc, ()))

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        examples = examples_of(self.tables[f"{doc.subset} three-shot"], doc.meta["rule"])
        return Prompt.complete(self.asked("three-shot", doc, examples), stop=("### Question:",))

    def asked(self, way: str, doc: Doc, examples: Sequence[str]) -> str:
        """The rule, the examples and the question in the authors' words."""
        words = template(self.tables[way][0]["text"], doc.subset)
        return words.format(doc.meta["content"], *examples, doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        value = right(doc.subset, doc.meta["rule"], doc.meta["number"], answer, doc.target)
        said = found(answer)
        return Score(float(value), extracted=said) if value or said is not None else Score.no_answer("no brackets")
