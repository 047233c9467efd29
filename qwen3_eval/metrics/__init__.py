"""What makes a benchmark's numbers out of its samples: a metric is an object that a task names.

``Mean`` is an average of scores over docs, subsets or languages; ``Corpus`` a figure of sums over whole parts of the
benchmark, such as spBLEU; ``Rating`` one among people. Each knows its value, the questions' parts in it and its errors
(``numbers``, ``parts``), describes itself for ``run.json`` and is made again from there (``made``).
"""

from qwen3_eval.metrics.base import SCALES, Averaged, Described, Metric, Number
from qwen3_eval.metrics.corpus import Corpus
from qwen3_eval.metrics.kinds import made
from qwen3_eval.metrics.ladder import Outcome, outcomes
from qwen3_eval.metrics.mean import Mean
from qwen3_eval.metrics.parts import QuestionPart
from qwen3_eval.metrics.rating import Rating
from qwen3_eval.types import Average, Ladder, Problem

__all__ = [
    "SCALES",
    "Average",
    "Averaged",
    "Corpus",
    "Described",
    "Ladder",
    "Mean",
    "Metric",
    "Number",
    "Outcome",
    "Problem",
    "QuestionPart",
    "Rating",
    "made",
    "outcomes",
]
