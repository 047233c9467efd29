r"""Writes answers in the forms that models write, right and wrong ones, to judge them here and by a reference.

    python scripts/fidelity/forms.py --task polymath --data-dir DATA --per-language 200 --out answers.jsonl

A line: ``{"task", "id", "language", "target", "form", "answer"}``. The same docs and forms are drawn each time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from qwen3_eval import data
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc

INTEGER = re.compile(r"-?\d+")
FRACTION = re.compile(r"(-?)\\frac\{(\d+)\}\{(\d+)\}")
# What announces an answer, and what is counted or paid, in the languages of the mathematics benchmarks.
ANNOUNCED = {
    "ar": ("الجواب هو", "دولار"),
    "bn": ("উত্তর হল", "টাকা"),
    "de": ("Die Antwort lautet", "Euro"),
    "en": ("The answer is", "dollars"),
    "es": ("La respuesta es", "euros"),
    "fr": ("La réponse est", "euros"),
    "id": ("Jawabannya adalah", "rupiah"),
    "it": ("La risposta è", "euro"),
    "ja": ("答えは", "円"),
    "ko": ("정답은", "원"),
    "ms": ("Jawapannya ialah", "ringgit"),
    "pt": ("A resposta é", "reais"),
    "ru": ("Ответ:", "рублей"),
    "sw": ("Jibu ni", "shilingi"),
    "te": ("సమాధానం", "రూపాయలు"),
    "th": ("คำตอบคือ", "บาท"),
    "vi": ("Đáp án là", "đồng"),
    "zh": ("答案是", "元"),
}
# The word that simple-evals looks for.
PREFIXES = {"bn": "উত্তর", "de": "Antwort", "es": "Respuesta", "fr": "Réponse", "ja": "答え", "ru": "Ответ"} | {
    "sw": "Jibu",
    "te": "సమాధానం",
    "th": "คำตอบ",
    "zh": "答案",
    "en": "Answer",
}
DIGITS = {"ar": "٠١٢٣٤٥٦٧٨٩", "bn": "০১২৩৪৫৬৭৮৯", "te": "౦౧౨౩౪౫౬౭౮౯", "th": "๐๑๒๓๔๕๖๗๘๙", "ja": "０１２３４５６７８９"}
POINTS = {"de", "es", "id", "it", "pt", "vi"}
SPACES = {"fr", "ru"}


class Asked(NamedTuple):
    """What forms are made of: the target without dollar signs, the language's code, and another doc's target."""

    target: str
    code: str
    other: str

    @property
    def announced(self) -> str:
        """The words before an answer."""
        return ANNOUNCED.get(self.code, ANNOUNCED["en"])[0]

    @property
    def unit(self) -> str:
        """What is counted."""
        return ANNOUNCED.get(self.code, ANNOUNCED["en"])[1]


def contents(asked: Asked) -> Iterator[tuple[str, str]]:
    """What stands in a box, by form."""
    gold = asked.target
    yield from {
        "bare": gold,
        "dollars around": f"${gold}$",
        "displaystyle": f"\\displaystyle {gold}",
        "bold": f"\\mathbf{{{gold}}}",
        "approximately": f"\\approx {gold}",
        "named": f"x = {gold}",
        "named long": f"\\text{{ans}} = {gold}",
        "equals first": f"= {gold}",
        "text": f"\\text{{{gold}}}",
        "full stop": f"{gold}.",
        "thin spaces": f"\\,{gold}\\,",
        "left and right": f"\\left({gold}\\right)",
        "round brackets": f"({gold})",
        "square brackets": f"[{gold}]",
        "braces": f"\\{{{gold}\\}}",
        "dfrac": gold.replace("\\frac", "\\dfrac"),
        "plus zero": f"{gold} + 0",
        "double negative": f"-(-({gold}))",
        "two over two": f"\\frac{{2({gold})}}{{2}}",
        "wrong: other target": asked.other,
        "wrong: plus one": f"{gold} + 1",
        "wrong: negative": f"-({gold})",
        "wrong: squared": f"({gold})^2",
        "wrong: prose": "no solution",
        "two answers": f"{gold}, {asked.other}",
        "zero behind": f"{gold}, 0",
        "tuple with other": f"({gold}, {asked.other})",
        "or": f"{gold} \\text{{ or }} {asked.other}",
        "percent sign": f"{gold}\\%",
        "unit in text": f"{gold}\\text{{ {asked.unit}}}",
        "unit bare": f"{gold} {asked.unit}",
        "unit closed up": f"{gold}{asked.unit}",
        "unit mathrm": f"{gold}\\,\\mathrm{{cm}}",
        "unit squared": f"{gold} \\text{{ cm}}^2",
        "degrees": f"{gold}^\\circ",
        "dollar sign": f"\\${gold}",
        "column": f"\\begin{{pmatrix}} {gold} \\\\ 0 \\end{{pmatrix}}",
        "empty": "",
        "broken": f"{gold}{{",
        "question": "?",
        "huge": "9" * 400,
        "tower": "9^{9^{9^{9}}}",
        "factorial": "10^{9}!",
        "deep": "(" * 40 + gold + ")" * 40,
        "long": "+".join(["x^2"] * 400),
    }.items()
    yield from numbers(asked) if INTEGER.fullmatch(gold) else ()
    yield from fractions(gold) if FRACTION.fullmatch(gold) else ()
    yield from changed(gold)


def numbers(asked: Asked) -> Iterator[tuple[str, str]]:
    """Forms of a whole number."""
    gold, value = asked.target, int(asked.target)
    grouped = f"{value:,}"
    yield from {
        "point zero": f"{gold}.0",
        "two places": f"{gold}.00",
        "leading zeros": f"00{gold}",
        "hundredfold": str(value * 100),
        "hundredth": f"{value / 100:g}",
        "nearly": f"{value * 1.00005:.6f}",
        "not nearly": f"{value * 1.0002:.6f}",
        "commas": grouped,
        "brace commas": grouped.replace(",", "{,}"),
        "thin groups": grouped.replace(",", "\\,"),
        "points": grouped.replace(",", "."),
        "spaces": grouped.replace(",", " "),
        "scientific": f"{value:.6e}",
        "power of ten": f"{value / 10:g} \\times 10^1",
        "fraction over one": f"\\frac{{{gold}}}{{1}}",
        "sum": f"{value - 1} + 1",
        "product": f"2 \\cdot {value / 2:g}",
        "root": f"\\sqrt{{{value * value}}}",
        "wrong: number plus one": str(value + 1),
        "wrong: tenfold": str(value * 10),
        "letter in prose": f"{gold} apples",
        "plus sign": f"+{gold}",
        "underscore": f"{gold}_{{10}}",
    }.items()
    if asked.code in DIGITS:
        yield "digits of the language", gold.translate(str.maketrans("0123456789", DIGITS[asked.code]))


def fractions(gold: str) -> Iterator[tuple[str, str]]:
    """Forms of a fraction."""
    found = FRACTION.fullmatch(gold)
    if found is None:
        return
    value = Fraction(int(found[1] + found[2]), int(found[3]))
    yield from {
        "slash": f"{value.numerator}/{value.denominator}",
        "four places": f"{float(value):.4f}",
        "two places": f"{float(value):.2f}",
        "eight places": f"{float(value):.8f}",
        "decimal comma": f"{float(value):.4f}".replace(".", ","),
        "percent": f"{float(value) * 100:.2f}\\%",
        "hundredfold": f"{float(value) * 100:.2f}",
        "not reduced": f"\\frac{{{value.numerator * 3}}}{{{value.denominator * 3}}}",
        "no braces": f"\\frac{value.numerator}{value.denominator}",
        "power": f"{value.numerator} \\cdot {value.denominator}^{{-1}}",
        "mixed": f"{value.numerator // value.denominator} \\frac{{{value.numerator % value.denominator}}}"
        f"{{{value.denominator}}}",
        "wrong: upside down": f"\\frac{{{value.denominator}}}{{{value.numerator}}}",
    }.items()


def changed(gold: str) -> Iterator[tuple[str, str]]:
    """Forms of what has brackets, signs or letters in it."""
    swap = str.maketrans("()[]", "[](]")
    made = {
        "brackets swapped": gold.translate(swap),
        "no spaces": gold.replace(" ", ""),
        "reversed": ",".join(reversed(gold.strip("()[]").split(","))),
        "n as x": gold.replace("n", "x"),
        "upper case": gold.upper(),
        "no braces at all": gold.replace("{", "").replace("}", ""),
        "times": gold.replace("\\sqrt", "\\cdot\\sqrt"),
        "sqrt as power": re.sub(r"\\sqrt\{([^{}]*)\}", r"(\1)^{1/2}", gold),
        "ln as log": gold.replace("\\ln", "\\log"),
        "slashes": re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", gold),
        "left right": gold.replace("(", "\\left(").replace(")", "\\right)"),
        "leq as le": gold.replace("\\leq", "\\le").replace("\\geq", "\\ge"),
        "value alone": gold.rpartition("=")[2],
    }
    yield from ((name, text) for name, text in made.items() if text != gold)


def boxed_answers(asked: Asked) -> Iterator[tuple[str, str]]:
    """Whole answers with boxes."""
    for name, inside in contents(asked):
        yield name, f"{asked.announced} $\\boxed{{{inside}}}$."
    gold, said = asked.target, asked.announced
    yield from {
        "two boxes, the last right": f"\\boxed{{{asked.other}}} ... {said} \\boxed{{{gold}}}",
        "two boxes, the first right": f"{said} \\boxed{{{gold}}}. \\boxed{{{asked.other}}}",
        "the same box twice": f"\\boxed{{{gold}}}\n\n{said} \\boxed{{{gold}}}",
        "empty box, then the answer": f"\\boxed{{}} {said} \\boxed{{{gold}}}",
        "open box": f"{said} \\boxed{{{gold}",
        "open box, then a closed one": f"\\boxed{{ {said} \\boxed{{{gold}}}",
        "box in a box": f"\\boxed{{\\boxed{{{gold}}}}}",
        "no box": f"{said} {gold}.",
        "no box, bold": f"**{said} {gold}**",
        "fbox": f"{said} \\fbox{{{gold}}}",
        "no backslash": f"{said} boxed{{{gold}}}",
        "space before the brace": f"{said} \\boxed {{{gold}}}",
        "no braces": f"{said} \\boxed {gold}",
        "display": f"\\[\n\\boxed{{\n{gold}\n}}\n\\]",
        "answer after the box": f"\\boxed{{{gold}}} {said} {asked.other}",
        "nothing": "",
        "prose alone": f"{said} ...",
        "hashes": f"{said}\n#### {gold}",
        "hope": f"Final Answer: The final answer is ${gold}$. I hope it is correct.",
    }.items()


def spoken_answers(asked: Asked) -> Iterator[tuple[str, str]]:
    """Answers that end with a number in a sentence."""
    gold, prefix = asked.target, PREFIXES.get(asked.code, "Answer")
    said = [(name, text) for name, text in numbers(asked) if "\\" not in text] if INTEGER.fullmatch(gold) else []
    said += [("unit", f"{gold} {asked.unit}"), ("dollar sign", f"${gold}"), ("unit closed up", f"{gold}{asked.unit}")]
    said += [("bare", gold), ("full stop", f"{gold}."), ("bold", f"**{gold}**"), ("negative", f"-{gold}")]
    for name, text in said:
        yield name, f"{asked.other} + 5.\n{prefix}: {text}"
        yield f"{name}, in a sentence", f"3 + 4 = 7. {asked.announced} {text}."
    yield from {
        "nothing": "",
        "prose": asked.announced,
        "number, then more": f"{prefix}: {gold} ({asked.other} - 1)",
        "full-width colon": f"{prefix}：{gold}",
        "two prefixes": f"{prefix}: {asked.other}\n{prefix}: {gold}",
        "box": f"{prefix}: \\boxed{{{gold}}}",
        "hashes": f"{asked.announced}\n#### {gold}",
        "hashes with dollar": f"#### ${gold}",
        "hashes with comma": f"#### {int(gold):,}" if INTEGER.fullmatch(gold) else f"#### {gold}",
        "hashes wrong": f"#### {asked.other}",
        "hashes, then more": f"#### {gold}\n\nQ: 1 + 1 = 2",
        "equation": f"{prefix}: 2 * 3 = {gold}",
        "time": f"{prefix}: {gold}:00",
        "list": f"{prefix}: 1. {gold} 2. {asked.other}",
    }.items()


def hashed_answers(asked: Asked) -> Iterator[tuple[str, str]]:
    """Answers that end as the examples of GSM8K do."""
    for name, text in [*numbers(asked), ("dollar sign", f"${asked.target}"), ("unit", f"{asked.target} dollars")]:
        yield name, f"{asked.other} - 5 = <<3+4=7>>7\n#### {text}"
    yield from ((name, text) for name, text in spoken_answers(asked) if not name.endswith("sentence"))


MAKERS: dict[str, Callable[[Asked], Iterator[tuple[str, str]]]] = {"mgsm": spoken_answers, "gsm8k": hashed_answers}


def answers(task: Task, docs: list[Doc], per_language: int) -> Iterator[dict[str, str]]:
    """So many answers of each language, drawn by a hash of doc and form, each form as often as another."""
    make = MAKERS.get(task.spec.name, boxed_answers)
    by_language: defaultdict[str, list[Doc]] = defaultdict(list)
    for doc in docs:
        by_language[doc.language].append(doc)
    for language, found in sorted(by_language.items()):
        drawn: defaultdict[str, list[tuple[str, dict[str, str]]]] = defaultdict(list)
        for number, doc in enumerate(found):
            other = found[(number + 1) % len(found)]
            asked = Asked(bare(doc.target), language.partition("-")[0], bare(other.target))
            for form, text in make(asked):
                line = {"task": task.spec.name, "id": doc.id, "language": language, "target": str(doc.target)}
                rank = hashlib.sha256(f"{doc.id}/{form}".encode()).hexdigest()
                drawn[form].append((rank, {**line, "form": form, "answer": text}))
        yield from in_turn([sorted(each, key=lambda pair: pair[0]) for each in drawn.values()], per_language)


def in_turn(heaps: list[list[tuple[str, dict[str, str]]]], count: int) -> Iterator[dict[str, str]]:
    """One of each form, then a second of each, and so on."""
    for place in range(max(map(len, heaps))):
        for heap in heaps:
            if place < len(heap) and count > 0:
                count -= 1
                yield heap[place][1]


def bare(target: object) -> str:
    """A target without the dollar signs around it."""
    text = str(target).strip().rstrip(".")
    return text.strip("$").strip() if text.count("$") in (0, 2) else text


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--targets-from", help="a task with the same targets, whose rows are at hand, in one language")
    parser.add_argument("--per-language", type=int, default=200)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    task = load_tasks().get(args.task)
    docs = list(data.docs(load_tasks().get(args.targets_from or args.task), args.data_dir))
    if args.targets_from:
        docs = [replace(doc, language=tag, id=f"{tag}/{doc.id}") for tag in task.spec.languages for doc in docs]
    lines = answers(task, docs, args.per_language)
    args.out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
