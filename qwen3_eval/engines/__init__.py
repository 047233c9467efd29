"""Backends: ``vllm`` in process, ``server`` over HTTP, ``replay`` and ``mock``."""

from __future__ import annotations

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Engine


def create_engine(config: RunConfig) -> Engine:
    """The engine that a config asks for, not yet started. Only that engine's module is imported.

    Raises UsageError for settings that no engine could serve (replay without a run, an unknown setting).
    """
    kind = config.engine.kind
    if kind == "vllm":
        from qwen3_eval.engines.vllm import VllmEngine

        return VllmEngine(config)
    if kind == "server":
        from qwen3_eval.engines.server import ServerEngine

        return ServerEngine(config)
    if kind == "replay":
        from qwen3_eval.engines.replay import ReplayEngine

        return ReplayEngine.from_config(config)
    from qwen3_eval.engines.mock import MockEngine

    return MockEngine()
