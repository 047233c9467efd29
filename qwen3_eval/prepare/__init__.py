"""Config and tasks to one value: what is asked, what is left out, of what, and what ``run.json`` says about it."""

from qwen3_eval.prepare.given import prepare_predictions
from qwen3_eval.prepare.prepared import Prepared, prepare

__all__ = ["Prepared", "prepare", "prepare_predictions"]
