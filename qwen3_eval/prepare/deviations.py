"""Where a run departs from the report's protocol, or from the card of a later model, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from qwen3_eval import data, reference
from qwen3_eval.config import RunConfig
from qwen3_eval.families import Recognised
from qwen3_eval.prepare.asked import Asked, Condition, follows_card
from qwen3_eval.records.omissions import Omission, sentences
from qwen3_eval.reference.cards import CardSettings, card_settings
from qwen3_eval.task.base import Task
from qwen3_eval.task.needs import SANDBOX


def deviations(config: RunConfig, asked: Sequence[Asked], omitted: Iterable[Omission]) -> list[str]:
    """All of them, in the order of the manifest."""
    found = [f"{each.name}: {text}" for each in asked for text in each.task.spec.deviations]
    for each in asked:
        carded, budgeted = list(_carded(config, each)), _budgeted(config, each)
        found += _of_card(each, carded, budgeted=budgeted) if carded else _of_settings(each, budgeted=budgeted)
    found += sentences(omitted)
    found += unconfined(config, asked)
    found += [text for each in asked for text in _drawn(each)]
    found += afresh(asked)
    found += _of_choice(config)
    if config.stop_text == "report" and any(_budgeted(config, each) for each in asked):
        found.append("the stop text is the report's sentence (section 4.3) instead of the documentation's")
    return found


def _budgeted(config: RunConfig, asked: Asked) -> bool:
    """Whether thinking has a budget, of the run or of the task, so that other limits are not those of a benchmark."""
    return bool(config.budgets or asked.task.spec.budgets)


def of_calls(family: Recognised | None, asked: Iterable[Asked]) -> Iterator[str]:
    """In which format the model's family writes calls, where it is not that of the report's models."""
    stated = family.profile.calls.format if family else "unknown"
    if family is None or stated in ("hermes", "unknown", "none"):
        return
    for each in asked:
        if type(each.task).calls_text is not Task.calls_text:
            title = family.profile.title
            yield f"{each.name}: calls are read in the format of {title} ({stated}); the report's models write Hermes"


def _of_choice(config: RunConfig) -> Iterator[str]:
    """That not all docs were asked."""
    if config.limit is not None:
        yield f"only the first {config.limit} docs of each task were asked"
    if config.limit_per_language is not None:
        yield f"only the first {config.limit_per_language} docs in each language of each task were asked"
    if config.languages:
        yield f"only questions in {', '.join(sorted(config.language_tags))} were asked"


def _of_settings(asked: Asked, *, budgeted: bool) -> Iterator[str]:
    """Where samples, limits and decoding are others than the report's."""
    settings, name = reference.settings(asked.name), asked.name
    chat = [each for each in asked.conditions if each.protocol == "chat"]
    if settings is None or not chat:
        return
    if chat[0].samples != (settings.n_samples or 1):
        yield f"{name}: {chat[0].samples} samples a question instead of {settings.n_samples or 1}"
    if chat[0].limits.total != settings.max_output_tokens and not budgeted:
        yield f"{name}: at most {chat[0].limits.total} new tokens instead of {settings.max_output_tokens}"
    for each in chat:
        reported = reference.default_sampling(name, each.mode)
        for parameter, value in asdict(each.sampling).items():
            if value != getattr(reported, parameter):
                yield f"{name}, {each.mode}: {parameter} {value} instead of {getattr(reported, parameter)}"


def _carded(config: RunConfig, asked: Asked) -> Iterator[tuple[Condition, CardSettings]]:
    """The ways of asking for which the model's card prints settings, where they are to be followed."""
    for each in asked.conditions if follows_card(config) else ():
        card = card_settings(config.model, each.mode, asked.task.spec.benchmark)
        if card is not None and each.protocol == "chat":
            yield each, card


def _of_card(asked: Asked, carded: Iterable[tuple[Condition, CardSettings]], *, budgeted: bool) -> Iterator[str]:
    """Where limits and decoding are others than the model's card prints; what it does not print cannot differ."""
    for each, card in carded:
        name = f"{asked.name}, {each.mode}"
        if card.max_output_tokens not in (None, each.limits.total) and not budgeted:
            yield f"{name}: at most {each.limits.total} new tokens instead of the card's {card.max_output_tokens}"
        for parameter, value in asdict(each.sampling).items():
            if value != card.sampling.get(parameter, value):
                yield f"{name}: {parameter} {value} instead of the card's {card.sampling[parameter]}"


def _drawn(asked: Asked) -> Iterator[str]:
    """Which part of the docs was asked, for a task that asks a sample of them."""
    name, share = asked.name, asked.task.spec.share
    if share is None:
        return
    if asked.pick.whole:
        yield f"{name}: all questions were asked instead of a sample of {share.part:.0%}"
        return
    yield f"{name}: a sample of {share.part:.0%} of the questions was asked, drawn by a hash under seed {share.seed}"
    for source in data.samples_already(asked.task, asked.data_dir):
        yield f"{name}: {source.mirror} is a sample already in the mirror and was asked whole"


def afresh(asked: Iterable[Asked]) -> list[str]:
    """Which tasks asked rows that were drawn under another seed than theirs."""
    given = [each for each in asked if each.draw_seed is not None]
    return [f"{each.name}: {text}" for each in given if (text := data.drawn_afresh(each.task, each.dataset.origin))]


def unconfined(config: RunConfig, asked: Iterable[Asked]) -> list[str]:
    """Which tasks run their programs without a sandbox."""
    needy = [each.name for each in asked if SANDBOX in each.task.spec.needs and config.sandbox == "none"]
    return [f"{name}: programs ran without a sandbox" for name in needy]
