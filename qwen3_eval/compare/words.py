"""What the gate says: on a terminal, as Markdown for a pull request, as JUnit XML, as JSON.

Answers were written by a model, and names by others: each is one printable line, inert where it stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree import ElementTree

from qwen3_eval import inert
from qwen3_eval.aligned import columns
from qwen3_eval.compare.gate import CellVerdict, Decision, Example
from qwen3_eval.compare.pairs import difference_json, p_text
from qwen3_eval.inert import plain
from qwen3_eval.measure.health import WORDS

SHORT = 80
MARKS = {
    "worse": "WORSE",
    "better": "better",
    "unchanged": "ok",
    "too small": "too small",
    "unhealthy": "unhealthy",
    "not measured": "not measured",
    "not comparable": "not comparable",
}


def headline(decision: Decision) -> str:
    """The decision in one sentence."""
    counts = {
        code: len([each for each in decision.cells if each.status in statuses]) for code, statuses in KINDS.items()
    }
    of = f"of {len(decision.cells)} results"
    margin = points(decision.rules.margin)
    sentences = {
        0: f"passed: none {of} got worse by more than {margin}",
        1: f"failed: {counts[1]} {of} got worse by more than {margin}",
        2: f"cannot be compared: {counts[2]} {of} were measured otherwise than in the baseline",
        3: f"cannot be told: {counts[3]} {of} are too small or too unhealthy",
    }
    risen = len(decision.of("better"))
    return sentences[decision.code] + (f"; {risen} rose by more than {margin}" if risen else "")


KINDS = {
    1: ("worse",),
    2: ("not comparable",),
    3: ("too small", "unhealthy", "not measured"),
}


def points(value: float) -> str:
    """``1 point``, ``2.5 points``."""
    return f"{value:g} point" if value == 1 else f"{value:g} points"


def guarantee(decision: Decision) -> str:
    """False-alarm rate and power in words."""
    tested = [each for each in decision.cells if each.difference is not None]
    text = (
        f"An unchanged model fails with a chance of at most {decision.rules.alpha:.3g} over all {len(tested)} tests "
        "(one-sided, questions paired and clustered by group, Holm's correction)"
    )
    drops = [each.detectable for each in tested]
    if not drops:
        return f"{text}."
    least = f"{min(drops):.1f} to {max(drops):.1f} points" if len(drops) > 1 else f"{drops[0]:.1f} points"
    return f"{text}. Smallest true drop found with 80 %: {least if math.isfinite(max(drops)) else 'none in some'}."


def numbers(one: CellVerdict) -> tuple[str, ...]:
    """Baseline, run, difference, interval, p and smallest drop as text; dashes where nothing was tested."""
    if one.difference is None:
        return ("-",) * 6
    d, scale = one.difference, one.scale
    scores = (f"{scale * d.before:.1f}", f"{scale * d.after:.1f}", f"{scale * d.mean:+.1f}")
    bounds = f"[{scale * d.interval.low:+.1f}, {scale * d.interval.high:+.1f}]"
    return *scores, bounds, p_text(one.p), f"{one.detectable:.1f}"


COLUMNS = ("result", "baseline", "run", "difference", "95 % interval", "p", "detectable", "verdict")


def text_lines(decision: Decision) -> Iterator[str]:
    """The whole verdict for a terminal."""
    rows = [COLUMNS, *((each.name, *numbers(each), MARKS[each.status]) for each in decision.cells)]
    yield from columns(rows, left=(0, len(COLUMNS) - 1))
    for one in decision.cells:
        yield from (f"{one.name}: {text}" for text in remarks(one))
    yield from (f"differs: {note}" for note in decision.notes)
    yield guarantee(decision)
    yield f"gate {headline(decision)} (exit {decision.code})"


def remarks(one: CellVerdict) -> Iterator[str]:
    """What is to be said about a cell beside its numbers."""
    if one.judge:
        yield f"judged by {one.judge}"
    if one.reason:
        yield one.reason
    if one.status in ("worse", "better"):
        yield from (f"differs: {note}" for note in one.notes)
    for example in one.examples:
        yield f"{plain(example.id, SHORT)}: {example_words(example)}"


def example_words(example: Example) -> str:
    """``1 -> 0, answered "7", gold "42"``."""
    said = WORDS[example.outcome] if example.answer is None else f'answered "{plain(example.answer, SHORT)}"'
    gold = f', gold "{plain(example.gold, SHORT)}"' if example.gold else ""
    return f"{example.before:.3g} -> {example.after:.3g}, {said}{gold}"


def markdown(decision: Decision) -> str:
    """A summary for a pull request."""
    mark = {0: "✅", 1: "❌"}.get(decision.code, "⚠️")
    lines = [
        f"### {mark} Gate {headline(decision)}",
        "",
        f"{inert.markdown(decision.run_id)} against {inert.markdown(decision.baseline_id)}",
        "",
    ]
    lines += [row(COLUMNS), row(("---", *("---:",) * 6, "---"))]
    lines += [row((inert.markdown(each.name), *numbers(each), MARKS[each.status])) for each in decision.cells]
    said = [
        f"- **{inert.markdown(one.name)}**: {inert.markdown(text)}" for one in decision.cells for text in remarks(one)
    ]
    said += [f"- differs: {inert.markdown(note)}" for note in decision.notes]
    lines += ["", *said, "", guarantee(decision)] if said else ["", guarantee(decision)]
    return "\n".join(lines) + "\n"


def row(cells: tuple[str, ...]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def junit(decision: Decision) -> str:
    """JUnit XML: one case a result; a failure where it got worse, an error where nothing can be said."""
    failures = len(decision.of("worse"))
    errors = sum(each.status in (*KINDS[2], *KINDS[3]) for each in decision.cells)
    counts = {"tests": str(len(decision.cells)), "failures": str(failures), "errors": str(errors)}
    root = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(root, "testsuite", {"name": "qwen3-eval gate", **counts})
    for one in decision.cells:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": f"gate.{plain(one.cell.task, SHORT)}", "name": plain(one.name, SHORT)}
        )
        said = [
            " ".join(f"{name} {value}" for name, value in zip(COLUMNS[1:], numbers(one), strict=False)),
            *remarks(one),
        ]
        kind = "failure" if one.status == "worse" else "error" if one.status in (*KINDS[2], *KINDS[3]) else "system-out"
        text = "\n".join(plain(line, 1000) for line in said)
        found = {} if kind == "system-out" else {"message": plain(one.reason or said[0], 300), "type": one.status}
        ElementTree.SubElement(case, kind, found).text = text
    ElementTree.SubElement(suite, "system-out").text = "\n".join([headline(decision), guarantee(decision)])
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_json(decision: Decision) -> dict[str, object]:
    """The verdict for scripts; numbers in the unit of the score, null where nothing was tested."""
    rules = decision.rules
    return {
        "exit": decision.code,
        "verdict": headline(decision),
        "run_id": decision.run_id,
        "baseline_run_id": decision.baseline_id,
        "alpha": rules.alpha,
        "margin": rules.margin,
        "detect": rules.detect,
        "differs": list(decision.notes),
        "results": [_result(each) for each in decision.cells],
    }


def _result(one: CellVerdict) -> dict[str, object]:
    d, scale = one.difference, one.scale
    found = {**one.cell._asdict(), "status": one.status, "reason": one.reason, "differs": list(one.notes)}
    if one.judge:
        found["judge"] = one.judge
    if d is not None:
        found |= difference_json(d, scale)
        found |= {"p": one.p, "detectable": one.detectable if math.isfinite(one.detectable) else None}
    found["examples"] = [_example(each) for each in one.examples]
    return found


def _example(e: Example) -> dict[str, object]:
    answer = None if e.answer is None else plain(e.answer, 1000)
    shown = {"id": plain(e.id, SHORT), "before": e.before, "after": e.after, "answer": answer, "outcome": e.outcome}
    return {**shown, "gold": plain(e.gold, 1000)}
