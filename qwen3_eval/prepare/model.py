"""The model of a run, as far as it is known before its engine starts: where it lies, how its prompts are rendered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qwen3_eval.config import RunConfig, model_location
from qwen3_eval.engines.base import Engine
from qwen3_eval.families import Recognised, named
from qwen3_eval.prompts import Renderer, has_chat_template
from qwen3_eval.types import UsageError


def located(config: RunConfig, kind: type[Engine]) -> str:
    """Folder or hub id of the model, or the name that a running server or a recorded run has for it."""
    if not kind.real:
        return config.model
    try:
        return model_location(config.model)
    except UsageError:
        if kind.needs_model(config.engine):
            raise
        return config.model


def renderer_of(config: RunConfig, location: str) -> Renderer:
    """What renders the prompts here. Raises UsageError where no tokenizer can be found."""
    if not config.engine.tokenizer and config.engine.base_url and not (Path(location).is_dir() or "/" in location):
        raise UsageError(
            f"{location!r} is a name of the server, and prompts are rendered here: name its tokenizer with --tokenizer "
            "(a folder or owner/name), or use --rendering server"
        )
    return Renderer(config.engine.tokenizer or location, family=config.family, arguments=config.template_args)


def known_family(config: RunConfig, renderer: Renderer | None) -> Recognised | None:
    """The family of the model; None where nothing is known of it, because a server renders or nobody answers."""
    if renderer is not None:
        return renderer.recognised
    if not config.family:
        return None
    profile = named(config.family)
    profile.check_effort(config.template_args)
    return Recognised(profile, "it was named")


def settle_protocol(config: RunConfig, location: str, kind: type[Engine]) -> RunConfig:
    """Protocol ``auto`` becomes ``base`` where ``base_because`` has a reason.

    The Qwen3 base models come with the chat template of their siblings. What a server or a recorded
    run answers from is not known here: it is taken to have a template.
    """
    return replace(config, protocol="base") if base_because(config, location, kind) else config


def base_because(config: RunConfig, location: str, kind: type[Engine]) -> str:
    """Why a model is asked in protocol ``base`` though nobody asked for it, in words; empty where it is not.

    It has no chat template, it calls itself a base model, or the suite is one of base models (``report-base``).
    """
    if config.protocol != "auto":
        return ""
    if location.lower().rstrip("/").endswith("-base"):
        return f"{location} is a base model by its name; --protocol chat asks for it otherwise"
    if config.suite.endswith("-base"):
        return f"suite {config.suite} is of base models"
    if not (kind.needs_model(config.engine) or config.engine.tokenizer):
        return ""
    shown = config.engine.tokenizer or location
    files = "chat_template.jinja, nor chat_template in tokenizer_config.json"
    return "" if has_chat_template(shown) else f"{shown} has no chat template (no {files})"
