"""The figures: of two judges on the same answers, of one judge alone, of the models that they rank.

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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias, cast

from qwen3_eval import data
from qwen3_eval.agreement.given import rater_of_file
from qwen3_eval.agreement.raters import Answer, Opinion, Rater, all_raters, kinship
from qwen3_eval.agreement.values import Value, parts, said_by_both
from qwen3_eval.records.manifest import open_manifest
from qwen3_eval.stats import agreement as stats
from qwen3_eval.stats.agreement import Statistic
from qwen3_eval.task.judged import Judged, Placed
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, JsonValue, UsageError

Figures: TypeAlias = Mapping[str, Statistic]


@dataclass(frozen=True)
class PairFigures:
    """Two judges on the same answers of a task.

    answers: that both judged. differing: answers to the same questions whose texts differ, so that they are left out.
    alone: verdicts that only one of them was read to give. figures: by name. order: of the models by their scores.
    """

    task: str
    first: Rater
    second: Rater
    answers: int
    differing: int
    alone: int
    figures: Figures
    order: Figures = field(default_factory=dict)


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


@dataclass(frozen=True)
class Agreement:
    """All that can be said of the judges of some runs."""

    raters: Sequence[Rater]
    pairs: Sequence[PairFigures]
    alone: Sequence[AloneFigures]
    own: Sequence[OwnFigures]


def agreement(
    folders: Sequence[Path], against: Path | None = None, data_dir: Path | None = None, tasks_dir: Path | None = None
) -> Agreement:
    """The judges of runs, of what is kept below them, and of a file, on the same answers.

    Raises UsageError as ``all_raters`` and ``rater_of_file``, and where no two judges judged one answer.
    """
    raters = all_raters(folders)
    tasks = _tasks(raters, folders[0], tasks_dir)
    if against is not None:
        known = {name: task for name, task in tasks.items() if task is not None}
        raters.append(rater_of_file(against, raters[0], known))
    pairs = [found for pair in itertools.combinations(raters, 2) for found in _of_pair(*pair, tasks)]
    if not pairs and len(raters) > 1:
        names = " and ".join(f"{each.label} ({each.folders[0]})" for each in raters[:2])
        raise UsageError(f"no two judges have an answer in common: {names} judged other answers")
    judges = [each for each in raters if each.name]
    lengths = {name: _opposing(task, data_dir) for name, task in tasks.items()}
    alone = [_alone(each, name, tasks[name], lengths[name]) for each in judges for name in tasks if each.of_task(name)]
    return Agreement(raters, pairs, alone, [found for one in judges for found in _own(one, judges, tasks)])


def _tasks(raters: Iterable[Rater], folder: Path, tasks_dir: Path | None) -> dict[str, Judged | None]:
    """The tasks that were judged, by name; None for one that is not here."""
    stated = open_manifest(folder).config.tasks_dir
    registry = load_tasks(tasks_dir or (Path(stated) if stated and Path(stated).is_dir() else None))
    names = dict.fromkeys(answer.unit.task for rater in raters for answer in rater.opinions)
    found = {name: registry.tasks.get(name) for name in names}
    return {name: task if isinstance(task, Judged) else None for name, task in found.items()}


def _of_pair(first: Rater, second: Rater, tasks: Mapping[str, Judged | None]) -> Iterator[PairFigures]:
    """Two judges, task by task, where they have answers in common."""
    for name, task in tasks.items():
        one, other = first.of_task(name), second.of_task(name)
        both = [answer for answer in one if answer in other]
        if not both:
            continue
        asked = {(each.model, each.unit) for each in one} & {(each.model, each.unit) for each in other}
        values, alone = said_by_both((one[each], other[each]) for each in both)
        rated = list(_rated(first, second, name, task))
        figures = {**_of_values(values), **_of_scores(rated)}
        differing = len(asked) - len({(each.model, each.unit) for each in both})
        yield PairFigures(name, first, second, len(both), differing, alone, figures, _order(rated))


def _of_values(values: Sequence[Value]) -> dict[str, Statistic]:
    labels = [each for each in values if not each.numbers]
    numbers = [each for each in values if each.numbers]
    return {
        "agreement": stats.share([each.first == each.second for each in values], [each.group for each in values]),
        "kappa": stats.kappa(
            [str(each.first) for each in labels],
            [str(each.second) for each in labels],
            [each.group for each in labels],
        )
        if labels or not numbers
        else Statistic(why="verdicts are numbers: see the weighted one"),
        "weighted_kappa": stats.weighted_kappa(
            [cast(float, each.first) for each in numbers],
            [cast(float, each.second) for each in numbers],
            [each.group for each in numbers],
        )
        if numbers or not labels
        else Statistic(why="verdicts are labels"),
    }


def _rated(first: Rater, second: Rater, name: str, task: Judged | None) -> Iterator[stats.Rated]:
    """What both gave the answers of a task that both could judge: their scores.

    Of verdicts in a file nobody made scores: then it is the mean of what both said to one answer, for both.
    """
    one, other = first.of_task(name), second.of_task(name)
    scored = bool(first.name and second.name)
    for answer in one:
        if answer in other:
            mine, theirs = one[answer], other[answer]
            values = (mine.score, theirs.score) if scored else (_mean(mine, theirs, task), _mean(theirs, mine, task))
            if values[0] is not None and values[1] is not None:
                yield stats.Rated(answer.model, mine.group, values[0], values[1])


def _mean(opinion: Opinion, other: Opinion, task: Judged | None) -> float | None:
    """The mean of the numbers in the verdicts that both gave, and of how the answer did in its games."""
    found = []
    for call, verdict in opinion.verdicts.items():
        if verdict is None or other.verdicts.get(call) is None:
            continue
        if (placed := _placed(task, call, verdict)) is not None:
            found.append(placed.first if placed.own else 1 - placed.first)
        else:
            found += [value for _, value in parts(verdict) if isinstance(value, float)]
    return math.fsum(found) / len(found) if found else None


def _placed(task: Judged | None, call: str, verdict: object) -> Placed | None:
    if task is None or verdict is None:
        return None
    try:
        return task.placed(call, cast(JsonValue, verdict))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


def _of_scores(rated: Sequence[stats.Rated]) -> dict[str, Statistic]:
    first, second, groups = ([getattr(each, name) for each in rated] for name in ("first", "second", "group"))
    return {
        "pearson": stats.pearson(first, second, groups),
        "spearman": stats.spearman(first, second, groups),
        "score_difference": stats.mean_difference([b - a for a, b in zip(first, second, strict=True)], groups),
    }


def _order(rated: Sequence[stats.Rated]) -> dict[str, Statistic]:
    """The order of models, where there are several."""
    if len({each.model for each in rated}) < 2:
        return {}
    return {"tau_b": stats.model_order(rated, stats.tau_b), "rho": stats.model_order(rated, stats.rho)}


def _alone(rater: Rater, name: str, task: Judged | None, opposing: Mapping[str, int] | str) -> AloneFigures:
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
        if (placed := _placed(task, call, verdict)) is not None:
            yield placed


def _position(opinions: Mapping[Answer, Opinion], games: Mapping[Answer, Sequence[Placed]]) -> dict[str, Statistic]:
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


def _longer(
    opinions: Mapping[Answer, Opinion], games: Mapping[Answer, Sequence[Placed]], opposing: Mapping[str, int] | str
) -> Statistic:
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


def _opposing(task: Judged | None, data_dir: Path | None) -> Mapping[str, int] | str:
    """Characters of the answers that a task compares with, by doc; why that is not known where it is not."""
    if task is None:
        return "the task is not at hand"
    try:
        return {doc.id: len(task.opponent(doc)) for doc in _docs(task, data_dir)}
    except TypeError:
        return "the task says no other answer"
    except UsageError as error:
        return f"the other answers are not at hand: {error}"


def _docs(task: Judged, data_dir: Path | None) -> Iterator[Doc]:
    return data.docs(task, data_dir)


def _own(rater: Rater, judges: Sequence[Rater], tasks: Iterable[str]) -> Iterator[OwnFigures]:
    """What a judge gives its own model, beside each other judge that is nothing to that model."""
    models = dict.fromkeys(answer.model for answer in rater.opinions)
    for name in tasks:
        for model, other in itertools.product(models, judges):
            kin = kinship(rater.name, model)
            if kin and other is not rater and not kinship(other.name, model):
                rated = [*_rated(rater, other, name, None)]
                mine = [each for each in rated if each.model == model]
                if mine:
                    yield OwnFigures(name, rater, other, model, kin, _preference(rater, mine, rated))


def _preference(rater: Rater, own: Sequence[stats.Rated], rated: Sequence[stats.Rated]) -> dict[str, Statistic]:
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
