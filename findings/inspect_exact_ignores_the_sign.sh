#!/usr/bin/env bash
# inspect-ai 0.3.285: the scorer exact() takes -5 for 5.
# Expected: the docstring speaks of normalising text and of exact matches, so a number with another sign is wrong.
# Seen:     punctuation is removed before the comparison, the minus sign with it: "-5" for the target "5" is "C"
#           (correct), and f1() gives it 1.0. match(numeric=True) keeps the sign and says "I".
# Who meets it: whoever grades arithmetic or differences with exact(); a model that loses signs looks right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install inspect-ai==0.3.285 2>/dev/null
cat >"$folder/try.py" <<'PY'
import asyncio
from importlib.metadata import version

from inspect_ai.model import ModelName, ModelOutput
from inspect_ai.scorer import Target, exact, f1, match
from inspect_ai.solver import TaskState


def said(text):
    output = ModelOutput.from_content("mockllm/model", text)
    return TaskState(model=ModelName("mockllm/model"), sample_id=1, epoch=1, input="2 - 7", messages=[], output=output)


async def main():
    scorers = {"exact": exact(), "f1": f1(), "match(numeric=True)": match(numeric=True)}
    seen = {name: (await scorer(said("-5"), Target("5"))).value for name, scorer in scorers.items()}
    print("inspect-ai", version("inspect-ai"), "answer -5, target 5:", seen)
    assert seen == {"exact": "C", "f1": 1.0, "match(numeric=True)": "I"}, "the behaviour has changed"


asyncio.run(main())
PY
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: inspect-ai 0.3.285 answer -5, target 5: {'exact': 'C', 'f1': 1.0, 'match(numeric=True)': 'I'}
