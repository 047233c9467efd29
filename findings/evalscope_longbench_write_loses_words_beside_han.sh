#!/usr/bin/env bash
# evalscope 1.14.1: the length of LongBench-Write (third_party/longbench_write/utils.py, count_words) leaves words out.
# Expected: each Han character and each other word is one.
# Seen:     a word is counted only where \b stands on both sides of [a-zA-Z]+, and Han characters, digits, accents and _
#           are word characters: of a text that mixes scripts without blanks (as Chinese is written) no Latin word is
#           counted, "naive cafe" with its accents has length 0, "GPT4" and "2024" are nothing, "don't" is two.
# Who meets it: whoever compares length scores of answers in Chinese with Latin names, or in other languages than English;
#           and the length is a divisor, so a text of length 0 ends the evaluation with ZeroDivisionError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip --quiet --disable-pip-version-check install --no-deps --target "$folder/lib" evalscope==1.14.1 2>/dev/null
cat >"$folder/try.py" <<'PY'
import runpy
import sys

count_words = runpy.run_path(sys.argv[1] + "/evalscope/third_party/longbench_write/utils.py")["count_words"]
texts = {
    "\u7528Python\u5199\u8bd7": 4,
    "\u7528 Python \u5199\u8bd7": 4,
    "na\u00efve caf\u00e9": 2,
    "GPT4 won in 2024": 4,
    "don't stop": 2,
}
found = {text: (count_words(text)[0], wanted) for text, wanted in texts.items()}
print("text: (counted, words and characters):", found)
assert [counted for counted, _ in found.values()] == [3, 4, 0, 2, 3], "the behaviour has changed"
PY
python3 "$folder/try.py" "$folder/lib"
# Output seen: text: (counted, words and characters): {'用Python写诗': (3, 4), '用 Python 写诗': (4, 4), 'naïve café': (0, 2), 'GPT4 won in 2024': (2, 4), "don't stop": (3, 2)}
