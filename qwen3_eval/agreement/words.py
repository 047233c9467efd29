"""What is said of the agreement of judges: aligned tables for a terminal, and JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qwen3_eval.agreement.alone import AloneFigures, OwnFigures
from qwen3_eval.agreement.figures import Agreement
from qwen3_eval.agreement.pairs import Figures, PairFigures
from qwen3_eval.aligned import columns
from qwen3_eval.inert import plain
from qwen3_eval.stats.agreement import Statistic

# What each figure is, for a reader.
NAMES: Mapping[str, str] = {
    "agreement": "equal verdicts",
    "kappa": "Cohen's kappa",
    "weighted_kappa": "Cohen's kappa, quadratic weights",
    "pearson": "correlation of scores (Pearson)",
    "spearman": "correlation of scores (Spearman)",
    "score_difference": "score, second less first (0 to 1)",
    "tau_b": "order of models (Kendall's tau-b)",
    "rho": "order of models (Spearman)",
    "follows_place": "verdicts that follow the place",
    "first_place": "wins of the first place (0.5: no preference)",
    "length_correlation": "score with the log of the length",
    "longer_wins": "wins of the longer answer beyond chance",
    "own_difference": "own answers, to the other judge (0 to 1)",
    "own_preference": "the same, beyond that on others' answers",
}
WIDEST = 300
HEAD = ("figure", "value", "[95 % interval]", "n", "questions")


def text_lines(found: Agreement) -> Iterator[str]:
    """All of it in tables, a blank line between two."""
    for rater in found.raters:
        where = ", ".join(str(folder) for folder in rater.folders)
        yield plain(f"{rater.label}: {len(rater.opinions):,} answers judged ({where})", WIDEST)
    for pair in found.pairs:
        yield from ("", plain(f"{pair.task}: {pair.first.label} and {pair.second.label}, {_counts(pair)}", WIDEST))
        yield from _table({**pair.figures, **pair.order})
    for alone in found.alone:
        yield from ("", plain(f"{alone.task}: {alone.rater.label} alone, {alone.answers:,} answers", WIDEST))
        yield from _table(alone.figures)
    for own in found.own:
        who = f"{own.rater.label} on answers of {own.model} ({own.kin}), beside {own.other.label}"
        yield from ("", plain(f"{own.task}: {who}", WIDEST))
        yield from _table(own.figures)
    if not found.pairs:
        yield from ("", "there is one judge: name another run, or verdicts with --against, to see whether they agree")


def _counts(pair: PairFigures) -> str:
    told = f"{pair.answers:,} answers"
    if pair.differing:
        told += f"; {pair.differing:,} left out, because their texts differ"
    told += f"; {pair.alone:,} verdicts of one judge alone" if pair.alone else ""
    return told + (f"; {pair.neither:,} calls of which neither was read" if pair.neither else "")


def _table(figures: Figures) -> Iterator[str]:
    rows = [_row(NAMES[name], each) for name, each in figures.items() if each.value is not None]
    if rows:
        yield from columns([HEAD, *rows], left={0})
    reasons = dict.fromkeys(each.why for each in figures.values() if each.value is None)
    for why in reasons:
        names = ", ".join(NAMES[name] for name, each in figures.items() if each.value is None and each.why == why)
        yield plain(f"not told: {names}: {why}", WIDEST)


def _row(name: str, found: Statistic) -> Sequence[str]:
    bounds = found.interval
    told = f"[{bounds.low:.3f}, {bounds.high:.3f}]" if bounds else "-"
    return (name, f"{found.value:.3f}", told, f"{found.n:,}", f"{found.clusters:,}")


def as_json(found: Agreement) -> dict[str, object]:
    """All of it as JSON values; a figure that is not defined has no value, and says why."""
    return {
        "schema": 1,
        "judges": [
            {
                "label": rater.label,
                "model": rater.name,
                "from": [str(folder) for folder in rater.folders],
                "answers": len(rater.opinions),
            }
            for rater in found.raters
        ],
        "pairs": [_pair_json(each) for each in found.pairs],
        "alone": [_alone_json(each) for each in found.alone],
        "own": [_own_json(each) for each in found.own],
    }


def _pair_json(pair: PairFigures) -> dict[str, object]:
    return {
        "task": pair.task,
        "judges": [pair.first.label, pair.second.label],
        "answers": pair.answers,
        "differing": pair.differing,
        "alone": pair.alone,
        "neither": pair.neither,
        "figures": _figures_json({**pair.figures, **pair.order}),
    }


def _alone_json(alone: AloneFigures) -> dict[str, object]:
    figures = _figures_json(alone.figures)
    return {"task": alone.task, "judge": alone.rater.label, "answers": alone.answers, "figures": figures}


def _own_json(own: OwnFigures) -> dict[str, object]:
    return {
        "task": own.task,
        "judge": own.rater.label,
        "other": own.other.label,
        "model": own.model,
        "kin": own.kin,
        "figures": _figures_json(own.figures),
    }


def _figures_json(figures: Figures) -> dict[str, object]:
    return {name: _figure_json(each) for name, each in figures.items()}


def _figure_json(found: Statistic) -> dict[str, object]:
    if found.value is None:
        return {"why": found.why, "n": found.n}
    bounds = {} if found.interval is None else {"ci95": [found.interval.low, found.interval.high]}
    return {"value": found.value, **bounds, "n": found.n, "questions": found.clusters}
