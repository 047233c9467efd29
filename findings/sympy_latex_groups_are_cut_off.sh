#!/usr/bin/env bash
# sympy 1.14.0 (antlr backend): parse_latex reads a number only up to LaTeX's own digit group.
# Expected: "1{,}000", which is how LaTeX writes 1,000 without a gap, is 1000 or an error.
# Seen:     it is 1. Indian groups too: "10,00,000" is 10. What follows is dropped without a word, while "1,000" is
#           1000; strict=True is needed for an error.
# Who meets it: graders that hand a boxed answer to parse_latex: "1{,}250" equals the target 1, and not 1250.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install sympy==1.14.0 antlr4-python3-runtime==4.11.1 2>/dev/null
cat >"$folder/try.py" <<'PY'
import sympy
from sympy.parsing.latex import LaTeXParsingError, parse_latex

seen = {text: str(parse_latex(text)) for text in ("1,000", "1{,}000", "10,00,000")}
print("sympy", sympy.__version__, seen)
assert seen == {"1,000": "1000", "1{,}000": "1", "10,00,000": "10"}, "the behaviour has changed"
try:
    strict = str(parse_latex("1{,}000", strict=True))
except LaTeXParsingError:
    strict = "LaTeXParsingError"
print("with strict=True:", strict)
assert strict == "LaTeXParsingError", "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: sympy 1.14.0 {'1,000': '1000', '1{,}000': '1', '10,00,000': '10'}
#              with strict=True: LaTeXParsingError
