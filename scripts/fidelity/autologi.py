"""Holds the verdicts of AutoLogi against the authors' own code.

    python -m scripts.fidelity.autologi answers OUT [SAMPLES]     in the project's environment; needs a sandbox
    python autologi.py compare OUT REFERENCE                      in any environment that has tqdm

REFERENCE is a checkout of 8188zq/AutoLogi. SAMPLES, optional, are answers of a model to Chinese puzzles, its file
``training-data/autologi_sampling_by_72b_sft_cn.json``; their puzzles' programs are not in it, so that a stand-in which
accepts every second arrangement is the check. English answers are right and wrong plans for a puzzle of our own, in
the forms that models write.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SEED = 210
ANSWERS = 1_000
NAMES = ("Ana", "Bo", "Cid", "Dee")
PUZZLE = {
    "Inputs_Check_code": """def inputs_check(inputs):
    if not isinstance(inputs, dict) or set(inputs) != {'early', 'late'}:
        return False
    return all(len(each) == 2 for each in inputs.values())""",
    "Constraint_List_code": """def one(inputs):
    return not {'Ana', 'Bo'} <= set(inputs['early'])

def two(inputs):
    return 'Dee' in inputs['late']

constraint_list = [one, two]""",
}
STAND_IN = {
    "Inputs_Check_code": """def inputs_check(inputs):
    return True""",
    "Constraint_List_code": """def size(value):
    if isinstance(value, dict):
        return sum(size(key) + size(item) for key, item in value.items())
    if isinstance(value, (list, tuple, set)):
        return len(value) + sum(map(size, value))
    return len(str(value))

constraint_list = [lambda inputs: size(inputs) % 2 == 0]""",
}
# Name of a form, and the answer that it makes of a plan as Python and as JSON.
FORMS: Mapping[str, Callable[[str, str], str]] = {
    "fence": lambda python, plan: f"So:\n```python\n{python}\n```\nThat is all.",
    "fence of JSON": lambda python, plan: f"So:\n```json\n{plan}\n```",
    "fence without a word": lambda python, plan: f"```\n{python}\n```",
    "fence, indented": lambda python, plan: f"1. So:\n   ```python\n   {python}\n   ```",
    "fence, carriage returns": lambda python, plan: f"So:\r\n```python\r\n{python}\r\n```\r\n",
    "fence, cut": lambda python, plan: f"So:\n```python\n{python}",
    "two fences": lambda python, plan: f"```json\n{{'early': []}}\n```\nBetter:\n```json\n{plan}\n```",
    "fence behind": lambda python, plan: f"```json\n{plan}\n```\nwhich prints\n```\nTrue\n```",
    "assigned": lambda python, plan: f"```python\ninputs = {python}\n```",
    "assigned, with a type": lambda python, plan: f"```python\ninputs: dict = {plan}\n```",
    "a program": lambda python, plan: f"```python\ninputs = {python}\nprint(inputs)\n```",
    "remarks": lambda python, plan: f"```json\n{plan} // the plan\n```",
    "remarks of Python": lambda python, plan: f"```python\n# the plan\n{python}\n```",
    "no fence": lambda python, plan: f"The plan is {python}.",
    "no fence, brackets": lambda python, plan: f"The plan is {plan}, for [Ana] and [Bo].",
    "in bold": lambda python, plan: f"**{python}**",
    "a list": lambda python, plan: f"The plan is {list(json.loads(plan).values())}.",
    "boxed": lambda python, plan: rf"\boxed{{{python}}}",
    "a string": lambda python, plan: f"```python\n{python!r}\n```",
    "a tuple": lambda python, plan: f"```python\n{python},\n```",
    "over lines": lambda python, plan: f"```json\n{json.dumps(json.loads(plan), indent=2)}\n```",
    "a comma too many": lambda python, plan: f"```json\n{plan[:-1]},}}\n```",
    "true and false": lambda python, plan: f'```json\n{plan[:-1]}, "sure": true}}\n```',
    "words": lambda python, plan: "Ana and Cid are early, Bo and Dee are late.",
    "an open brace": lambda python, plan: f"{{ {plan}",
    "nothing": lambda python, plan: "",
}


def answers(out: Path, samples: Path | None = None) -> None:
    """Writes a line for each answer: language, form, programs, answer, and our verdict."""
    from qwen3_eval.task.registry import load_tasks

    autologi = sys.modules[type(load_tasks().get("autologi")).__module__]

    rng = random.Random(SEED)
    rows = [("en", *english(rng), PUZZLE) for _ in range(ANSWERS)]
    given = json.loads(samples.read_text(encoding="utf-8")) if samples else []
    rows += [("zh", "model", row["conversations"][-1]["value"], STAND_IN) for row in given]
    with open(out, "w", encoding="utf-8") as file:
        for language, form, text, code in rows:
            found = autologi.find_arrangement(text)
            checks = f"{code['Inputs_Check_code']}\n{code['Constraint_List_code']}"
            verdict = "no arrangement" if found is None else autologi.verify_arrangement(found, checks).said
            file.write(json.dumps([language, form, code, text, verdict]) + "\n")


def english(rng: random.Random) -> tuple[str, str]:
    """A form, and an answer in it."""
    names = rng.sample(NAMES, 4)
    plan = {"early": names[:2], "late": names[2:]}
    python = f"{{'early': {set(names[:2])}, 'late': {set(names[2:])}}}"
    form = rng.choice(sorted(FORMS))
    return form, FORMS[form](python, json.dumps(plan))


def compare(out: Path, reference: Path) -> None:
    """Prints how often the reference gives our verdict, by form, and where it does not."""
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    sys.path.insert(0, str((reference / "evaluation").resolve()))
    os.chdir(tempfile.mkdtemp())
    import eval as authors  # type: ignore[import-not-found]

    total: Counter[str] = Counter()
    same: Counter[str] = Counter()
    unlike: dict[str, list[Any]] = defaultdict(list)
    for language, form, code, text, ours in lines:
        row = authors.InputExample(0, "", *code.values(), "", language, text)
        try:
            theirs = authors.compute_coding_pass1(row)
        except Exception as error:  # noqa: BLE001 - that the reference stops is a finding
            theirs = {"acc": 0, "error": repr(error)}
        total[f"{language} {form}"] += 1
        same[f"{language} {form}"] += bool(theirs["acc"]) == (ours == "passed")
        if bool(theirs["acc"]) != (ours == "passed"):
            unlike[form].append((text, ours, theirs))
    for form in sorted(total):
        print(f"{form:30} {same[form]:6} of {total[form]:6}")
    print(f"{'all':30} {sum(same.values()):6} of {sum(total.values()):6}")
    for form, found in unlike.items():
        print(form, len(found), *min(found, key=lambda each: len(each[0])))


if __name__ == "__main__":
    PARTS: dict[str, Callable[..., None]] = {"answers": answers, "compare": compare}
    PARTS[sys.argv[1]](*map(Path, sys.argv[2:]))
