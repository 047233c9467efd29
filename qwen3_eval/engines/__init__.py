"""Backends, by name: what comes with the package, and what installed packages offer (``qwen3_eval.engines``).

Only the engine that is asked for is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Engine
from qwen3_eval.types import UsageError, nearest

ENTRY_POINTS = "qwen3_eval.engines"
BUNDLED: Mapping[str, str] = {
    "vllm": "qwen3_eval.engines.vllm:VllmEngine",
    "server": "qwen3_eval.engines.server:ServerEngine",
    "ray": "qwen3_eval.engines.ray:RayEngine",
    "replay": "qwen3_eval.engines.replay:ReplayEngine",
    "mock": "qwen3_eval.engines.mock:MockEngine",
}


def engine_name(text: str) -> str:
    """The name of an engine. Raises UsageError with the nearest for another."""
    if text not in BUNDLED and text not in (names := list({**BUNDLED, **_offered()})):
        raise UsageError(f"unknown value {text!r}{nearest(text, names)}; one of {', '.join(names)}")
    return text


def default_engine(base_url: str) -> str:
    """What answers where no engine is named: a given server, else vLLM in process."""
    return "server" if base_url else "vllm"


def engine_class(name: str) -> type[Engine]:
    """The class behind a name. Raises UsageError for an unknown one, and for a package's that cannot be imported."""
    if engine_name(name) in BUNDLED:
        module, _, attribute = BUNDLED[name].partition(":")
        return _checked(name, getattr(import_module(module), attribute))
    return _checked(name, _loaded(name))


def create_engine(config: RunConfig) -> Engine:
    """The engine that a config asks for, not yet started. Raises UsageError for settings that it cannot serve."""
    return engine_class(config.engine.kind).from_config(config)


def judge_engine(config: RunConfig) -> Engine:
    """The engine of a judge, not yet started: it is told no more than it has to know, and replays its own journal.

    Raises UsageError as ``create_engine``.
    """
    settings = config.engine
    if settings.kind == "replay":
        from qwen3_eval.engines.judgments import JudgmentsEngine

        return JudgmentsEngine.from_config(config)
    if settings.kind == "server" and settings.base_url and settings.rendering != "client":
        from qwen3_eval.engines.judge_server import JudgeServer

        return JudgeServer.from_config(config)
    return create_engine(config)


def is_invented(name: str) -> bool:
    """Whether the answers of a run are those of no model; False for an engine that is not here any more."""
    try:
        return engine_class(name).invented
    except UsageError:
        return False


def _offered() -> dict[str, Callable[[], object]]:
    """How the engines of installed packages are loaded."""
    return {point.name: point.load for point in entry_points(group=ENTRY_POINTS)}


def _loaded(name: str) -> object:
    try:
        return _offered()[name]()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise UsageError(f"engine {name!r} fails to load: {why}; mend or remove the package that offers it") from error


def _checked(name: str, found: object) -> type[Engine]:
    if isinstance(found, type) and issubclass(found, Engine):
        return found
    raise UsageError(f"engine {name!r} is {found!r}, which is no class of qwen3_eval.engines.base.Engine")
