"""MMLU-Redux: MMLU's questions, annotated anew; those with one right answer, as WildEval/ZeroEval selects them.

Which questions: every accuracy that the report prints with two decimals for base models is a whole number out of
2,778, and no other number of questions from 1,000 to 5,000 fits them all. 2,778 is what ZeroEval keeps of MMLU-Redux
1.0 (30 subjects, 3,000 questions): those that the annotators found in order, and those whose key was wrong and who
name one other letter. ZeroEval is also where the Qwen3 model cards' instruction for multiple choice comes from.
``mmlu_redux`` keeps these; ``mmlu_redux_2`` keeps them for all 57 subjects of MMLU-Redux 2.0, and reads right
options that are given by their number, too. The benchmark's authors publish no scorer for answers to the questions.

Asked: in chat, the question, its options and the instruction of the Qwen3 model cards; of a base model, the prompt of
MMLU with five examples of its dev split, which Redux lacks. Judged: the letter that the answer settles on; of a base
model, the likeliest letter. Reported: accuracy over all questions. Report: Tables 3 to 8 (base) and 11 to 22.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import CHOICE_LETTER, Doc, NamedPrompt, Paper, Prompt, Score, Source, Task, choice_letter, task

LETTERS = "ABCD"
MMLU = "hendrycks/test@4450500f923c49f1fb1dd3d99108a0bd9717b660"
HEADER = NamedPrompt(
    "mmlu_header",
    "1",
    "The following are multiple choice questions (with answers) about  {subject}.\n\n",
    f"{MMLU} evaluate.py",
)
# The subjects of MMLU-Redux 1.0, and those that 2.0 added.
FIRST = tuple(
    "anatomy astronomy business_ethics clinical_knowledge college_chemistry college_computer_science "
    "college_mathematics college_medicine college_physics conceptual_physics econometrics electrical_engineering "
    "formal_logic global_facts high_school_chemistry high_school_geography high_school_macroeconomics "
    "high_school_mathematics high_school_physics high_school_statistics high_school_us_history human_aging "
    "logical_fallacies machine_learning miscellaneous philosophy professional_accounting professional_law "
    "public_relations virology".split()
)
ADDED = tuple(
    "abstract_algebra college_biology computer_security elementary_mathematics high_school_biology "
    "high_school_computer_science high_school_european_history high_school_government_and_politics "
    "high_school_microeconomics high_school_psychology high_school_world_history human_sexuality international_law "
    "jurisprudence management marketing medical_genetics moral_disputes moral_scenarios nutrition prehistory "
    "professional_medicine professional_psychology security_studies sociology us_foreign_policy world_religions".split()
)
FACTS: dict[str, Any] = {
    "category": "general",
    "version": "2",
    "source": Source(
        "edinburgh-dawg/mmlu-redux-2.0",
        configs=tuple(sorted(FIRST + ADDED)),
        config_column="subject",
        split="test",
        mirror="mmlu_redux/test.jsonl",
        revision="372ea425445d51e1ba1188c56e5e893f8138621f",
    ),
    "few_shot": Source(
        "cais/mmlu",
        config="all",
        split="dev",
        mirror="mmlu/dev.jsonl",
        revision="c30699e8356da336a370243923dbaf21066bb9fe",
    ),
    "shots": 5,
    "shots_by": "subset",
    "protocols": ("chat", "base"),
    "base_max_tokens": 1,
    "prompts": (CHOICE_LETTER, HEADER),
    "reference": "WildEval/ZeroEval@8c1485edf12c6efb5f69135a562927c5ad484059 data_prep/mmlu-redux.py, "
    f"src/evaluation/mcqa_eval.py; of base models {MMLU} evaluate.py",
}
SCORING = "the letter is read in every form, the last one that is announced; the reference reads the first JSON object"


def right_option(row: Mapping[str, Any], names: str) -> int | None:
    """The index of the one right option; None where a question has none, several, or was left to experts.

    names: how the annotators may name the option that is right where the key is wrong.
    """
    if row["error_type"] == "ok":
        return int(row["answer"])
    named = str(row["correct_answer"]).strip()
    if row["error_type"] != "wrong_groundtruth" or len(named) != 1 or named not in names:
        return None
    return names.index(named) % len(LETTERS)


def listed(row: Mapping[str, Any]) -> str:
    """The question and its options, one a line."""
    options = zip(LETTERS, row["choices"], strict=True)
    return "\n".join([row["question"], *(f"{letter}. {text}" for letter, text in options)])


@task(
    name="mmlu_redux",
    summary="MMLU-Redux: the 2,779 questions of 30 subjects with one right answer, as the report asks them.",
    n_docs=2779,
    paper=Paper(tables=(3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22), metric="accuracy"),
    suites=("report", "report-base", "general", "cards"),
    deviations=(
        "rows are those of MMLU-Redux 2.0, whose annotators looked again at some questions of 1.0: 2,779 remain",
        SCORING,
    ),
    **FACTS,
)
class MmluRedux(Task):
    """Four options, one of them right."""

    subjects = FIRST
    names = LETTERS

    def keep(self, row: Mapping[str, Any]) -> bool:
        return row["subject"] in self.subjects and right_option(row, self.names) is not None

    def doc(self, row: Mapping[str, Any]) -> Doc:
        right = right_option(row, self.names)
        if right is None:
            raise ValueError("column 'error_type': the question has no single right answer")
        return Doc(row["_row"], listed(row), LETTERS[right], subset=row["subject"])

    def examples(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        """A row of MMLU's dev split, which has no annotations."""
        yield Doc(row["_row"], listed(row), LETTERS[row["answer"]], subset=row["subject"])

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n\n{CHOICE_LETTER}")

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        header = HEADER.text.replace("{subject}", doc.subset.replace("_", " "))
        examples = "".join(f"{shot.question}\nAnswer: {shot.target}\n\n" for shot in shots)
        choices = tuple(f" {letter}" for letter in LETTERS)
        return Prompt.complete(f"{header}{examples}{doc.question}\nAnswer:", choices=choices)

    def score(self, doc: Doc, answer: str) -> Score:
        found = choice_letter(answer, LETTERS)
        return Score(float(found == doc.target), extracted=found) if found else Score.no_answer()


@task(
    name="mmlu_redux_2",
    summary="MMLU-Redux 2.0: the questions of all 57 subjects with one right answer.",
    n_docs=5432,
    suites=("general",),
    deviations=("a right option that is given by its number counts too; the reference drops the question", SCORING),
    **FACTS,
)
class MmluRedux2(MmluRedux):
    """The same questions for all 57 subjects."""

    subjects = FIRST + ADDED
    names = LETTERS + "0123"
