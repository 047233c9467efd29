"""Two pieces side by side: which are compared, and what a judge's reply gives each of them."""

from __future__ import annotations

import json

# Characters of a piece that the judge sees.
LONGEST = 4000
# Prompts whose pieces are not compared.
LEFT_OUT = frozenset(("5", "16", "20", "21", "26", "28", "30"))
FIRST, SECOND = "A0493", "A0488"
NOT_COUNTED = frozenset(("improvement_suggestions", "theory_of_mind", "_item_order_idx"))
# What is won here is taken from the other too.
TAKEN = frozenset(("avoids_poetic_overload", "coherence", "avoids_verbosity"))


def plus_signs(reply: str) -> tuple[int, int] | None:
    """The plus signs of the first and the second piece; None where the reply holds no object, or one with an error.

    ``interpret_pairwise_result_cw`` of the reference, with the reading of JSON before it. Every entry that names a
    writer counts, the reasoning too.
    """
    try:
        found = json.loads(reply[reply.find("{") : reply.rfind("}") + 1])
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or "error" in found:
        return None
    points = {FIRST: 0, SECOND: 0}
    for name, value in found.items():
        if name in NOT_COUNTED:
            continue
        # The reference stops over what it cannot search.
        if not isinstance(value, str | list | dict):
            return None
        winner = next((writer for writer in points if writer in value), None)
        if winner is None:
            continue
        if isinstance(value, dict):
            return None
        signs = value.count("+")
        points[winner] += signs
        if name in TAKEN:
            points[SECOND if winner == FIRST else FIRST] -= signs
    return points[FIRST], points[SECOND]
