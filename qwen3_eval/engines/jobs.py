"""Jobs that are done beside an engine's models, wherever these are, instead of request by request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from qwen3_eval.types import Unit

if TYPE_CHECKING:
    from qwen3_eval.engines.base import Engine

Send: TypeAlias = Callable[[Any], Awaitable[None]]
# What does jobs of one kind beside an engine: it sends what it makes as soon as it is there.
Skill: TypeAlias = Callable[[Any, Send], Awaitable[None]]
# What makes a skill of an engine that has started; it travels to where the models are.
Teacher: TypeAlias = Callable[["Engine"], Skill]


class FarSide(Protocol):
    """What does jobs beside its models."""

    async def teach(self, name: str, teacher: Teacher) -> None:
        """All its models learn to do jobs of a kind."""

    def do(self, unit: Unit, skill: str, job: Any, *, whole: bool = False) -> AsyncGenerator[Any, None]:
        """What comes of a job. whole: all of it at its end. Raises Away where that broke off."""
