"""Translations against one reference: chrF++ and spBLEU, with sacreBLEU.

Figures of a corpus are made of the sums of its sentences' counts (``stats.corpus``), so each score carries its own.
spBLEU cuts texts with the SentencePiece model of FLORES-200, which is in no package: sacreBLEU fetches it once into
its own folder. Where it is not there, spBLEU is left out, and nothing is fetched while answers are judged.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qwen3_eval.loading import once
from qwen3_eval.stats import corpus
from qwen3_eval.types import Score

if TYPE_CHECKING:
    from sacrebleu.metrics import bleu, chrf

CHRF, SPBLEU = "chrf++", "spbleu"
MODEL = "flores200"
FETCH = 'python -c "from sacrebleu.tokenizers.tokenizer_spm import Flores200Tokenizer as T; T()"'


def score(answer: str, reference: str) -> Score:
    """chrF++ of the sentence, 0 to 1, and the counts of both figures. Lines are joined, as in a corpus file."""
    said = " ".join(answer.split())
    chrf = _counts(_chrf(), said, reference)
    counts = {CHRF: chrf}
    if spbleu_model().is_file():
        counts[SPBLEU] = _counts(_spbleu(), said, reference)
    if not said:
        return Score(0.0, "no_answer", counts=counts, detail="the answer is empty")
    return Score(corpus.chrf(chrf), extracted=said, counts=counts)


def lacking_spbleu() -> str:
    """Why there is no spBLEU here, in words; empty where there is."""
    if spbleu_model().is_file():
        return ""
    return f"no spBLEU, because {spbleu_model()} is not there; fetch it with `{FETCH}`"


def spbleu_model() -> Path:
    """Where sacreBLEU keeps the model that it cuts texts with."""
    from sacrebleu.tokenizers import tokenizer_spm

    folder = Path(tokenizer_spm.SACREBLEU_DIR)  # type: ignore[attr-defined]
    return folder / "models" / Path(tokenizer_spm.SPM_MODELS[MODEL]["url"]).name


@once
def _chrf() -> chrf.CHRF:
    from sacrebleu.metrics import chrf

    return chrf.CHRF(word_order=2)


@once
def _spbleu() -> bleu.BLEU:
    from sacrebleu.metrics import bleu

    return bleu.BLEU(tokenize=MODEL)


def _counts(metric: chrf.CHRF | bleu.BLEU, said: str, reference: str) -> list[int]:
    """What a sentence adds to the sums of a corpus. sacreBLEU has no public name for it; its version is pinned."""
    [counts] = metric._extract_corpus_statistics([said], [[reference]])
    return [int(each) for each in counts]
