"""What moves one judge beside the answers: their places, their lengths, and whose they are.

Position: Wang et al., "Large Language Models are not Fair Evaluators" (arXiv 2305.17926), section 3, and Zheng et al.,
"Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena" (arXiv 2306.05685), section 3.3, where both orders are asked.
Length: the same, and Dubois et al., "Length-Controlled AlpacaEval" (arXiv 2404.04475); quality and length go together,
so that a correlation alone is no bias: it is to be read beside another judge's. Own answers: Panickssery et al., "LLM
Evaluators Recognize and Favor Their Own Generations" (arXiv 2404.13076).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias, cast

from qwen3_eval import data
from qwen3_eval.agreement.pairs import Figures, rated_by_both
from qwen3_eval.agreement.raters import JudgedAnswer, Opinion, Rater, kinship
from qwen3_eval.agreement.values import place_of
from qwen3_eval.stats import agreement as stats
from qwen3_eval.stats.agreement import Statistic
from qwen3_eval.task.judged import Judged, Placed
from qwen3_eval.types import UsageError

Opinions: TypeAlias = Mapping[JudgedAnswer, Opinion]
# What the verdicts about an answer say of places, for each that says anything.
Played: TypeAlias = Mapping[JudgedAnswer, Sequence[Placed]]


@dataclass(frozen=True)
class AloneFigures:
    """One judge on all that it judged of a task."""

    task: str
    rater: Rater
    answers: int
    figures: Figures


@dataclass(frozen=True)
class OwnFigures:
    """A judge on answers of its own model, or of its family, beside another judge's scores of them.

    kin: what the judge is to the model, in words.
    """

    task: str
    rater: Rater
    other: Rater
    model: str
    kin: str
    figures: Figures


def alone_on(rater: Rater, name: str, task: Judged | None, opposing: Mapping[str, int] | str) -> AloneFigures:
    """What moves a judge beside the answers: their places, and their lengths."""
    opinions = rater.of_task(name)
    games = {answer: [*_games(opinion, task)] for answer, opinion in opinions.items()}
    scored = [each for each in opinions.values() if each.score is not None and each.characters]
    length = stats.pearson(
        [cast(float, each.score) for each in scored],
        [math.log(each.characters) for each in scored],
        [each.group for each in scored],
    )
    figures = {**_position(opinions, games), "length_correlation": length}
    if any(games.values()):
        figures["longer_wins"] = _longer(opinions, games, opposing)
    return AloneFigures(name, rater, len(opinions), figures)


def _games(opinion: Opinion, task: Judged | None) -> Iterator[Placed]:
    for call, verdict in opinion.verdicts.items():
        if (placed := place_of(task, call, verdict)) is not None:
            yield placed


def _position(opinions: Opinions, games: Played) -> dict[str, Statistic]:
    """follows_place: of pairs of games with the places exchanged, those won by one place; first_place: how it did."""
    if not any(games.values()):
        return {}
    follows, firsts = [], []
    for answer, played in games.items():
        group = opinions[answer].group
        firsts += [(each.first, group) for each in played]
        ahead, behind = ([each for each in played if each.own is own] for own in (True, False))
        exchanged = zip(ahead, behind, strict=False)
        follows += [(float(one.first == other.first != 0.5), group) for one, other in exchanged]
    return {"follows_place": stats.share(*_columns(follows)), "first_place": stats.share(*_columns(firsts))}


def _columns(rows: Sequence[tuple[float, str]]) -> tuple[list[float], list[str]]:
    return [value for value, _ in rows], [group for _, group in rows]


def _longer(opinions: Opinions, games: Played, opposing: Mapping[str, int] | str) -> Statistic:
    """How much more often than by chance the longer of two answers wins, of those that won or lost on the whole."""
    if isinstance(opposing, str):
        return Statistic(why=opposing)
    longer, won, groups = [], [], []
    for answer, played in games.items():
        difference = opinions[answer].characters - opposing.get(answer.unit.id, opinions[answer].characters)
        outcome = math.fsum((each.first if each.own else 1 - each.first) - 0.5 for each in played)
        if difference and outcome:
            longer.append(difference > 0)
            won.append(outcome > 0)
            groups.append(opinions[answer].group)
    return stats.beyond_chance(longer, won, groups)


def lengths_beside(task: Judged | None, data_dir: Path | None) -> Mapping[str, int] | str:
    """Characters of the answers that a task compares with, by doc; why that is not known where it is not."""
    if task is None:
        return "the task is not at hand"
    try:
        return {doc.id: len(task.opponent(doc)) for doc in data.docs(task, data_dir)}
    except TypeError:
        return "the task says no other answer"
    except UsageError as error:
        return f"the other answers are not at hand: {error}"


def on_own_answers(rater: Rater, judges: Sequence[Rater], tasks: Iterable[str]) -> Iterator[OwnFigures]:
    """What a judge gives its own model, beside each other judge that is nothing to that model."""
    models = dict.fromkeys(answer.model for answer in rater.opinions)
    for name in tasks:
        for model, other in itertools.product(models, judges):
            kin = kinship(rater.name, model)
            if kin and other is not rater and not kinship(other.name, model):
                rated = [*rated_by_both(rater, other, name, None)]
                mine = [each for each in rated if each.model == model]
                if mine:
                    yield OwnFigures(name, rater, other, model, kin, _preference(rater, mine, rated))


def _preference(
    rater: Rater, own: Sequence[stats.RatedTwice], rated: Sequence[stats.RatedTwice]
) -> dict[str, Statistic]:
    """own_difference: on its own answers, to the other judge. own_preference: that less the same on others' answers.

    A judge that is milder than the other on the whole has the former without the latter.
    """
    others = [each for each in rated if not kinship(rater.name, each.model)]
    mine, theirs = (
        ([each.first - each.second for each in part], [each.group for each in part]) for part in (own, others)
    )
    preference = stats.contrast(mine, theirs)
    if not others:
        preference = replace(preference, why="there are no answers of other models to tell it from a milder judge")
    return {"own_difference": stats.mean_difference(*mine), "own_preference": preference}
