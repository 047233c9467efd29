#!/usr/bin/env bash
# tokenizers 0.23.3: ByteFallback gives up whole characters where the last one is not finished.
# Expected: of byte tokens that end inside a character, the characters before it are decoded and the rest is U+FFFD, as
#           ByteLevel does it and as Python's errors="replace" does.
# Seen:     all byte tokens of the run become one U+FFFD each: three letters decode, four letters but for a last byte
#           decode to nothing but U+FFFD.
# Who meets it: whoever cuts or streams text of a model that spells rare characters in bytes (Amharic, Burmese, rare
#           Chinese): at a token limit the last words of the answer are gone, not its last character.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install tokenizers==0.23.3 2>/dev/null
cat >"$folder/try.py" <<'PY'
import tokenizers
from tokenizers import Tokenizer, decoders, models

made = Tokenizer(models.BPE(vocab={f"<0x{value:02X}>": value for value in range(256)}, merges=[], byte_fallback=True))
made.decoder = decoders.ByteFallback()
word = "\u1230\u120b\u121d"  # Amharic: three letters of three bytes each
ids = made.encode(word).ids
whole, cut = made.decode(ids), made.decode(ids[:-1])
print(f"tokenizers {tokenizers.__version__}: {len(ids)} byte tokens give {ascii(whole)}; without the last {ascii(cut)}")
assert whole == word and cut == "\ufffd" * 8, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: tokenizers 0.23.3: 9 byte tokens give '\u1230\u120b\u121d'; without the last eight times '\ufffd'
