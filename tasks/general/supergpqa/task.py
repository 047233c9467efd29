"""SuperGPQA: 26,529 graduate-level questions of 285 subfields with up to ten options.

Rows: all questions. Asked: of a base model, the authors' five-shot prompt, read from their repository: an instruction,
five worked examples, then the question; in chat, their zero-shot prompt. Judged: the letter that the last line, else
the text, announces as the answer, else the option whose text it announces, by the authors' expressions. Reported:
accuracy over all questions; the subsets are the thirteen disciplines. Report: Tables 3 to 8 (base); model cards print
it in chat.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, NamedPrompt, Paper, Prompt, Score, Source, Task, task

from .letter import completed_letter, stated_letter

COMMIT = "03a3e2789c50e335c83be8b62cb7334dd92bd78a"
# The prompt file holds one YAML block, in which braces are doubled for str.format and {} is the question's place.
BLOCK = "- |\n"
PIECE = re.compile(r"^(?=Question:)", re.MULTILINE)
ZERO_SHOT = NamedPrompt(
    "supergpqa_zero_shot",
    "1",
    "Answer the following multiple choice question. There is only one correct answer. The last line of your response "
    "should be in the format 'Answer: $LETTER' (without quotes), where LETTER is one of A, B, C, D, E, F, G, H, I, or "
    "J.\n\n",
    f"SuperGPQA/SuperGPQA@{COMMIT} config/prompt/zero-shot.yaml",
)


@task(
    name="supergpqa",
    category="general",
    version="1",
    source=Source(
        "m-a-p/SuperGPQA",
        split="train",
        mirror="supergpqa/train.jsonl",
        revision="4430d4458112c7d4497fdcf94d7cc223313d6acf",
    ),
    few_shot=Source(
        "github:SuperGPQA/SuperGPQA",
        revision=COMMIT,
        path="config/prompt/five-shot.yaml",
        split="five-shot",
        mirror="supergpqa/five_shot_prompt.jsonl",
    ),
    shots=5,
    protocols=("chat", "base"),
    base_max_tokens=4096,
    prompts=(ZERO_SHOT,),
    reference=f"SuperGPQA/SuperGPQA@{COMMIT} eval/eval.py, infer/data_loader.py",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="accuracy"),
    suites=("report-base", "cards"),
    deviations=(
        "a completion ends where the next question begins; the reference lets it run on and cuts it afterwards",
        "an answer on which the reference's expressions take more than five seconds is read to the end",
    ),
)
class SuperGpqa(Task):
    """Up to ten options, reasoning before the letter."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        options = [str(option) for option in row["options"]]
        listed = "".join(f"\n{chr(65 + index)}) {option}" for index, option in enumerate(options))
        meta = {"options": options, "difficulty": row["difficulty"]}
        return Doc(row["uuid"], row["question"] + listed, row["answer_letter"], subset=row["discipline"], meta=meta)

    def examples(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        """The pieces of the prompt file; each example carries what stands before the first and after the last."""
        block = textwrap.dedent(row["text"].split(BLOCK, 1)[1])
        before, *examples, after = PIECE.split(block)
        for index, example in enumerate(examples):
            question = example.replace("{{", "{").replace("}}", "}")
            yield Doc(f"five-shot/{index}", question, "", meta={"before": before, "after": after})

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{ZERO_SHOT}{doc.question}\n")

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        before, after = shots[0].meta["before"], shots[0].meta["after"]
        text = f"{before}{''.join(shot.question for shot in shots)}{after.replace('{}', doc.question)}"
        return Prompt.complete(text, stop=("Question:",))

    def score(self, doc: Doc, answer: str) -> Score:
        return self.verdict(doc, stated_letter(answer, doc.meta["options"]))

    def base_score(self, doc: Doc, answer: str) -> Score:
        return self.verdict(doc, completed_letter(answer, doc.meta["options"]))

    def verdict(self, doc: Doc, letter: str | None) -> Score:
        """The score of a letter that was found or not."""
        return Score(float(letter == doc.target), extracted=letter) if letter else Score.no_answer()
