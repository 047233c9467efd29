"""Models rated together by their battles against one of them, with the published interval and one over questions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qwen3_eval import stats
from qwen3_eval.aligned import columns
from qwen3_eval.ratings.battles import Player
from qwen3_eval.stats import corpus, style
from qwen3_eval.stats.bradley_terry import ANCHOR, Battles, between, drawn_again, one_sided, rating
from qwen3_eval.task.judged import Games
from qwen3_eval.types import Interval

PERCENT = 100.0


@dataclass(frozen=True)
class Ranked:
    """A model. share: of the points. published: its interval as the benchmark's authors make it, out of battles drawn
    again. over_questions: its 95 % interval over questions. bounded: all battles ended alike; both are one-sided.
    """

    player: Player
    battles: Battles
    share: float
    published: Interval
    over_questions: Interval
    bounded: bool

    @property
    def rating(self) -> float:
        """On the scale on which the other model has 1000."""
        return rating(self.share)


@dataclass(frozen=True)
class Controlled:
    """Models with style control. shares, intervals: by the name of the model. coefficients: by covariate."""

    shares: Mapping[str, float]
    intervals: Mapping[str, Interval]
    coefficients: Mapping[str, float]


@dataclass(frozen=True)
class Table:
    """The best model first. rounds: how often battles were drawn again."""

    rated: Sequence[Ranked]
    rounds: int
    controlled: Controlled | None = None

    @property
    def games(self) -> Games:
        """What the models were compared with, and how their intervals are made."""
        return self.rated[0].player.games


def rate(players: Sequence[Player], rounds: int) -> list[Ranked]:
    """Each model, the best first."""
    games, battles = players[0].games, [player.battles for player in players]
    drawn = drawn_again(battles, rounds, pooled=games.pooled)
    found = [
        _rated(player, each, between(drawn[:, place], games.interval))
        for place, (player, each) in enumerate(zip(players, battles, strict=True))
    ]
    return sorted(found, key=lambda each: (math.isnan(each.share), -each.share))


def _rated(player: Player, battles: Battles, published: Interval) -> Ranked:
    played = {name: each for name, each in player.by_question.items() if each.total}
    if not played:
        return Ranked(player, battles, math.nan, stats.WHOLE, stats.WHOLE, bounded=False)
    if battles.one_sided:
        bound = one_sided(battles.share, len(played))
        return Ranked(player, battles, battles.share, bound, bound, bounded=True)
    values = corpus.influences([(each.points, each.total) for each in played.values()], corpus.ratios)
    questions = [stats.question(name, [value]) for name, value in zip(played, values, strict=True)]
    return Ranked(player, battles, battles.share, published, stats.over_questions(questions).interval, bounded=False)


def controlled(players: Sequence[Player], rows: Sequence[style.Compared], rounds: int) -> Controlled:
    """Win rates as if all answers looked like those of the other model. rows: models by their place in ``players``."""
    import numpy as np

    games = players[0].games
    fit = style.Regression(rows, style.CONTROLS[games.style])
    whole, drawn = fit.whole, np.asarray([each.shares for each in fit.drawn_again(rounds)])
    names = [players[place].name for place in fit.models]
    return Controlled(
        shares={name: float(share) for name, share in zip(names, whole.shares, strict=True)},
        intervals={name: between(drawn[:, place], games.interval) for place, name in enumerate(names)},
        coefficients=dict(zip(style.FEATURES, map(float, whole.coefficients), strict=True)),
    )


def text_lines(table: Table) -> Iterator[str]:
    """The table for a terminal, with what there is to know about it."""
    games, style = table.games, table.controlled
    heads = ("model", "rating", "95 %", "win rate", "published interval", "over questions", "battles", "unread")
    more = ("style control", "published interval") if style else ()
    anchor = (games.against, f"{ANCHOR:.0f}", "", "50.0", *("",) * (4 + len(more)))
    yield from columns([(*heads, *more), anchor, *(_cells(each, style) for each in table.rated)], left=(0,))
    yield from _notes(table)


def _cells(each: Ranked, style: Controlled | None) -> tuple[str, ...]:
    """A model as text, in the order of the heads."""
    name = each.player.name
    if not each.battles.total:
        return (name, *("-",) * 5, "0", str(each.player.unread), *("-", "-") * bool(style))
    bounds = Interval(rating(each.published.low), rating(each.published.high))
    own = (
        name,
        f"{each.rating:.0f}",
        f"[{bounds.low:.0f}, {bounds.high:.0f}]",
        *_shown(each.share, each.published),
        _shown(each.share, each.over_questions)[1],
        f"{each.battles.total:.0f}",
        str(each.player.unread),
    )
    if style is None:
        return own
    return (*own, *_shown(style.shares[name], style.intervals[name]))


def _shown(share: float, interval: Interval) -> tuple[str, str]:
    return f"{PERCENT * share:.1f}", f"[{PERCENT * interval.low:.1f}, {PERCENT * interval.high:.1f}]"


def _notes(table: Table) -> Iterator[str]:
    games = table.games
    judge = table.rated[0].player.record.manifest.judge
    yield f"Against {games.against}, as {judge.model if judge else 'nobody'} judged; ratings are Bradley and Terry's."
    low, high = games.interval
    yield (
        f"Published interval: percentiles {low:g} and {high:g} of {table.rounds:,} draws of the battles, as the authors"
        " make it; several battles belong to one answer, so that it is too narrow. Over questions: at 95 %."
    )
    for each in table.rated:
        if each.bounded:
            yield f"{each.player.name}: all battles ended alike; its bound is one-sided at 95 %, over its questions."
        if each.player.unread:
            yield (
                f"{each.player.name}: {each.player.unread} questions without an answer or a verdict are left out, "
                "as the authors leave them out; its own score counts them as lost"
            )
    if table.controlled:
        parts = ", ".join(f"{name} {value:+.3f}" for name, value in table.controlled.coefficients.items())
        yield f"Style control: {parts}. Lengths are counted in pieces of text, not in tokens of OpenAI's encodings."


def as_json(table: Table) -> dict[str, object]:
    """The table for scripts: shares in percent; ratings are null where all battles ended alike."""
    return {
        "task": table.rated[0].player.cell.task,
        "against": table.games.against,
        "rounds": table.rounds,
        "percentiles": list(table.games.interval),
        "models": [_model_json(each, table.controlled) for each in table.rated],
        "style": dict(table.controlled.coefficients) if table.controlled else None,
    }


def _model_json(each: Ranked, style: Controlled | None) -> dict[str, object]:
    name = each.player.name
    found: dict[str, object] = {
        "model": name,
        "run_id": each.player.record.run_id,
        **each.player.cell._asdict(),
        "rating": _finite(each.rating),
        "win_rate": _finite(PERCENT * each.share),
        "published_interval": _bounds(each.published),
        "published_rating": [_finite(rating(each.published.low)), _finite(rating(each.published.high))],
        "ci95": _bounds(each.over_questions),
        "one_sided": each.bounded,
        "battles": each.battles._asdict(),
        "unread": each.player.unread,
    }
    if style and name in style.shares:
        share, interval = style.shares[name], style.intervals[name]
        found["style_control"] = {
            "rating": _finite(rating(share)),
            "win_rate": _finite(PERCENT * share),
            "published_interval": _bounds(interval),
        }
    return found


def _bounds(interval: Interval) -> list[float | None]:
    return [_finite(PERCENT * interval.low), _finite(PERCENT * interval.high)]


def _finite(value: float) -> float | None:
    """JSON has no other numbers."""
    return value if math.isfinite(value) else None
