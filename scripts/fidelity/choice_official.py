"""What the official scorers read in answers to multiple-choice questions; needs no part of this project.

    <python> scripts/fidelity/choice_official.py <task> <checkout of the reference> answers.jsonl official.jsonl

Runs the code of the reference itself, from its checkout, in an interpreter that has what it imports (pandas, numpy,
jinja2, requests, tqdm, pyyaml; for SuperGPQA timeout-decorator, prettytable, openpyxl). A row of the outcome is the
letter that the reference took, or null. Where it stops with an exception, that is counted, and the letter is null.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def module(name: str, **members: Any) -> None:
    """Puts a module in place of one that the reference imports and does not need here."""
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made


def mmmlu(checkout: Path, rows: list[Row]) -> list[str | None]:
    """openai/simple-evals: ``MMLUEval`` asked with a sampler that repeats the answers. Its folder is a package."""
    sys.path.insert(0, str(checkout.parent))
    evaluation: Any = importlib.import_module(f"{checkout.name}.mmlu_eval")
    common = evaluation.common
    found: list[str | None] = []
    common.map_with_progress = lambda grade, examples: [grade(example) for example in examples]
    common.aggregate_results = lambda results: results
    inner, taken = evaluation.normalize_extracted_answer, [""]

    def noted(text: str) -> str:
        taken.append(inner(text))
        return taken[-1]

    evaluation.normalize_extracted_answer = noted
    for row in rows:
        taken[:] = [""]
        self = object.__new__(evaluation.MMLUEval)
        texts = {letter: row["options"][index] for index, letter in enumerate("ABCD")}
        self.examples = [{"Question": "", "Answer": row["target"], "Subject": "anatomy", **texts}]
        self(Repeats(row["answer"]))
        found.append(taken[-1] or None)
    return found


class Repeats:
    """A sampler of simple-evals that gives one answer."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def _pack_message(self, content: str, role: str) -> dict[str, str]:
        return {"content": content, "role": role}

    def __call__(self, messages: list[dict[str, str]]) -> Any:
        """The answer, whatever was asked."""
        return types.SimpleNamespace(response_text=self.answer, actual_queried_message_list=messages)


def mlogiqa(checkout: Path, rows: list[Row]) -> list[str | None]:
    """open-compass/opencompass: ``PMMEvalMLogiQAEvaluator`` on one answer at a time."""
    plain = types.SimpleNamespace(register_module=lambda *names: lambda thing: thing)
    module("datasets", Dataset=object)
    for name in ("opencompass", "opencompass.datasets", "opencompass.openicl", "opencompass.utils"):
        module(name, get_data_path=None)
    module("opencompass.datasets.base", BaseDataset=object)
    module("opencompass.openicl.icl_evaluator", BaseEvaluator=object)
    module("opencompass.registry", LOAD_DATASET=plain, TEXT_POSTPROCESSORS=plain)
    sys.path.insert(0, str(checkout / "opencompass/datasets/PMMEval"))
    reference, found, stopped = importlib.import_module("mlogiqa"), [], 0
    for row in rows:
        pair = [(row["answer"], row["language"].split("-")[0])]
        try:
            said = reference.PMMEvalMLogiQAEvaluator().score(pair, ["ABCD".index(row["target"])])["details"][0]
            found.append(said["extracted_answer"].upper() if said["failed"] == 0 else None)
        except TypeError:
            stopped += 1
            found.append(None)
    print(f"the reference stopped with a TypeError on {stopped} of {len(rows)} answers")
    return found


def include(checkout: Path, rows: list[Row]) -> list[str | None]:
    """swiss-ai/lm-evaluation-harness: the filters of the authors' later task that reads generated answers."""
    for name in ("lm_eval", "lm_eval.filters"):
        module(name, __path__=[str(checkout / name.replace(".", "/"))])
    yaml, extraction = importlib.import_module("yaml"), importlib.import_module("lm_eval.filters.extraction")
    stated = yaml.safe_load((checkout / "lm_eval/tasks/include/gen_0shot/_base_template_yaml").read_text())
    first = {key: value for key, value in stated["filter_list"][0]["filter"][0].items() if key != "function"}
    read = extraction.OrderedRegexFilter(**first).apply([[row["answer"] for row in rows]], [])[0]
    return [letter if len(letter) == 1 else None for letter in read]


def ceval(checkout: Path, rows: list[Row]) -> list[str | None]:
    """hkust-nlp/ceval: ``ChatGPT_Evaluator.extract_ans``, as in its zero-shot run without reasoning."""
    module("openai")
    sys.path.insert(0, str(checkout / "code/evaluator_series"))
    evaluator = importlib.import_module("evaluators.chatgpt").ChatGPT_Evaluator(list("ABCD"), 5, "", "")
    read = ((row["answer"].strip()) and evaluator.extract_ans(row["answer"].strip()) for row in rows)
    return [found[-1] if found else None for found in read]


def belebele(checkout: Path, rows: list[Row]) -> list[str | None]:
    """facebookresearch/belebele: the block of Python in sample_zero_shot_instructions.md, run for each answer."""
    text = (checkout / "sample_zero_shot_instructions.md").read_text()
    block = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    found, stopped = [], 0
    for row in rows:
        names: dict[str, Any] = {
            "data": {"x": [{"qid": 0, "answer": row["target"]}]},
            "answers": {"x": {0: row["answer"]}},
            "language": "x",
        }
        try:
            exec(block, {**names, "print": lambda *said: None}, names)  # noqa: S102
            found.append(names["answer"])
        except IndexError:
            stopped += 1
            found.append(None)
    print(f"the reference stopped with an IndexError on {stopped} of {len(rows)} answers")
    return found


def supergpqa(checkout: Path, rows: list[Row]) -> list[str | None]:
    """SuperGPQA/SuperGPQA: ``calculate_accuracy`` in its mode five-shot, on a file of answers."""
    sys.path.insert(0, str(checkout / "eval"))
    reference = importlib.import_module("eval")
    with tempfile.TemporaryDirectory() as folder:
        asked, graded = Path(folder, "asked.jsonl"), Path(folder, "judged")
        fields = {"discipline": "x", "field": "x", "subfield": "x"}
        lines = (
            {"response": row["answer"], "answer_letter": row["target"], "options": row["options"], **fields}
            | {"difficulty": ("easy", "middle", "hard")[index % 3]}
            for index, row in enumerate(rows)
        )
        asked.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        reference.calculate_accuracy(str(asked), str(graded), "five-shot")
        said = (graded / "asked.jsonl").read_text().strip().split("\n")
        return [json.loads(line)["extracted_answer"] for line in said]


def mmlu_redux(checkout: Path, rows: list[Row]) -> list[str | None]:
    """WildEval/ZeroEval: the answer that ``eval_model`` of src/evaluation/mcqa_eval.py takes."""
    module("tabulate", tabulate=None)
    sys.path.insert(0, str(checkout / "src/evaluation"))
    reference, found = importlib.import_module("mcqa_eval"), []
    for row in rows:
        options = list(row["options"])
        item = {"correct_answer": options["ABCD".index(row["target"])], "choices": options, "id": row["id"]}
        # The second answer is there so that the mean length of the reasons has something to divide by.
        asked = [{**item, "output": [row["answer"]]}, {**item, "output": ['{"reasoning": "x", "answer": "?"}']}]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(asked, file)
            file.flush()
            _, parsed = reference.eval_model("any%greedy", file.name)
        said: Row = parsed[0] if len(parsed) == 2 else {"matched": False, "model_answer": ""}
        found.append(row["target"] if said["matched"] else said["model_answer"][:1] or None)
    return found


READERS = {read.__name__: read for read in (mmmlu, include, mlogiqa, ceval, belebele, supergpqa, mmlu_redux)}


def main() -> None:
    """Reads answers, writes the letters of the reference."""
    task, checkout, source, target = sys.argv[1:]
    rows = [json.loads(line) for line in Path(source).read_text().strip().split("\n")]
    letters = READERS[task](Path(checkout).resolve(), rows)
    pairs = zip(rows, letters, strict=True)
    Path(target).write_text("".join(f"{json.dumps({'id': row['id'], 'letter': letter})}\n" for row, letter in pairs))


if __name__ == "__main__":
    main()
