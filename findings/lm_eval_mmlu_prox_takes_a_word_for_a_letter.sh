#!/usr/bin/env bash
# lm_eval 0.4.13: the answer patterns of MMLU-ProX have no end behind the letter, so that any word that begins with a
# capital from A to J is an answer.
# Expected: an answer in words is no letter, as where the sentence of the language is missing.
# Seen:     "Die Antwort ist Berlin" is B, "La respuesta es Ecuador" is E, "A válasz Jordánia" is J; a model that never
#           names a letter scores by the initials of its words. Japanese and Nepali want a word behind the letter.
# Who meets it: whoever compares MMLU-ProX by language: models that answer in words are not equally wrong in all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install lm_eval==0.4.13 2>/dev/null
cat >"$folder/try.py" <<'PY'
import re
from importlib.metadata import version
from pathlib import Path

import lm_eval
from lm_eval.filters.extraction import RegexFilter

SAID = {"de": "Die Antwort ist Berlin", "es": "La respuesta es Ecuador", "hu": "A válasz Jordánia", "ja": "答えは Berlin"}


def read(language: str) -> str:
    """What the filter of a language takes out of an answer."""
    template = Path(lm_eval.__file__).parent / "tasks/mmlu_prox" / language / f"_{language}_template_yaml"
    pattern = re.search(r"regex_pattern: '(.*)'", template.read_text(encoding="utf-8"))[1]
    return RegexFilter(pattern).apply([[SAID[language]]], [{}])[0][0]


found = {language: read(language) for language in SAID}
print("lm_eval", version("lm_eval"), found)
assert found == {"de": "B", "es": "E", "hu": "J", "ja": "[invalid]"}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: lm_eval 0.4.13 {'de': 'B', 'es': 'E', 'hu': 'J', 'ja': '[invalid]'}
