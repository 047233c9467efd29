"""``RunConfig``: everything that a run depends on; validated, printable, hashable."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from qwen3_eval import secrets
from qwen3_eval.languages import pick_languages
from qwen3_eval.types import MODES, JsonValue, Mode, Sampling, UsageError

ProtocolChoice = Literal["auto", "chat", "base", "both"]
Rendering = Literal["auto", "client", "server"]
StopText = Literal["docs", "report"]
SandboxChoice = Literal["auto", "bubblewrap", "docker", "none"]
GradersChoice = Literal["driver", "cluster"]

PROTOCOL_CHOICES: tuple[ProtocolChoice, ...] = get_args(ProtocolChoice)
RENDERINGS: tuple[Rendering, ...] = get_args(Rendering)
STOP_TEXTS: tuple[StopText, ...] = get_args(StopText)
SANDBOX_CHOICES: tuple[SandboxChoice, ...] = get_args(SandboxChoice)
GRADERS_CHOICES: tuple[GradersChoice, ...] = get_args(GradersChoice)
DEMO = "demo"
# Settings that runs of earlier versions do not have: they are part of an identity only where they are given.
LATER = ("family", "template_args", "sampling_from", "task_modes", "long", "draw_seed")
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class EngineConfig:
    """Which backend answers, and how it is reached.

    kind: name of the engine (``qwen3_eval.engines``).
    base_url: of a running OpenAI-compatible server, or of several that serve the same model, with commas; empty starts
        ``vllm serve`` here. wait_s: seconds that what went away is waited for; None takes an hour for servers, ten
        minutes for replicas.
    ray_address: ``local``, ``auto`` or ``HOST:PORT`` of a Ray cluster. replicas: of the model on it; None takes as many
        as there is room for.
    rendering: who applies the chat template; ``auto`` lets a given server do it unless a thinking
        budget needs token ids.
    tokenizer: folder or hub id of the tokenizer; empty means the model's own.
    slots: units in flight; None takes the engine's default. tokens_in_flight: tokens of prompts in flight; None takes
        what the engine can hold.
    args: arguments for vLLM by their field names (``max_model_len``, ``tensor_parallel_size``, ...).
    replay_from: run directory whose generations ``replay`` gives back.
    accept_change: a run goes on although its engine is another in what may change numbers.
    """

    kind: str = "vllm"
    base_url: str = ""
    rendering: Rendering = "auto"
    tokenizer: str = ""
    slots: int | None = None
    tokens_in_flight: int | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    replay_from: Path | None = None
    wait_s: float | None = None
    ray_address: str = "auto"
    replicas: int | None = None
    accept_change: bool = False

    def __post_init__(self) -> None:
        secrets.learn_address(self.base_url)
        secrets.learn(*(str(value) for name, value in self.args.items() if secrets.is_secret(name)))

    def shown(self) -> dict[str, Any]:
        """The settings that may hold secrets, without them, as JSON values."""
        return {
            "base_url": secrets.shown_address(self.base_url),
            "args": secrets.masked(json.loads(json.dumps(dict(self.args), default=str))),
        }


@dataclass(frozen=True)
class JudgeConfig:
    """The model that judges answers, and how it is asked.

    mode: empty for non-thinking where the model has it. lenient: replies are read by the lenient rule. sampling,
    max_tokens: instead of the benchmark's. family: of the judge; empty recognises it.
    """

    model: str
    engine: EngineConfig
    mode: Mode | Literal[""] = ""
    family: str = ""
    lenient: bool = False
    sampling: Mapping[str, float] = field(default_factory=dict)
    max_tokens: int | None = None


@dataclass(frozen=True)
class LongConfig:
    """How tasks are asked whose prompts are fitted to a length.

    lengths: in tokens; empty for those of the benchmark. samples: of each part at each length; None for the
    benchmark's. begun: answers begin with the benchmark's words, where the model does not think. yarn: a factor for the
    model's context; ``off``; ``served`` by a server that was started with it; empty for the benchmark's.
    """

    lengths: tuple[int, ...] = ()
    samples: int | None = None
    begun: bool = True
    yarn: str = ""

    def __post_init__(self) -> None:
        if min(*self.lengths, 1, 1 if self.samples is None else self.samples) < 1:
            raise UsageError("--lengths and --samples-per-task must be positive")
        object.__setattr__(self, "lengths", tuple(sorted(set(self.lengths))))


@dataclass(frozen=True)
class RunConfig:
    """One evaluation. ``None`` means: as the task and the report say.

    modes: empty asks in those that the model has.
    budgets: thinking budgets in tokens, ascending; empty means no budget.
    limit: docs per task. limit_per_language: docs per language of a task. samples: generations per doc.
    languages: families, scripts or codes; the docs in other languages are not asked. Empty means all.
    full: all docs of tasks that otherwise ask a sample of them.
    sampling: overrides by field name of ``Sampling``.
    native_budget: a single budget is left to the engine where it can enforce one.
    protocol: ``auto`` is chat for a task that has it, and base for one that has not; ``both`` is all
        that a task has.
    family: the profile of the model's family, by name or file; empty recognises it. template_args: what the chat
        template is given beside what the modes give it. sampling_from: ``report``, ``card``, or a file; empty takes
        what the family says. task_modes: of tasks that are asked in other modes than the rest.
    judge: what judges the answers of tasks that need a model for it; None for none.
    long: of tasks whose prompts are fitted to a length. draw_seed: of rows that tasks draw; None for their own.
    sandbox: what isolates the programs of code tasks; ``auto`` is bubblewrap, else docker; ``none`` is no isolation.
    graders: where answers are judged: in processes of this machine, or of all nodes of the Ray cluster. node_wheels:
        packages of the user that graders on nodes need.
    """

    model: str
    tasks: tuple[str, ...]
    modes: tuple[Mode, ...] = MODES
    budgets: tuple[int, ...] = ()
    protocol: ProtocolChoice = "chat"
    samples: int | None = None
    limit: int | None = None
    limit_per_language: int | None = None
    languages: tuple[str, ...] = ()
    full: bool = False
    seed: int = 0
    sampling: Mapping[str, float] = field(default_factory=dict)
    max_tokens: int | None = None
    answer_tokens: int | None = None
    stop_text: StopText = "docs"
    family: str = ""
    template_args: Mapping[str, JsonValue] = field(default_factory=dict)
    sampling_from: str = ""
    task_modes: Mapping[str, tuple[Mode, ...]] = field(default_factory=dict)
    native_budget: bool = True
    sandbox: SandboxChoice = "auto"
    graders: GradersChoice = "driver"
    node_wheels: tuple[Path, ...] = ()
    engine: EngineConfig = field(default_factory=EngineConfig)
    judge: JudgeConfig | None = None
    long: LongConfig = field(default_factory=LongConfig)
    draw_seed: int | None = None
    data_dir: Path | None = None
    tasks_dir: Path | None = None
    suite: str = ""

    def __post_init__(self) -> None:
        if any(budget < 1 for budget in self.budgets):
            raise UsageError(f"--budgets must be positive token counts, got {min(self.budgets)}")
        for name in ("samples", "limit", "limit_per_language", "max_tokens", "answer_tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"--{name.replace('_', '-')} must be positive, got {value}")
        unknown = set(self.sampling) - set(Sampling.__dataclass_fields__)
        if unknown:
            raise UsageError(f"unknown sampling parameter {sorted(unknown)[0]!r}")
        object.__setattr__(self, "budgets", tuple(sorted(set(self.budgets))))

    @cached_property
    def language_tags(self) -> frozenset[str]:
        """Tags of the languages that ``languages`` picks. Raises UsageError for an unknown one."""
        return frozenset(language.tag for term in self.languages for language in pick_languages(term))

    def as_json(self) -> dict[str, Any]:
        """The whole config as JSON values, without secrets."""
        whole = replace(self, modes=self.modes or MODES)
        found: dict[str, Any] = json.loads(json.dumps(asdict(whole), default=str))
        found["engine"] |= self.engine.shown()
        if self.judge is not None:
            found["judge"]["engine"] |= self.judge.engine.shown()
        return found

    def identity(self) -> dict[str, Any]:
        """The part of the config that the outcome depends on: a resume must not change it.

        The judge's part is what ``prepare.judge`` says of it, where tasks need one. Where the rows lie, where the
        server listens, where answers are judged and how many requests are in flight may change.
        """
        config = self.as_json()
        engine = config.pop("engine")
        for name in ("data_dir", "tasks_dir", "suite", "judge", "graders", "node_wheels"):
            del config[name]
        config["languages"] = sorted(self.language_tags)
        plain = RunConfig(self.model, self.tasks)
        for name in LATER:
            if getattr(self, name) == getattr(plain, name):
                del config[name]
        kept = ("kind", "rendering", "tokenizer", "args", "replay_from")
        return {**config, "engine": {name: engine[name] for name in kept}}

    def sampling_for(self, base: Sampling) -> Sampling:
        """``base`` with the overrides of this run."""
        return replace(base, **self.sampling)  # type: ignore[arg-type]


# Made once: ``json.dumps`` makes one for each text.
CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: Any) -> str:
    """SHA-256 of a JSON value in its canonical form."""
    return hashlib.sha256(CANONICAL.encode(value).encode()).hexdigest()


def absolute(model: str) -> str:
    """A model or tokenizer as a process in another folder finds it: a folder by its whole path."""
    return str(Path(model).resolve()) if model and Path(model).is_dir() else model


def model_location(model: str) -> str:
    """Folder or hub id behind ``--model``. Raises UsageError when it can be neither."""
    if model == DEMO:
        from qwen3_eval.demo import model_path

        return str(model_path())
    path = Path(model)
    if model and path.is_dir():
        if not (path / "config.json").is_file():
            raise UsageError(f"model folder {model} has no config.json; give the folder that holds it and the weights")
        return str(path.resolve())
    if path.is_file():
        how = "; `qwen3-eval model import-gguf` makes one of it" if path.suffix == ".gguf" else ""
        raise UsageError(f"model {model} is a file, not a folder with config.json and the weights{how}")
    if model.startswith((".", "/", "~")) or model.endswith("/") or model.count("/") > 1:
        raise UsageError(f"there is no model folder {model}")
    if HUB_ID.fullmatch(model):
        return model
    raise UsageError(f"model {model!r} is neither a folder nor a hub id (owner/name) nor 'demo'")
