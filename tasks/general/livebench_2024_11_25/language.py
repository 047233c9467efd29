"""LiveBench language: typos, connections and plot_unscrambling.

Source: ``livebench/process_results/writing/*/utils.py`` of the reference that ``scorers`` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .finding import Finding
from .text import (
    END_OF_SOLUTION,
    SOLUTION,
    between,
    last_box,
    unboxed,
)

NEW_FORMAT = "2024-11-25"
GROUP = 4
DASHES = " --- "


def typos(facts: Mapping[str, Any], answer: str) -> Finding:
    """The whole corrected text must stand in the answer, line breaks counted as blanks."""
    tagged = between(answer, SOLUTION, END_OF_SOLUTION)
    found = tagged[-1] if tagged else _dashed(answer.replace(SOLUTION, "").replace(END_OF_SOLUTION, ""))
    joined = " ".join(line for line in found.strip().split("\n") if line)
    return Finding(float(str(facts["ground_truth"]) in joined), joined or None)


def _dashed(text: str) -> str:
    r"""What stands between the last two dashes of the first line that has two: ``.* --- (.*?) --- .*``."""
    for line in text.split("\n"):
        last = line.rfind(DASHES)
        start = line.rfind(DASHES, 0, last) if last > 0 else -1
        if start >= 0:
            begin = start + len(DASHES)
            return line[begin : line.find(DASHES, begin)]
    return text


def connections(facts: Mapping[str, Any], answer: str) -> Finding:
    """The share of the groups of four words that were found, by the rule of the question's release."""
    truth = str(facts["ground_truth"]).split(",")
    if str(facts["livebench_release_date"]) < NEW_FORMAT:
        return _old_connections(truth, answer)
    found = [text.replace("\n", "") for text in _tagged_words(answer)]
    if not found:
        return Finding(0.0, None)
    words = [word for text in found for word in text.split(",")]
    if len(found) > 1:
        words = words[-len(truth) :]
    wanted = _groups(truth)
    right = sum(group in wanted for group in _groups(words))
    # Groups that are said twice count twice, even beyond the number of groups.
    return Finding(min(right / len(wanted), 1.0), ",".join(words), f"{right} of {len(wanted)} groups are right")


def _tagged_words(answer: str) -> list[str]:
    one_line = answer.replace("\n", "")
    found = (
        between(answer, SOLUTION, END_OF_SOLUTION)
        or between(one_line, SOLUTION, END_OF_SOLUTION)
        or between(answer, END_OF_SOLUTION, END_OF_SOLUTION)
        or between(one_line, END_OF_SOLUTION, END_OF_SOLUTION)
    )
    if found or "\\boxed" not in answer:
        return found
    return [unboxed(last_box(answer)).replace("\\text{", "").replace("}", "").replace("\\", "")]


def _groups(words: Iterable[str]) -> list[set[str]]:
    """Sets of four words; a word that is said twice does not fill its group."""
    groups: list[set[str]] = [set()]
    for word in words:
        if len(groups[-1]) == GROUP:
            groups.append(set())
        groups[-1].add(word.strip().lower())
    return groups


def _old_connections(truth: Sequence[str], answer: str) -> Finding:
    """The best of the bold lists of words."""
    wanted = _groups(truth)
    best, text = 0.0, None
    for bold in between(answer.replace("\n", ""), "**", "**"):
        given = _groups(bold.split(","))
        share = sum(any(group <= other for other in given) for group in wanted) / len(wanted)
        if text is None or share > best:
            best, text = share, bold
    return Finding(best, text)
