"""The contract: what travels from a dataset's row to a line of the report.

    row -> Doc -> Prompt -> tokens -> Generation -> Score -> Record -> Result

Every type is a frozen dataclass of plain data, so that it can be hashed, sent to a worker
process and written to a journal. Nothing here knows about files, engines or models.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict, get_args

from msgspec import Struct

Mode = Literal["thinking", "non-thinking"]
Protocol = Literal["chat", "base"]
Average = Literal["docs", "subsets", "languages"]
Outcome = Literal[
    "ok", "no_answer", "other_format", "unfinished", "truncated", "error", "timeout", "refused", "too_long"
]
# What a reply's thinking block was: none at all, closed with nothing but white space inside, closed with text, or open
# at the end. Empty where nobody can tell, as where a server took the thinking out of the text.
Block = Literal["", "none", "empty", "closed", "open"]
# Why nothing was read in what a judge said.
Unread = Literal["refused", "failed", "too_long", "thinking", "empty", "cut", "no_verdict"]

MODES: tuple[Mode, ...] = get_args(Mode)
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
# The outcome, and the finish reason, of a prompt that is longer than the context.
TOO_LONG: Literal["too_long"] = "too_long"
# How the names of metrics begin that are read from the thinking.
OF_THINKING = "thinking_"
# Figures of answers that a model judged: of the calls about one, the share that no verdict was read from, and the share
# that only the lenient rule reads; and whether the judge's own marker stands in the answer.
UNREAD, LENIENT, MARKED = "unread_share", "lenient_share", "marked_share"
# What is said of a task whose questions are others than those that the report asked, which were never published; and
# what is still to be learnt from its numbers beside the printed ones.
REBUILT = "rebuilt; not comparable number by number"
COMPARABLE = "what can be compared of it is the order of the modes and the size of a change"
# The figure by the official code of a benchmark, beside ours.
OFFICIAL = "official_mean"
# What a JSON text says: a value, and an object.
JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
Json: TypeAlias = Mapping[str, JsonValue]


class UsageError(Exception):
    """The request was wrong. The message is one line: what is wrong and what to do. Exit code 2."""


def nearest(word: str, options: Iterable[str]) -> str:
    """`` (did you mean X?)``, or nothing when no option is near."""
    found = difflib.get_close_matches(word, list(options), n=1, cutoff=0.4)
    return f" (did you mean {found[0]!r}?)" if found else ""


class IncompleteError(Exception):
    """The run could not be completed. What was done is kept; the message says how to go on. Exit code 3."""


@dataclass(frozen=True, slots=True)
class Doc:
    """One question of a benchmark.

    id: the dataset's own identifier, else ``<split>/<row>``; unique within a task.
    target: what the scorer compares with (any JSON value).
    language: IETF tag of the question.
    group: docs that share it are one cluster for the statistics (translations of one question).
    subset: part of the benchmark that gets a result of its own; a path such as ``math/olympiad``.
    weights: what the doc counts in the mean of a metric, by its name; 1 where nothing is said. A ratio
        of sums (instructions followed, cells filled) is the mean weighted by the denominators.
    meta: whatever else the prompt or the scorer needs (any JSON object).
    """

    id: str
    question: str
    target: Any
    language: str = "en"
    group: str = ""
    subset: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type[Doc], tuple[object, ...]]:
        """By its fields: what a dataclass with slots does by itself costs three times as much."""
        return Doc, doc_content(self)


doc_content = attrgetter(*(each.name for each in fields(Doc)))


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; role is ``system``, ``user``, ``assistant`` or ``tool``.

    reasoning, tool_calls: of an assistant's message, as chat templates take them: the thinking, which a
        template shows or leaves out, and ``{"name": ..., "arguments": {...}}`` for each call.
    """

    role: str
    content: str
    reasoning: str = ""
    tool_calls: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is asked: chat messages, or a plain completion prompt for base models.

    tools: JSON schemas handed to the chat template.
    stop: strings that end the answer of a completion prompt (never used inside thinking).
    choices: continuations of a completion prompt of which the likeliest is the answer. They may differ
        in their last token alone, as " A" and " B" do.
    begin: how the answer to chat messages begins, whoever answers: words behind all that the template puts there.
    max_tokens: limit of the answer, where the benchmark states one for each question; a smaller one of the run holds.
    """

    messages: tuple[Message, ...] = ()
    completion: str | None = None
    tools: tuple[Mapping[str, Any], ...] = ()
    stop: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    begin: str = ""
    max_tokens: int | None = None

    @classmethod
    def user(cls, text: str, *, system: str = "", tools: tuple[Mapping[str, Any], ...] = ()) -> Prompt:
        """A single user turn, after an optional system turn."""
        head = (Message("system", system),) if system else ()
        return cls(messages=(*head, Message("user", text)), tools=tools)

    def without_texts(self) -> Prompt:
        """The same with nothing in it that the tokens of the rendered prompt say already."""
        bare = tuple(replace(each, content="", reasoning="") for each in self.messages)
        return replace(self, messages=bare, completion=None if self.completion is None else "")

    @classmethod
    def complete(cls, text: str, *, stop: tuple[str, ...] = (), choices: tuple[str, ...] = ()) -> Prompt:
        """A completion prompt for the base protocol."""
        return cls(completion=text, stop=stop, choices=choices)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said in one step of a conversation.

    block, tagged: as in ``Generation``. cut: the token limit ended it.
    """

    thinking: str
    answer: str
    block: Block = field(default="", compare=False)
    tagged: bool = field(default=False, compare=False)
    cut: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Sampling:
    """Decoding parameters, named as in vLLM's ``SamplingParams``. ``top_k`` -1 means all tokens."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = -1
    min_p: float = 0.0
    presence_penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """Token limits: ``total`` for thinking and answer without a budget, ``answer`` under a budget."""

    total: int
    answer: int

    def within(self, most: int | None) -> TokenLimits:
        """The same with answers of at most so many tokens; None for no further limit."""
        return self if most is None else TokenLimits(min(self.total, most), min(self.answer, most))


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts of one generation; None where the server did not say.

    thinking: tokens that the model wrote between the tags, without the tags and without a stop text.
    cached: prompt tokens that came out of the engine's prefix cache.
    decoded: tokens that were decoded for this record alone; 0 where a shared trace paid for them.
    """

    prompt: int | None = None
    thinking: int | None = None
    answer: int | None = None
    cached: int | None = None
    decoded: int | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """What a model wrote for one doc, sample, mode and budget.

    finished: the thinking was closed (by the model or by the stop text), or there was none to close.
    forced_stop: the thinking was cut at the budget and the stop text appended.
    finish_reason: the engine's word for why the last request ended (``stop``, ``tool_calls``, ...), ``length`` for
        every cut; ``error``, ``refused`` or ``too_long`` where there is no generation.
    error: why there is no generation; empty when there is one. ``retryable`` errors are made again on resume.
    replies: every step of a conversation; then ``thinking`` and ``answer`` are those of the last one, and
        ``tokens`` and ``latency_s`` are sums (``tokens.prompt`` too: each step reads its own prompt).
    block: as token ids or the text as it was written say; never by what a server split off.
    tagged: another opening tag stands behind the block, or one where there is none, quoted ones too.
    """

    thinking: str = ""
    answer: str = ""
    finished: bool = True
    forced_stop: bool = False
    finish_reason: str = "stop"
    tokens: Tokens = field(default_factory=Tokens)
    latency_s: float = 0.0
    error: str = ""
    retryable: bool = False
    replies: tuple[Reply, ...] = ()
    block: Block = field(default="", compare=False)
    tagged: bool = field(default=False, compare=False)

    @property
    def refused(self) -> bool:
        """The server would not answer; it is not asked again."""
        return bool(self.error) and self.finish_reason == "refused"


@dataclass(frozen=True, slots=True)
class Score:
    """The verdict on one answer.

    value: 0 to 1.
    extracted: the answer that was found in the text, as a string; None when none was found.
    metrics: further figures of the benchmark, by name (0 to 1 each). Every sample has all that its task names
        (``Task.metric_names``), 0 where there is no verdict, so that their means have the denominator of the score.
    counts: what the sample adds to the sums that a figure of all samples is made of, by the figure's name
        (``metrics.Corpus``).
    detail: why, for the reader of a report.
    """

    value: float
    outcome: Outcome = "ok"
    extracted: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    detail: str = ""
    counts: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @classmethod
    def no_answer(cls, detail: str = "no answer found") -> Score:
        """The text holds no answer in any accepted form."""
        return cls(0.0, "no_answer", detail=detail)

    @classmethod
    def other_format(cls, detail: str) -> Score:
        """The text calls a function in another format than that of the model's family, so that nothing was called."""
        return cls(0.0, "other_format", detail=detail)

    def __reduce__(self) -> tuple[type[Score], tuple[object, ...]]:
        """By its fields, as a ``Doc``."""
        return Score, _score_content(self)


_score_content = attrgetter(*(each.name for each in fields(Score)))


@dataclass(frozen=True, slots=True)
class JudgeCall:
    """One thing that a judge is asked about an answer. name: which one of them (``game 1``), unique for an answer."""

    name: str
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing to measure: a doc, asked once, in one mode, at one budget (None: no budget).

    protocol: a few-shot completion (``base``) counts as non-thinking.
    """

    task: str
    id: str
    sample: int
    mode: Mode
    budget: int | None = None
    protocol: Protocol = "chat"

    @property
    def trace(self) -> tuple[str, str, int, Mode]:
        """What the answers under all budgets branch off."""
        return self.task, self.id, self.sample, self.mode


@dataclass(frozen=True, slots=True)
class Record:
    """One line of ``generations.jsonl``: what was asked, with which seed, and what came back."""

    key: str
    unit: Unit
    seed: int
    prompt_sha256: str
    generation: Generation


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """What is known of a prompt beside its text.

    tokens: that it has; None where nobody counted. shared: texts within it that other prompts may have too, in their
    order. evidence: sentences in it that the answer rests on.
    """

    tokens: int | None = None
    shared: Sequence[str] = ()
    evidence: Sequence[str] = ()


NO_FACTS = PromptFacts()


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """How an answer was asked for that an earlier run has. text: of its prompt; empty where that was not kept."""

    seed: int
    prompt_sha256: str
    text: str
    facts: PromptFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Judgment:
    """One line of ``judgments.jsonl``: what a judge was asked about an answer, and what it said.

    key: of this call. answer_key: of the generation that is judged. call, attempt: which one of its calls, and how
    often it was asked before. judge: its name. prompt_sha256: of the messages (``records.keys.messages_sha256``),
    whoever rendered them. reply: its ``answer`` is what is parsed. verdict: what the benchmark's parse rule read there,
    any JSON value; None where it read nothing. lenient: likewise by the lenient rule. unread: why the rule of the run
    read nothing; empty where it did.
    """

    key: str
    answer_key: str
    unit: Unit
    call: str
    attempt: int
    judge: str
    seed: int
    prompt_sha256: str
    reply: Generation
    verdict: JsonValue = None
    lenient: JsonValue = None
    unread: Unread | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """One line of ``scores.jsonl``: the verdict on the generation with the same key.

    given_id: the id that a predictions file has for the doc; empty where it is the doc's own.
    """

    key: str
    unit: Unit
    score: Score
    scorer: str
    given_id: str = ""


class Problem(TypedDict):
    """Of a ladder. contest: where it is from. points: null where a solved one counts one. rating: its own, or null."""

    contest: str
    points: float | None
    rating: float | None


class Ladder(TypedDict):
    """What a rating among people is made of beside the attempts, as JSON.

    problems: by the id of their doc. contests: ``[score, penalty, rating]`` for each possible outcome. A contest
    without a rating has none of these.
    """

    problems: dict[str, Problem]
    contests: dict[str, list[list[float]]]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % confidence interval in the unit of the score."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reported:
    """A number that is printed: value in its printed unit, table of the report, model name.

    card: title and month of a later card that it stands in instead; ``table`` is 0 then. unit: the printed one, where
    its scale is another than that of the result beside it.
    """

    value: float
    table: int
    model: str
    card: str = ""
    unit: str = ""

    @property
    def place(self) -> str:
        """Where it stands."""
        return self.card or f"Table {self.table}"


@dataclass(frozen=True, slots=True)
class Result:
    """One row of ``summary.json``.

    score, stderr and interval carry ``unit`` (percent for accuracies). ``stderr`` and ``interval``
    are over questions, clustered by ``Doc.group``; ``stderr_samples`` and ``interval_samples``
    are over repeated samples of the same questions. language and subset: the part of the docs that
    is averaged, None for all.
    health: how many of the planned samples had each outcome. tokens: means per sample. reason: why it is not valid.
    """

    task: str
    mode: Mode
    budget: int | None
    language: str | None
    metric: str
    unit: str
    score: float
    stderr: float
    interval: Interval
    stderr_samples: float | None
    interval_samples: Interval | None
    n_docs: int
    n_samples: int
    health: Mapping[str, int]
    valid: bool
    tokens: Mapping[str, float]
    reported: Reported | None = None
    protocol: Protocol = "chat"
    subset: str | None = None
    reason: str = ""

    @property
    def cell(self) -> Cell:
        """The line of a result table that it belongs to."""
        return Cell(self.task, self.mode, self.budget, self.protocol)


class Cell(NamedTuple):
    """What one line of a result table is about."""

    task: str
    mode: Mode
    budget: int | None
    protocol: Protocol = "chat"

    @property
    def condition(self) -> str:
        """In what way the model was asked, for a reader."""
        return condition(self.protocol, self.mode)


def condition(protocol: str, mode: str) -> str:
    """How a reader tells apart in what way a model was asked: ``thinking``, ``non-thinking`` or ``base``."""
    return "base" if protocol == "base" else mode


class AskedDoc(NamedTuple):
    """A doc as the statistics see it."""

    id: str
    language: str | None
    group: str
    subset: str = ""


class Scored(Struct, frozen=True, gc=False):
    """A line of ``scores.jsonl`` without its texts.

    metrics: pairs of name and value; weights, counts: likewise. offset: where the line begins in its file.
    """

    cell: Cell
    question: AskedDoc
    value: float
    outcome: str
    metrics: tuple[tuple[str, float], ...]
    weights: tuple[tuple[str, float], ...] = ()
    sample: int = 0
    counts: tuple[tuple[str, tuple[float, ...]], ...] = ()
    offset: int = 0
