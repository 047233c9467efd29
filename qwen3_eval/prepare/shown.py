"""A model whose prompts are only shown: as its runs would ask them."""

from __future__ import annotations

from dataclasses import dataclass

from qwen3_eval.config import RunConfig, model_location
from qwen3_eval.prepare.asked import task_sampling
from qwen3_eval.prepare.decoding import Decoding, decoding_of, stated
from qwen3_eval.prepare.model import renderer_of
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.base import Task
from qwen3_eval.types import Mode, Protocol, Sampling


@dataclass(frozen=True, slots=True)
class ShownModel:
    """What renders its prompts, and how its runs decode."""

    name: str
    renderer: Renderer
    decoding: Decoding

    def sampling(self, task: Task, mode: Mode, protocol: Protocol) -> Sampling:
        """Of a task: its own or the vendor's, else the report's."""
        own = stated(task.spec, mode, self.decoding, self.name) if protocol == "chat" else None
        return own or task_sampling(task, mode, protocol)


def shown_model(config: RunConfig) -> ShownModel:
    """The model of a config. Raises UsageError as ``Renderer`` and ``decoding_of``."""
    renderer = renderer_of(config, model_location(config.model))
    return ShownModel(config.model, renderer, decoding_of(config, renderer.recognised))
