#!/usr/bin/env bash
# transformers 5.19.0 does not look at `add_bos_token` in tokenizer_config.json any more, 4.57.1 does: with the
# same folder a Llama tokenizer begins a prompt with <s> in one and not in the other, in both directions, and
# neither says a word. A base model that is asked without its first token scores lower; one that is told not to
# add it gets it twice where the prompt has it already.
# Expected of a setting in the folder: both versions do what it says. Seen: the newer one takes tokenizer.json alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/try.py" <<'PY'
import json
import sys
from pathlib import Path

import transformers
from tokenizers import AddedToken, Tokenizer, models, processors


def ids(where: Path, wanted: bool, written: bool) -> list[int]:
    """Tokens of "ab". wanted: add_bos_token of the config; written: the post-processor of tokenizer.json adds <s>."""
    where.mkdir(exist_ok=True)
    made = Tokenizer(models.BPE(vocab={"a": 0, "b": 1, "<unk>": 2}, merges=[], unk_token="<unk>"))
    made.add_special_tokens([AddedToken("<s>", special=True), AddedToken("</s>", special=True)])
    if written:
        made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 3)])
    made.save(str(where / "tokenizer.json"))
    config = {"tokenizer_class": "LlamaTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    (where / "tokenizer_config.json").write_text(json.dumps({**config, "add_bos_token": wanted}))
    return transformers.AutoTokenizer.from_pretrained(where)("ab").input_ids


found = [ids(Path(sys.argv[1]), wanted, not wanted) for wanted in (True, False)]
print(f"transformers {transformers.__version__}: add_bos_token true gives {found[0]}, false gives {found[1]}")
sys.exit(found != json.loads(sys.argv[2]))
PY
for pair in '4.57.1 [[3,0,1],[0,1]]' '5.19.0 [[0,1],[3,0,1]]'; do
    version=${pair%% *}
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" -q install "transformers==$version" 2>/dev/null
    "$folder/$version/bin/python" "$folder/try.py" "$folder/model" "${pair#* }" 2>/dev/null
done
