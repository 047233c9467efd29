"""MMLU-ProX: MMLU-Pro in 29 languages, 11,759 questions in each, answered step by step.

Rows: the test split of each language; one question in all of them is one cluster. ``mmlu_prox_lite`` asks the 588
questions that the authors picked. Asked: in chat, the authors' prompt of the language without examples (header,
question, options and the first words of an answer); of a base model, with the five examples of the validation split in
the question's language and category. Judged: the letter of the first sentence that announces it as the header of the
language asks; an answer without that sentence is wrong. ``settled_accuracy`` reads every answer otherwise: the letter
that it settles on in any form, as in ``mmmlu``. Reported: the mean over the languages, as on the model cards.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Prompt, Score, Source, Task, choice_letter, languages, metrics, task

from .wording import LETTERS, codes, wording

HARNESS = "EleutherAI/lm-evaluation-harness@4e7e0d47f33bc71070c1d38394bafbb52b117163"
REVISION = "8e6106a6c6ce1c5027e66cc338143cf997b2aa09"
LITE_REVISION = "e82aafb9460529687d3c7e51b401d8dd1dd309dd"
# Further ends of a completion, beside the line above a question.
ENDS = ("</s>", "Q:", "<|im_end|>")
SETTLED = "settled_accuracy"


def full(code: str, split: str, n_rows: int) -> Source:
    """The questions in one language."""
    return Source(
        "li-lab/MMLU-ProX",
        configs=(code,),
        config_column="config",
        split=split,
        mirror=f"mmlu_prox/{code}.{split}.jsonl",
        revision=REVISION,
        n_rows=n_rows,
    )


def lite(code: str, split: str, n_rows: int) -> Source:
    """The questions that the authors picked, in one language."""
    return Source(
        "li-lab/MMLU-ProX-Lite",
        configs=(code,),
        config_column="config",
        split=split,
        mirror=f"mmlu_prox_lite/{code}.{split}.jsonl",
        revision=LITE_REVISION,
        n_rows=n_rows,
    )


FACTS: dict[str, Any] = {
    "category": "multilingual",
    "version": "1",
    "shots": 5,
    "shots_by": "language and subset",
    "metric": metrics.Mean(over="languages"),
    "protocols": ("chat", "base"),
    "languages": tuple(languages.find_language(code).tag for code in codes()),
    "reference": f"{HARNESS} lm_eval/tasks/mmlu_prox, lm_eval/filters/extraction.py",
    "deviations": (
        "the model cards do not say how they asked; the reference gives five examples to chat models too",
        "in chat the strings that end a completion in the reference end nothing",
    ),
}


@task(
    name="mmlu_prox",
    n_docs=29 * 11_759,
    source=tuple(full(code, "test", 11_759) for code in codes()),
    few_shot=tuple(full(code, "validation", 70) for code in codes()),
    suites=("cards",),
    **FACTS,
)
class MmluProX(Task):
    """Up to ten options in 29 languages, reasoning before the letter."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        code, category = row["config"], row["category"]
        words, options = wording(code), [row[f"option_{index}"] for index in range(len(LETTERS))]
        listed = [f"{letter}. {text}\n" for letter, text in zip(LETTERS, options, strict=True) if text is not None]
        return Doc(
            f"{code}/{row['question_id']}",
            f"{words.question}\n{row['question']}\n{words.options}\n{''.join(listed)}",
            row["answer"],
            language=languages.find_language(code).tag,
            group=str(row["question_id"]),
            subset=category,
            meta={"code": code, "solution": (row["cot_content"] or "").replace(words.shown_think, words.think)},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(self.asked(doc, ()))

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        return Prompt.complete(self.asked(doc, shots), stop=(*ENDS, wording(doc.meta["code"]).question))

    def asked(self, doc: Doc, shots: Sequence[Doc]) -> str:
        """The instruction, the examples with their solutions, and the question up to the answer's first words."""
        words = wording(doc.meta["code"])
        examples = "".join(f"{shot.question}{shot.meta['solution']}\n\n" for shot in shots)
        return f"{words.instruction(doc.subset)}{examples}{doc.question}{words.think}"

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return (SETTLED,)

    def score(self, doc: Doc, answer: str) -> Score:
        further = {SETTLED: float(choice_letter(answer, LETTERS) == doc.target)}
        stated = wording(doc.meta["code"]).announced.search(answer)
        if stated is None:
            return Score(0.0, "no_answer", metrics=further, detail="no sentence as the header asks for it")
        return Score(float(stated[1] == doc.target), extracted=stated[1], metrics=further)


@task(
    name="mmlu_prox_lite",
    n_docs=29 * 588,
    source=tuple(lite(code, "test", 588) for code in codes()),
    few_shot=tuple(lite(code, "validation", 70) for code in codes()),
    summary="MMLU-ProX-Lite: the 588 questions a language that the authors of MMLU-ProX picked of it.",
    **FACTS,
)
class MmluProXLite(MmluProX):
    """The authors' smaller set."""
