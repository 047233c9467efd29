"""How far judges agree on the same answers, and what else than the answers moves their verdicts."""

from qwen3_eval.agreement.figures import Agreement, agreement
from qwen3_eval.agreement.words import as_json, text_lines

__all__ = ["Agreement", "agreement", "as_json", "text_lines"]
