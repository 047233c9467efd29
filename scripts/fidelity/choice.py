"""How often the official scorers of multiple-choice benchmarks and ours give one verdict, answer by answer.

    python -m scripts.fidelity.choice write --task mmmlu --out answers.jsonl [--data-dir DIR]
    <other python> scripts/fidelity/choice_official.py mmmlu <checkout> answers.jsonl official.jsonl
    python -m scripts.fidelity.choice compare --task mmmlu answers.jsonl official.jsonl

``write`` makes answers in the forms that models use, in each language of the task, around options of real rows where
a mirror has them. The official code runs in an interpreter and a checkout of its own, outside this repository.
``compare`` judges the same answers with the task and prints one line a form in which the two part, and with --examples
an answer of each. docs/fidelity.md has the outcome.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qwen3_eval.grading.choice.letters import NATIVE
from qwen3_eval.grading.choice.words import LANGUAGES
from qwen3_eval.languages import find_language
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, UsageError

LATIN = "ABCDEFGHIJ"
OPTIONS = ("the first of them", "the second one", "a third way", "none of the others")


@dataclass(frozen=True)
class Phrases:
    """How a language announces an answer: its word, a sentence with {} for the letter, and a supposition."""

    word: str
    sentence: str
    supposed: str
    native: str = ""


PHRASES = {
    "en": Phrases(
        "Answer", "The correct answer is {}.", "Had the question asked for the opposite, the answer would be {}."
    ),
    "ar": Phrases("الإجابة", "الإجابة الصحيحة هي {}.", "لو كان السؤال عن العكس لكانت الإجابة {}.", "arabic"),
    "bn": Phrases("উত্তর", "সঠিক উত্তর হল {}।", "যদি প্রশ্নটি উল্টো হতো, তবে উত্তর: {}", "bengali"),
    "de": Phrases("Antwort", "Die richtige Antwort ist {}.", "Wäre nach dem Gegenteil gefragt, wäre die Antwort {}."),
    "es": Phrases("Respuesta", "La respuesta correcta es {}.", "Si preguntaran lo contrario, la respuesta sería {}."),
    "fr": Phrases("Réponse", "La bonne réponse est {}.", "Si l'on demandait le contraire, la réponse serait {}."),
    "hi": Phrases("उत्तर", "सही उत्तर {} है।", "यदि प्रश्न उल्टा होता, तो उत्तर: {}", "devanagari"),
    "id": Phrases("Jawaban", "Jawaban yang benar adalah {}.", "Jika pertanyaannya sebaliknya, jawaban: {}"),
    "it": Phrases("Risposta", "La risposta corretta è {}.", "Se si chiedesse il contrario, la risposta sarebbe {}."),
    "ja": Phrases("答え", "正解は{}です。", "もし逆のことを問われていたら、答え: {}", "katakana"),
    "ko": Phrases("정답", "정답은 {}입니다.", "만약 반대를 물었다면 정답은 {}입니다.", "hangul"),
    "pt": Phrases("Resposta", "A resposta correta é {}.", "Se perguntassem o contrário, a resposta seria {}."),
    "sw": Phrases("Jibu", "Jibu sahihi ni {}.", "Kama swali lingekuwa kinyume, jibu: {}"),
    "zh": Phrases("答案", "正确答案是{}。", "如果题目问的是相反的情况，答案应为{}。", "stems"),
    "th": Phrases("คำตอบ", "คำตอบคือ {}", "ถ้าคำถามถามตรงกันข้าม คำตอบคือ {}", "thai"),
    "vi": Phrases("Đáp án", "Câu trả lời là {}.", "Nếu câu hỏi ngược lại thì đáp án là {}."),
    "ru": Phrases("Ответ", "Правильный ответ: {}.", "Если бы спросили обратное, ответ: {}"),
    "tr": Phrases("Cevap", "Doğru cevap: {}.", "Eğer soru tersini sorsaydı, cevap: {}"),
    "pl": Phrases("Odpowiedź", "Poprawna odpowiedź to {}.", "Gdyby pytano o przeciwieństwo, odpowiedź: {}"),
    "nl": Phrases("Antwoord", "Het juiste antwoord is {}.", "Als het omgekeerde werd gevraagd, antwoord: {}"),
    "el": Phrases("Απάντηση", "Η σωστή απάντηση είναι {}.", "Αν ρωτούσαν το αντίθετο, απάντηση: {}", "greek"),
    "he": Phrases("תשובה", "התשובה הנכונה היא {}.", "אילו שאלו את ההפך, תשובה: {}", "hebrew"),
    "fa": Phrases("پاسخ", "پاسخ صحیح {} است.", "اگر برعکس می‌پرسیدند، پاسخ: {}", "arabic"),
    "ta": Phrases("பதில்", "சரியான பதில்: {}", "கேள்வி எதிர்மாறாக இருந்தால், பதில்: {}", "tamil"),
}
# Forms by name: {x} the letter, {y} another one, {t} and {u} their texts, {w} the word, {s} and {r} the sentence with
# the letter and with the other one, {h} a supposition of the other one, {small} and {native} the letter so written.
REASONS = "Option {y} ({u}) is too narrow.\nOption {x} ({t}) fits what is asked.\n\n"
FORMS = {
    "field": '"answer": "{x}"',
    "JSON in a block": '```json\n{{"answer": "{x}"}}\n```',
    "JSON, single quotes": "{{'answer': '{x}'}}",
    "JSON with reasons": '{{"reasoning": "{y} is too narrow.", "answer": "{x}"}}',
    "field with the text": '{{"answer": "{x}. {t}"}}',
    "letter": "{x}",
    "letter in parentheses": "({x})",
    "letter and stop": "{x}.",
    "letter and text": "{x}. {t}",
    "parentheses and text": "({x}) {t}",
    "bold letter": "**{x}**",
    "bold letter and text": "**{x}. {t}**",
    "small letter": "{small}",
    "small letter and text": "{small}. {t}",
    "Answer: X": "Answer: {x}",
    "bold Answer: X": "**Answer:** {x}",
    "Answer: text": "Answer: {t}",
    "word: X": "{w}: {x}",
    "bold word: X": "**{w}**: {x}",
    "word, full-width colon": "{w}：{x}",
    "word: local letter": "{w}: {native}",
    "local letter": "({native})",
    "sentence": "{s}",
    "sentence after reasons": REASONS + "{s}",
    "word after reasons": REASONS + "{w}: {x}",
    "field after reasons": REASONS + '"answer": "{x}"',
    "box": "$\\boxed{{{x}}}$",
    "box with text macro": "\\boxed{{\\text{{{x}}}}}",
    "box after reasons": REASONS + "So we get $\\boxed{{{x}}}$.",
    "The answer is (X)": REASONS + "The answer is ({x}).",
    "option X is correct": REASONS + "Therefore, option {x} is correct.",
    "corrected": "{w}: {y}\n\nWait, that is wrong.\n\n{w}: {x}",
    "corrected field": '{{"answer": "{y}"}}\n\nOn second thought:\n\n{{"answer": "{x}"}}',
    "field, then a supposition": '"answer": "{x}"\n\n{h}',
    "word, then a supposition": "{w}: {x}\n\n{h}",
    "sentence, then a report": "{s}\n\nSome would say the answer is {y}.",
    "small letter behind word": "{w}: {small}",
    "two letters": "Answer: {x} and {y}",
    "beyond the options": "Answer: Z",
    "refusal": "I'm sorry, but I cannot answer this question.",
    "unfinished": "Let us see. Option {y} ({u}) is too narrow. Option {x} ({t}) would",
    "empty field": '{{"answer": ""}}',
    "text alone": "{t}",
    "run-on question": "The answer is ({x}).\n\nQuestion: What else?\nAnswer: The answer is ({y}).",
}


@dataclass(frozen=True)
class Item:
    """A row's options and the place of the right one."""

    language: str
    options: tuple[str, ...]
    target: int


def rows(path: Path, count: int, rng: random.Random) -> list[dict[str, Any]]:
    """Some rows of a file of a mirror."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    every = [json.loads(line) for line in text.decode().split("\n") if line]
    return rng.sample(every, min(count, len(every)))


def options_of(row: dict[str, Any]) -> tuple[list[str], int]:
    """Options and the place of the right one, in the schemas of MMMLU, Belebele, INCLUDE, C-Eval and MMLU-Pro."""
    if "mc_answer1" in row:
        return [row[f"mc_answer{number}"] for number in range(1, 5)], int(row["correct_answer_num"]) - 1
    if "options" in row:
        return list(row["options"]), int(row["answer_index"])
    if "choices" in row:
        return list(row["choices"]), int(row["answer"])
    return [row[letter] for letter in "ABCD"], "ABCD".index(row.get("Answer") or row["answer"])


# Where the rows of a task lie in a mirror; tasks without any borrow those of another one.
FILES = {
    "mmmlu": "mmmlu/*.test.*",
    "include": "include/*.test.*",
    "ceval": "ceval/val.*",
    "supergpqa": "mmlu_pro/test.*",
}
FILES |= {"belebele": "belebele/*.test.*", "mlogiqa": "belebele/*.test.*", "mmlu_redux": "mmlu/test.*"}


def items(task: str, folder: Path | None, count: int, rng: random.Random) -> Iterator[Item]:
    """Some items in each language of a task."""
    found: dict[str, list[Item]] = defaultdict(list)
    for path in sorted(folder.glob(FILES[task])) if folder else ():
        tag = _tag(path.name.split(".")[0]) or ("zh-Hans" if task == "ceval" else "en")
        for options, target in map(options_of, rows(path, count, rng)):
            found[tag].append(Item(tag, tuple(options), target))
    for tag in load_tasks().get(task).spec.languages or ("en",):
        spare = [Item(tag, OPTIONS, rng.randrange(4)) for _ in range(count)]
        yield from (Item(tag, item.options, item.target) for item in found.get(tag) or spare)


def _tag(name: str) -> str:
    try:
        return find_language(name.replace("_", " ") if name[0].isupper() and "_" not in name else name).tag
    except UsageError:
        return ""


def phrases(tag: str) -> Phrases:
    """The phrases of a language; of one without an entry here, its word from the tables of the grader."""
    code = tag.split("-")[0]
    if code in PHRASES:
        return PHRASES[code]
    word = LANGUAGES[code].answer.split(",")[0].capitalize() if code in LANGUAGES else "Answer"
    return Phrases(word, f"{word}: {{}}", PHRASES["en"].supposed)


def answers(task: str, folder: Path | None, count: int) -> Iterator[dict[str, Any]]:
    """Answers in every form for every item; three in ten choose a wrong letter."""
    rng = random.Random(0)
    for number, item in enumerate(items(task, folder, count, rng)):
        for form, template in FORMS.items():
            x, y = item.target, (item.target + rng.randrange(1, len(item.options))) % len(item.options)
            x, y = (y, x) if rng.random() < 0.3 else (x, y)
            text = template.format(**parts(item, x, y))
            shared = {"language": item.language, "form": form, "target": LATIN[item.target], "options": item.options}
            yield {"id": f"{number}/{form}", "answer": text, **shared}


def parts(item: Item, x: int, y: int) -> dict[str, str]:
    """What is put into a form: the chosen option ``x`` and another one, ``y``, in the words of the language."""
    said = phrases(item.language)
    native = NATIVE[said.native][x : x + 1] if said.native else ()
    chosen = {"x": LATIN[x], "t": item.options[x], "small": LATIN[x].lower(), "native": (*native, LATIN[x])[0]}
    other = {"y": LATIN[y], "u": item.options[y], "h": said.supposed.format(LATIN[y])}
    return {**chosen, **other, "w": said.word, "s": said.sentence.format(LATIN[x])}


@dataclass
class Tally:
    """Verdicts by form and by language, and an answer of each kind on which the two part."""

    forms: dict[str, Counter[str]]
    languages: dict[str, Counter[str]]
    examples: dict[tuple[str, str], str]

    def add(self, row: dict[str, Any], ours: str | None, theirs: str | None) -> None:
        """Counts one answer: its verdict, and whether another letter was read."""
        right, official = ours == row["target"], theirs == row["target"]
        verdict = "agree" if right == official else "ours alone" if right else "theirs alone"
        self.forms[row["form"]][verdict] += 1
        self.languages[row["language"]][verdict] += 1
        if ours != theirs:
            self.forms[row["form"]]["other letter"] += 1
            self.examples.setdefault((row["form"], verdict), f"{row['answer'][-90:]!r}: ours {ours}, theirs {theirs}")

    def lines(self, examples: bool) -> Iterator[str]:
        """What is printed."""
        every = sum(self.languages.values(), Counter[str]())
        shares = sorted(counts["agree"] / counts.total() for counts in self.languages.values())
        yield f"{every.total()} answers, {every['agree'] / every.total():.1%} one verdict, {dict(every)}"
        yield f"{len(shares)} languages, from {shares[0]:.1%} to {shares[-1]:.1%}"
        for form, counts in self.forms.items():
            yield f"  {form}: {dict(counts)}"
        for (form, verdict), example in self.examples.items() if examples else ():
            yield f"    {form}, {verdict}: {example}"


def compare(task: str, written: Iterable[dict[str, Any]], official: Iterable[dict[str, Any]]) -> Tally:
    """Our verdicts beside the official ones."""
    theirs = {row["id"]: row["letter"] for row in official}
    grade, tally = load_tasks().get(task), Tally(defaultdict(Counter), defaultdict(Counter), {})
    for row in written:
        doc = Doc(row["id"], "", row["target"], language=row["language"], meta={"options": row["options"]})
        # Of supergpqa the mode for completions is the reference here; the others read both in one way.
        tally.add(row, grade.base_score(doc, row["answer"]).extracted, theirs[row["id"]])
    return tally


def main() -> None:
    """Writes answers, or compares the verdicts on them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    write, comparing = commands.add_parser("write"), commands.add_parser("compare")
    for each in (write, comparing):
        each.add_argument("--task", required=True, choices=sorted(FILES))
    write.add_argument("--out", type=Path, required=True)
    write.add_argument("--data-dir", type=Path)
    write.add_argument("--items", type=int, default=4, help="items in each language")
    comparing.add_argument("answers", type=Path)
    comparing.add_argument("official", type=Path)
    comparing.add_argument("--examples", action="store_true")
    options = parser.parse_args()
    if options.command == "write":
        made = answers(options.task, options.data_dir, options.items)
        options.out.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in made))
        return
    read = [[json.loads(line) for line in path.open()] for path in (options.answers, options.official)]
    print(options.task, *compare(options.task, read[0], read[1]).lines(options.examples), sep="\n")


if __name__ == "__main__":
    main()
