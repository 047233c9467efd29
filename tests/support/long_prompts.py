"""A run whose prompts are long, with a sentence in each that the answer rests on."""

from __future__ import annotations

from pathlib import Path

from fake_run import Fake, manifest, prompt_sha, questions, records, stored

from qwen3_eval.records.store import Store
from qwen3_eval.types import MODES, PromptFacts, Unit

NEEDLE = "The magic word of the harbour is heron."
HAY = "".join(f"Line {number} of the harbour book says nothing of birds.\n" for number in range(10_000))
AT = 200_000
LONG_TEXT = HAY[:AT] + NEEDLE + HAY[AT:]


def long_run(folder: Path, docs: int, text: str = LONG_TEXT) -> Path:
    """Writes it: each prompt in both modes."""
    fake = Fake(tasks=("demo_math",), docs=docs, budgets=(), unfinished=0.0)
    run = stored(folder, manifest(fake, folder.name), records(fake), ())
    store = Store(run)
    store.open(manifest(fake, folder.name))
    for question in questions(fake):
        said = f"{question.id} {text}"
        for mode in MODES:
            facts = PromptFacts(len(said) // 4, (said,), (NEEDLE,))
            unit = Unit(question.task, question.id, 0, mode)
            rendered = f"<|{mode}|>{said}<|end|>"
            store.add_prompt(prompt_sha(mode, question), rendered, unit, question.target, facts)
    store.close()
    return run
