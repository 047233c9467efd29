"""Holds the verdicts on exams and grids against the authors' own rules.

    python -m scripts.fidelity.exams answers TASK OUT [COUNT]   in the project's environment
    python exams.py compare TASK OUT CLONE                      in any environment; of mmlu_prox in one with lm_eval

TASK is ``arc_agi_1``, ``mmlu_prox``, ``mmlu_pro`` or ``supergpqa`` (in chat). Answers are pieces of the forms that
models write, in any order: most are no sensible answer, and so they meet the rules where these are odd. CLONE is a
checkout of QwenLM/Qwen3, EleutherAI/lm-evaluation-harness, TIGER-AI-Lab/MMLU-Pro or SuperGPQA/SuperGPQA.
"""

from __future__ import annotations

import ast
import contextlib
import json
import random
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

SEED = 1
COUNT = 60_000
GRID = [[1, 0], [2, 3]]
OPTIONS = ["42", "$5$", "a cat", "(x)", "Rome", "\\frac{1}{2}"]
GRIDS = (
    *("[[1, 0], [2, 3]]", "[[1,0],\n [2,3]]", "[\n  [1, 0],\n  [2, 3]\n]", "[ [1, 0], [2, 3] ]", "[[1.0,0],[2,3]]"),
    *("[[true,false],[2,3]]", "[[1,0],[2,3]", "[1,0],[2,3]]", "[[1 0] [2 3]]", "[[0]]", "[[]]", "{}", "null", "1"),
    *(
        '{"output": [[1,0],[2,3]]}',
        "```",
        "```json",
        "```python\n",
        "\n```\n",
        "```jsonc",
        "```JSON\n",
        "\u00a0",
        "\x1c",
    ),
    *(" ", "\n", "So: ", ", ", "٣", "[", "]", "]]", "[[", "``", "output = "),
)
LETTERS = (
    *("The answer is ", "the correct answer is", "The final answer is:", "Answer: ", "answer:", "**Answer:** ", "**"),
    *("(B)", "B", "D", "b", "(C)", "\\boxed{B}", "$", "\\text{D}", ".", " ", "\n", "\n\n", "42", "a cat", "Rome", "So"),
    *("Question: ", "I", "K", "option ", "The best option is ", ":", "[D]", "A", "\\(", "\\)", "*", "（B）", "Berlin"),
)


def pieces(sentence: str) -> tuple[str, ...]:
    """What an answer in the language of a sentence may be made of."""
    before, after = sentence.split("({})")
    said = (before, before.strip(), before.lower(), after, sentence.format("B"), sentence.format("J"))
    return (*LETTERS, *said * 3)


def answers(task: str, out: str, count: str = str(COUNT)) -> None:
    """Writes a line for each answer: configuration, answer, and our verdict."""
    from qwen3_eval.task.registry import bundled_tasks_dir, load_module, load_tasks
    from qwen3_eval.types import Doc

    wording = load_module(bundled_tasks_dir() / "multilingual" / "mmlu_prox", "wording")
    codes, rng, scorer = wording.codes(), random.Random(SEED), load_tasks().get(task)
    with Path(out).open("w", encoding="utf-8") as file:
        for number in range(int(count)):
            code = codes[number % len(codes)]
            parts = {"arc_agi_1": GRIDS, "mmlu_prox": pieces(wording.wording(code).answer)}.get(task, LETTERS)
            text = "".join(rng.choice(parts) for _ in range(rng.randrange(10)))
            doc = Doc("1", "?", GRID if task == "arc_agi_1" else "B", meta={"code": code, "options": OPTIONS})
            file.write(json.dumps([code, text, scorer.score(doc, text).value]) + "\n")


def functions(path: Path, *names: str) -> Iterator[Callable[..., Any]]:
    """Functions of a module that cannot be imported whole."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    limits = types.SimpleNamespace(timeout=lambda seconds: lambda each: each, TimeoutError=TimeoutError)
    space: dict[str, Any] = {"re": re, "json": json, "timeout_decorator": limits, "print": lambda *said: None}
    exec(compile(tree, str(path), "exec"), space)  # noqa: S102 - the reference itself
    return (space[name] for name in names)


def arc(clone: Path) -> Callable[[str, str], bool]:
    """Equal to the grid."""
    read, right = functions(clone / "eval/eval/arc_agi_1.py", "parse_model_output", "solution_score")

    def verdict(code: str, text: str) -> bool:
        found = read(text)
        return found is not None and right(found, GRID) == 1.0

    return verdict


def mmlu_pro(clone: Path) -> Callable[[str, str], bool]:
    """The letter of the script for chat models."""
    [read, *_] = functions(clone / "evaluate_from_api.py", "extract_answer", "extract_again", "extract_final")
    return lambda code, text: read(text.replace("**", "")) == "B"


def supergpqa(clone: Path) -> Callable[[str, str], bool]:
    """The letter, else the option, of the mode without examples."""
    names = ("safe_regex_search", "extract_option_labels", "extract_option_content")
    _, labels, content = functions(clone / "eval/eval.py", *names)

    def verdict(code: str, text: str) -> bool:
        letter = labels(text, "ABCDEFGHIJ")
        return bool(letter == "B" if letter is not None else content(text, OPTIONS) == OPTIONS[1])

    return verdict


def mmlu_prox(clone: Path) -> Callable[[str, str], bool]:
    """What the filter of the language's template finds."""
    from lm_eval.api.metrics import exact_match_hf_evaluate  # type: ignore[import-not-found]
    from lm_eval.filters.extraction import RegexFilter  # type: ignore[import-not-found]

    def verdict(code: str, text: str) -> bool:
        template = (clone / f"lm_eval/tasks/mmlu_prox/{code}/_{code}_template_yaml").read_text(encoding="utf-8")
        [pattern] = re.findall(r"regex_pattern: '(.*)'", template)
        [[found]] = RegexFilter(regex_pattern=pattern).apply([[text]], [{}])
        return bool(exact_match_hf_evaluate([found], ["B"], ignore_case=True, ignore_punctuation=True)["exact_match"])

    return verdict


REFERENCES: Mapping[str, Callable[[Path], Callable[[str, str], bool]]] = {
    "arc_agi_1": arc,
    "mmlu_pro": mmlu_pro,
    "mmlu_prox": mmlu_prox,
    "supergpqa": supergpqa,
}


def compare(task: str, out: str, clone: str) -> None:
    """Prints how often the reference gives our verdict, how many are right, and where the two differ."""
    verdict, same, right, unlike = REFERENCES[task](Path(clone)), 0, 0, []
    for line in Path(out).read_text(encoding="utf-8").splitlines():
        code, text, ours = json.loads(line)
        with contextlib.redirect_stdout(None):
            theirs = verdict(code, text)
        right += theirs
        same += theirs == bool(ours)
        unlike += [(code, text, ours)] if theirs != bool(ours) else []
    print(f"{task}: {same} of {same + len(unlike)}, {right} right", *unlike[:5], sep="\n")


if __name__ == "__main__":
    PARTS: dict[str, Callable[..., None]] = {"answers": answers, "compare": compare}
    PARTS[sys.argv[1]](*sys.argv[2:])
