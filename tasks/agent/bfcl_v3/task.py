"""BFCL v3: 4,441 requests for function calls, in one turn or over several, judged by the official checker.

Rows: the questions, possible answers and function documents of the authors' repository, at its last state before v4.
Asked: in the FC format, through the model's chat template, with the functions as tools; in conversations the calls
are executed and their results given back. Judged: calls by name and arguments (Python, Java, JavaScript), by whether
there should be any (relevance, irrelevance), and in conversations by the state that they lead to and what they
returned. Subsets: the official columns; the score is the mean of non-live, live and multi-turn, with the live
questions all alike. Needs a sandbox and `make bfcl`.

The report gives conversations a context of 64k tokens with YaRN. One engine has one context, so all questions get it:
``--engine-arg max_model_len=65536 --engine-arg hf_overrides='{"max_position_embeddings": 65536, "rope_parameters":
{"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 32768, "rope_theta": 1000000}}'``.
Report: Tables 11 to 20 and 22.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Reply, Score, Source, Task, metrics, needs, task

from . import checker
from .grade import next_prompt, recorded_replies, score_of, split_functions

REVISION = "cd9429ccf3d4d04156affe883c495b3b047e6b64"
DATA = "berkeley-function-call-leaderboard/bfcl_eval/data"
# Where each category counts in the score, as generate_leaderboard_csv of eval_checker/eval_runner_helper.py adds up.
SUBSETS = {
    "simple": "non_live/simple/python",
    "java": "non_live/simple/java",
    "javascript": "non_live/simple/javascript",
    "multiple": "non_live/multiple",
    "parallel": "non_live/parallel",
    "parallel_multiple": "non_live/parallel_multiple",
    "irrelevance": "non_live/irrelevance",
    "live_simple": "live/simple",
    "live_multiple": "live/multiple",
    "live_parallel": "live/parallel",
    "live_parallel_multiple": "live/parallel_multiple",
    "live_irrelevance": "live/irrelevance",
    "live_relevance": "live/relevance",
    "multi_turn_base": "multi_turn/base",
    "multi_turn_miss_func": "multi_turn/miss_func",
    "multi_turn_miss_param": "multi_turn/miss_param",
    "multi_turn_long_context": "multi_turn/long_context",
}
UNANSWERED = ("irrelevance", "live_irrelevance", "live_relevance")
DOCUMENTS = {
    "GorillaFileSystem": "gorilla_file_system",
    "MathAPI": "math_api",
    "MessageAPI": "message_api",
    "TwitterAPI": "posting_api",
    "TicketAPI": "ticket_api",
    "TradingBot": "trading_bot",
    "TravelAPI": "travel_booking",
    "VehicleControlAPI": "vehicle_control",
}


def source(path: str) -> Source:
    """A file of the repository's data; a mirror has it under its name, with dots for the folder."""
    mirror = f"bfcl_v3/{path.replace('/', '.')}.jsonl"
    return Source(
        "github:ShishirPatil/gorilla", split="test", mirror=mirror, path=f"{DATA}/{path}.json", revision=REVISION
    )


@task(
    name="bfcl_v3",
    n_docs=4441,
    category="agent",
    version="3",
    source=tuple(source(f"BFCL_v3_{category}") for category in SUBSETS),
    tables={
        category: source(f"possible_answer/BFCL_v3_{category}") for category in SUBSETS if category not in UNANSWERED
    }
    | {name: source(f"multi_turn_func_doc/{file}") for name, file in DOCUMENTS.items()},
    metric=metrics.Mean(over="subsets", pooled=("live",)),
    needs=(
        needs.SANDBOX,
        needs.Need("bfcl", checker.lacking, title="BFCL checker", found=lambda: str(checker.folder())),
    ),
    score_seconds=10.0,
    reference=f"ShishirPatil/gorilla@{REVISION} berkeley-function-call-leaderboard/bfcl_eval",
    paper=Paper(tables=(*range(11, 21), 22), metric="accuracy"),
    suites=("agent", "report", "cards"),
    deviations=(
        "the last state of v3 is newer than the report: questions, answers and classes of conversations were corrected",
        "single-turn questions get the context of conversations, since a run has one engine",
        "a context of 64k tokens with YaRN is up to the engine's arguments: see the task's file",
        "prompts are those of Qwen's own handler; calls in Hermes are read strictly, as by its handler of them",
        "calls in another family's format are read as it writes them, with the types of the functions shown",
        "where no family is known, XML is read too; the reference reads Hermes alone, so other verdicts are ours",
        "a call in another format than the family's scores 0; to the reference it is no call (right in irrelevance)",
        "a function may be called by its name with dots or with underscores, whichever the official handler shows",
        "where functions are added to a conversation, the note on their syntax does not double in the descriptions",
        "an answer on which the official checker stops with an error scores 0",
        "only methods of the involved classes are executed, with plain arguments; to the reference any name is a call",
        "calls that take more than ten CPU seconds are a timeout; the reference waits",
    ),
)
class BfclV3(Task):
    """Function calls in one turn, or a conversation in which they are executed."""

    silence_counts = True

    def doc(self, row: Mapping[str, Any]) -> Doc:
        category, number = row["id"].rsplit("_", 1)
        classes = row.get("involved_classes", ())
        documents = [*row.get("function", ()), *(each for name in classes for each in self.tables[name])]
        now, later = split_functions(documents, row.get("missed_function") or {})
        state = {name: row[name] for name in ("initial_config", "involved_classes") if name in row}
        return Doc(
            id=row["id"],
            question="\n\n".join(message["content"] for turn in row["question"] for message in turn),
            target=self.answer(category, row["id"]),
            subset=SUBSETS[category],
            # The four kinds of conversation are variants of the same 200.
            group=f"multi_turn_{number}" if category.startswith("multi_turn") else "",
            meta={"category": category, "question": row["question"], "documents": now, "later": later, **state},
        )

    def answer(self, category: str, name: str) -> Any:
        """The possible answers, or the calls of each turn; None where there is nothing to compare with."""
        if category in UNANSWERED:
            return None
        [found] = [row["ground_truth"] for row in self.tables[category] if row["id"] == name]
        return found

    def prompt(self, doc: Doc) -> Prompt:
        return self.follow(doc, ()) or Prompt()

    def follow(self, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
        return next_prompt(doc, replies)

    def score(self, doc: Doc, answer: str) -> Score:
        return self.score_replies(doc, (answer,))

    def score_replies(self, doc: Doc, answers: Sequence[str]) -> Score:
        return score_of(doc, answers)

    def calls_text(self, doc: Doc, calls: Sequence[Any]) -> Sequence[str]:
        return recorded_replies(doc, calls)
