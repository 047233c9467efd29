#!/usr/bin/env bash
# math-verify 0.9.0 takes an equation for its right-hand side, whatever stands on the left: a model that ends with
# "203 = 204" or "200 + 5 = 204" is given the point for 204, while "204 = m + n" is not.
# Expected: a false equation between numbers equals nothing.
# Seen: True True False. The script exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q math-verify==0.9.0 latex2sympy2-extended==1.11.0 antlr4-python3-runtime==4.13.2 sympy==1.14.0
seen=$("$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from math_verify import parse, verify

print("math-verify", version("math-verify"), end=":")
for answer in ("$203 = 204$", "$200 + 5 = 204$", "$204 = m + n$"):
    print("", verify(parse("$204$"), parse(answer)), end="")
PYTHON
)
echo "$seen"
[ "$seen" = "math-verify 0.9.0: True True False" ]
