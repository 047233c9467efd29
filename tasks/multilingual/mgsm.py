"""MGSM: 250 problems of GSM8K in eleven languages, each with a whole number as its answer.

Rows: the authors' tables, the same problems line by line. Asked: of a base model, the eight worked examples of the
authors in the language of the question, which bring the words for question and answer with them, in the form and
with the stop strings of lm-evaluation-harness (``mgsm_native_cot``). Judged: the last number, with the digits and the
separators of the language. Translations of one problem are one cluster. Report: Tables 3 to 8.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, languages, math_equal, metrics, reading, task

REVISION = "452a21ad3dae5668c06ceeac21ff073e1e40f9be"
HARNESS = "EleutherAI/lm-evaluation-harness@4e7e0d47f33bc71070c1d38394bafbb52b117163"
LANGUAGES = "bn de en es fr ja ru sw te th zh".split()
# "Question :" or "问题：", with the space that follows, where one does.
LEAD = re.compile(r"[^:：]*[:：]\s*")


def rows(language: str, split: str, path: str, columns: tuple[str, ...] = ()) -> Source:
    """One language of one split."""
    return Source(
        "github:google-research/url-nlp",
        configs=(language,),
        config_column="config",
        split=split,
        path=path,
        mirror=f"mgsm/{language}.{split}.jsonl",
        revision=REVISION,
        columns=columns,
    )


@task(
    name="mgsm",
    category="multilingual",
    version="2",
    source=tuple(rows(each, "test", "mgsm/mgsm_{config}.tsv", ("question", "answer_number")) for each in LANGUAGES),
    few_shot=tuple(rows(each, "train", "mgsm/exemplars.py") for each in LANGUAGES),
    shots=8,
    shots_by="language",
    metric=metrics.Mean(over="languages"),
    protocols=("base",),
    base_max_tokens=1024,
    languages=tuple(languages.find_language(each).tag for each in LANGUAGES),
    n_docs=250 * len(LANGUAGES),
    reference=f"google-research/url-nlp@{REVISION} mgsm; {HARNESS} lm_eval/tasks/mgsm/native_cot",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="accuracy"),
    suites=("report-base", "multilingual-base"),
    deviations=(
        "examples are the authors' own; the reference cuts into them in Japanese, Chinese and Russian",
        "1.000 is a thousand in German, and 18.00 is 18; the reference drops all points and commas",
        "the last number counts (flexible-extract of the reference), not the first behind one wording of the answer",
        "a sign counts, leading zeros do not, digits of any script do; the reference drops signs and reads ASCII alone",
        "digits that LaTeX groups (27{,}000) are one number; the reference reads the last group",
    ),
)
class Mgsm(Task):
    """Word problems in eleven languages."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        target = str(row["answer_number"]).replace(",", "")
        language = languages.find_language(row["config"]).tag
        return Doc(row["_row"], row["question"], target, language=language, group=row["_row"].rpartition("/")[2])

    def examples(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        """One example, or all of a language out of the module in which the authors keep them."""
        pairs = exemplars(row["text"], row["config"]) if "text" in row else [(row["question"], row["answer"])]
        for question, answer in pairs:
            leads = {"question": LEAD.match(question)[0], "answer": LEAD.match(answer)[0].rstrip()}  # type: ignore[index]
            yield Doc(row["_row"], question, answer, language=languages.find_language(row["config"]).tag, meta=leads)

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        leads = shots[0].meta
        examples = "".join(f"{shot.question}\n{shot.target}\n\n" for shot in shots)
        text = f"{examples}{leads['question']}{doc.question}\n{leads['answer']}"
        return Prompt.complete(text, stop=(leads["question"].strip(), "</s>", "<|im_end|>"))

    def score(self, doc: Doc, answer: str) -> Score:
        found = reading.last_number(reading.plain_numbers(answer, doc.language))
        return Score(float(math_equal(found, doc.target)), extracted=found) if found else Score.no_answer()


def exemplars(module: str, language: str) -> list[tuple[str, str]]:
    """Questions and answers of a language in the authors' ``exemplars.py``, in their order."""
    for statement in ast.parse(module).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "MGSM_EXEMPLARS":
            found = ast.literal_eval(statement.value)[language]
            return [(found[number]["q"], found[number]["a"]) for number in sorted(found, key=int)]
    raise ValueError("there are no MGSM_EXEMPLARS")
