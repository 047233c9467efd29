"""Rows from where they are published: the hub, or a repository on GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from qwen3_eval.data import github, hub
from qwen3_eval.data.content import Row
from qwen3_eval.task.source import Source
from qwen3_eval.types import UsageError


def remote_rows(source: Source) -> Iterator[Row]:
    """Rows of the pinned revision, one at a time, one configuration after the other. Raises UsageError."""
    for config in source.configs or (source.config,):
        for row in _of_config(source, config):
            if source.config_column:
                row[source.config_column] = config
            yield row


def _of_config(source: Source, config: str) -> Iterator[Row]:
    if github.on_github(source):
        if hub.offline():
            _refuse_offline(source)
        return github.file_rows(source, config)
    if source.path:
        return hub.file_rows(source, source.path.format(config=config))
    return hub.hub_rows(of_config(source, config))


def of_config(source: Source, config: str) -> Source:
    """The source of a single configuration."""
    return replace(source, config=config, configs=(), config_column="")


def _refuse_offline(source: Source) -> None:
    if not github.all_cached(source):
        raise UsageError(
            f"{source.repo} at commit {source.revision} is not cached and the network is switched off "
            f"({' or '.join(hub.OFFLINE_ENV)}); allow it or use a mirror (--data-dir, QWEN3_EVAL_DATA)"
        )


def revision_met(source: Source) -> str:
    """Commit that ``remote_rows`` reads. Raises UsageError."""
    if source.path or source.composed:
        return source.revision
    return hub.revision_met(of_config(source, (source.configs or (source.config,))[0]))


def in_cache(source: Source) -> bool:
    """Whether all of it is here already; light, and makes no network call."""
    if github.on_github(source):
        return github.all_cached(source)
    configs = source.configs or (source.config,)
    if source.path:
        return all(hub.cached_file(source, source.path.format(config=config)).is_file() for config in configs)
    return all(hub.in_cache(of_config(source, config)) for config in configs)
