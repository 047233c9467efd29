"""How fast answers to multiple-choice questions are judged: ``choice_letter`` on 10,000 answers, and on hostile ones.

    python -m speed.choice_grading [--data-dir DIR]

Each answer is some lines of reasoning that mention letters, made of MMLU-Redux questions (without a mirror: of the
fixture's), and then the answer in one of the forms that models use. Beside it stands the time of the plainest of
extractors, one regular expression for "Answer: X", and how many of the letters that one finds.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

from qwen3_eval import data
from qwen3_eval.grading.choice import choice_letter
from qwen3_eval.task.registry import load_tasks
from speed.figures import figure

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
COUNT = 10_000
LETTERS = "ABCD"
PLAIN = re.compile(r"(?i)answer[ \t]*:[ \t]*\$?([A-D])\$?")
FORMS = {
    "JSON field": '```json\n{{\n  "answer": "{}"\n}}\n```',
    "box": "So we get $\\boxed{{\\text{{{}}}}}$.",
    "sentence": "Therefore, the correct answer is **{}**.",
    "Answer: X": "Answer: {}",
    "Chinese": "综上所述，正确答案是{}。",
    "bare letter": "**{}**",
    "predicate": "Therefore, option {} is correct, since nothing else fits.",
    "none": "I cannot decide between them, they are all plausible{0:.0}.",
}
HOSTILE = {
    "letters": "A ",
    "bold letters": "**A** ",
    "several": "the answer is A or ",
    "boxes": "\\boxed{",
    "fields": '{"answer": ',
    "predicates": "Option A is correct, ",
    "Chinese heads": "答案是",
    "combining marks": "\u0327\u0301",
    "option lines": "A. x\nB. y\n",
}


def reasoning(question: str, rng: random.Random) -> str:
    """Some lines about each option of a question."""
    said = ("is too narrow for what is asked", "holds in general, but not here", "mixes up two ideas", "fits well")
    lines = [
        f"Option {line[0]} ({line[3:]}) {rng.choice(said)}." for line in question.splitlines() if line[1:3] == ". "
    ]
    return "\n".join(["Let us look at the options one by one.", *lines * rng.randint(1, 3)])


def answers(questions: list[str], form: str, count: int, rng: random.Random) -> list[tuple[str, str]]:
    """Answers in one form, each with the letter in it."""
    made = []
    for number in range(count):
        letter = rng.choice(LETTERS)
        made.append((f"{reasoning(questions[number % len(questions)], rng)}\n\n{form.format(letter)}", letter))
    return made


def plain(text: str) -> str | None:
    """The last "Answer: X"."""
    found = PLAIN.findall(text)
    return found[-1].upper() if found else None


def seconds(grade: Callable[[str], str | None], texts: list[str]) -> tuple[float, list[str | None]]:
    """CPU seconds for all texts, and the letters."""
    start = time.process_time()
    letters = [grade(text) for text in texts]
    return time.process_time() - start, letters


def main() -> None:
    """Prints a line a form, one for all, and one a hostile text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path)
    folder = parser.parse_args().data_dir or FIXTURES
    questions = [doc.question for doc in data.docs(load_tasks().get("mmlu_redux"), folder)]
    rng = random.Random(0)
    total = theirs_total = 0.0
    for name, form in FORMS.items():
        made = answers(questions, form, COUNT // len(FORMS), rng)
        texts = [text for text, _ in made]
        ours, found = seconds(lambda text: choice_letter(text, LETTERS), texts)
        theirs, plainly = seconds(plain, texts)
        total, theirs_total = total + ours, theirs_total + theirs
        right = sum(one == letter for one, (_, letter) in zip(found, made, strict=True))
        alike = sum(one == letter for one, (_, letter) in zip(plainly, made, strict=True))
        speed = f"{ours / len(made) * 1e6:5.0f} us an answer"
        print(f"{name:>16}: {speed}, {right / len(made):6.1%} found; one regex {alike / len(made):6.1%}")
    figure(f"choices: {COUNT} answers", total, "s of CPU")
    figure(f"choices: {COUNT} answers by one regex", theirs_total, "s of CPU")
    for name, unit in HOSTILE.items():
        text = unit * ((1 << 20) // len(unit))
        ours, _ = seconds(lambda text: choice_letter(text, LETTERS), [text])
        figure(f"choices: a megabyte of {name}", ours, "s of CPU")


if __name__ == "__main__":
    main()
