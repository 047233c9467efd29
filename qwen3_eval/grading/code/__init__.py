"""Programs that a model wrote: found in its answer, run in the sandbox, and judged by what they answered."""

from qwen3_eval.grading.code.livecodebench import cases_of, judge

__all__ = ["cases_of", "judge"]
