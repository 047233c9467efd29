#!/bin/sh
# pandas writes a CSV that pandas reads back as other rows: a cell with a lone carriage return is not quoted.
#
# Expected: to_csv quotes such a cell as it quotes one with a line feed, so that read_csv gives the frame back.
# Seen with pandas 3.0.0 (Python 3.11): two rows become three, the answer "50%\r100%" is cut to "50%", and what followed
# stands in the column "id" of a row of its own, without an error or a warning. Model answers and captured output of
# programs hold such characters (progress bars). With lineterminator="\r\n" the cell is quoted and the frame comes back.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.0.0
"$folder/venv/bin/python" - <<'PROGRAM'
import io
import sys

import pandas

frame = pandas.DataFrame({"id": ["q1", "q2"], "answer": ["50%\r100%", "7"]})
text = frame.to_csv(index=False)
again = pandas.read_csv(io.StringIO(text, newline=""))
print(f"pandas {pandas.__version__}, Python {sys.version.split()[0]}")
print(f"written:   {text!r}")
print(f"read back: {again.to_dict('list')}")
other = pandas.read_csv(io.StringIO(frame.to_csv(index=False, lineterminator="\r\n"), newline=""))
print(f"with lineterminator='\\r\\n': {other.to_dict('list')}")
broken = len(again) == 3 and list(again["id"]) == ["q1", "100%", "q2"] and list(other["answer"]) == ["50%\r100%", "7"]
sys.exit(0 if broken else 1)
PROGRAM
