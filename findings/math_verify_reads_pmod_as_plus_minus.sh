#!/usr/bin/env bash
# math-verify 0.9.0: \pmod is read as \pm followed by the letters o and d.
# Expected: "7 \pmod{10}" is 7, or a residue, or nothing that can be read.
# Seen:     it becomes the set {7 + 10*d*o, 7 - 10*d*o}, so that it differs from 7 and from "7 \bmod 10".
# Who meets it: graders of number theory; a model that boxes a remainder with its modulus is marked wrong.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install 'math-verify[antlr4_13_2]==0.9.0' 2>/dev/null
cat >"$folder/try.py" <<'PY'
from importlib.metadata import version

from math_verify import parse, verify

read = parse(r"$\boxed{7 \pmod{10}}$")
equal = verify(parse(r"$\boxed{7}$"), read)
size, symbols = len(read[0]), sorted(map(str, read[0].free_symbols))
print("math-verify", version("math-verify"), "members:", size, "symbols:", symbols, "equals 7:", equal)
assert (size, symbols, equal) == (2, ["d", "o"], False), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: math-verify 0.9.0 members: 2 symbols: ['d', 'o'] equals 7: False
