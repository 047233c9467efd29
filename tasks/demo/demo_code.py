"""Short Python functions from a one-line description, judged by running them.

qwen3_eval's own family for the bundled demo model: two to four steps on an integer, a string or
a list of integers. The program prints its results, and they are compared outside its process.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from qwen3_eval.api import Doc, Generated, Prompt, Sampling, Score, Task, needs, sandbox, task

SHORTEST, LONGEST = 2, 4
CPU_SECONDS = 2.0
FENCE = re.compile(r"```(?:python)?\n(.*?)```", re.DOTALL)


class Step(NamedTuple):
    """One operation: how it is described (``{n}`` is its digit) and what it does."""

    words: str
    apply: Callable[[Any, int], Any]


STEPS: dict[str, dict[str, Step]] = {
    "integer": {
        "add": Step("add {n}", lambda x, n: x + n),
        "subtract": Step("subtract {n}", lambda x, n: x - n),
        "multiply": Step("multiply by {n}", lambda x, n: x * n),
        "divide": Step("divide by {n} rounding down", lambda x, n: x // n),
        "remainder": Step("take the remainder by {n}", lambda x, n: x % n),
        "square": Step("square it", lambda x, n: x * x),
        "negate": Step("change its sign", lambda x, n: -x),
    },
    "string": {
        "upper": Step("turn it to upper case", lambda x, n: x.upper()),
        "reverse": Step("reverse it", lambda x, n: x[::-1]),
        "repeat": Step("repeat it {n} times", lambda x, n: x * n),
        "drop": Step("drop the first {n} characters", lambda x, n: x[n:]),
        "keep": Step("keep the first {n} characters", lambda x, n: x[:n]),
        "append": Step("append the digit {n}", lambda x, n: x + str(n)),
    },
    "list": {
        "sort": Step("sort it", lambda x, n: sorted(x)),
        "reverse": Step("reverse it", lambda x, n: x[::-1]),
        "drop": Step("drop the first {n} items", lambda x, n: x[n:]),
        "keep": Step("keep the first {n} items", lambda x, n: x[:n]),
        "add": Step("add {n} to each item", lambda x, n: [v + n for v in x]),
        "multiply": Step("multiply each item by {n}", lambda x, n: [v * n for v in x]),
        "above": Step("keep the items above {n}", lambda x, n: [v for v in x if v > n]),
    },
}
INPUTS: dict[str, list[Any]] = {
    "integer": [-17, -1, 0, 5, 64],
    "string": ["", "a", "Qwen", "thinking budget"],
    "list": [[], [4], [9, -3, 7, 1, 0, 12], [5, 5, 8, 2, -6, 3, 11, 6, 10, 4]],
}


def draw(rng: random.Random) -> dict[str, Any]:
    """A row: the kind of x, and steps of (name, digit) with no name twice in a row."""
    kind = rng.choice(list(STEPS))
    steps: list[list[Any]] = []
    for _ in range(rng.randint(SHORTEST, LONGEST)):
        names = [name for name in STEPS[kind] if not steps or name != steps[-1][0]]
        name = rng.choice(names)
        steps.append([name, rng.randint(2, 9) if "{n}" in STEPS[kind][name].words else 0])
    return {"kind": kind, "steps": steps}


def expected(kind: str, steps: list[list[Any]]) -> list[Any]:
    """What the described function returns for each of the kind's inputs."""
    results = []
    for x in INPUTS[kind]:
        for name, n in steps:
            x = STEPS[kind][name].apply(x, n)
        results.append(x)
    return results


def program(code: str, kind: str) -> str:
    """A program that defines the candidate and prints its results as one line of JSON, the last line."""
    return f"{code}\n\nimport json\nprint()\nprint(json.dumps([f(x) for x in {INPUTS[kind]!r}]))\n"


def last_json(text: str) -> Any:
    """The value on the last line, or None when it is not JSON."""
    lines = text.strip().splitlines()
    try:
        return json.loads(lines[-1]) if lines else None
    except ValueError:
        return None


@task(
    name="demo_code",
    category="demo",
    version="1",
    source=Generated(seed=20_252, count=60),
    reference="qwen3_eval's own: the results on fixed inputs must all be right",
    max_tokens=256,
    answer_tokens=96,
    suites=("demo",),
    needs=(needs.SANDBOX,),
    sampling={"thinking": Sampling(), "non-thinking": Sampling()},
)
class DemoCode(Task):
    """The last fenced block must define ``f`` and return the right value for every input."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        while True:
            yield draw(rng)

    def doc(self, row: Mapping[str, Any]) -> Doc:
        kind, steps = str(row["kind"]), row["steps"]
        words = [STEPS[kind][name].words.format(n=n) for name, n in steps]
        question = f"Write a Python function f(x) for {kind} x: {', then '.join(words)}."
        name = kind + "/" + ",".join(f"{name}{n or ''}" for name, n in steps)
        return Doc(name, question, expected(kind, steps), meta={"kind": kind, "steps": steps})

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        blocks = FENCE.findall(answer)
        if not blocks:
            return Score.no_answer("no fenced block")
        ran = sandbox.run_program(program(blocks[-1], doc.meta["kind"]), cpu_seconds=CPU_SECONDS)
        if ran.timed_out:
            return Score(0.0, "timeout", extracted=blocks[-1])
        right = ran.exit_code == 0 and last_json(ran.stdout) == doc.target
        return Score(float(right), extracted=blocks[-1], detail=ran.stderr[-500:])
