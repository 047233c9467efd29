"""What Multi-IF counts in another way than IFEval: words and sentences by language, quotation marks.

Follows ``ifeval.py`` of facebookresearch/Multi-IF@1cdb53ed18499ad729e0766e5d3099dd5344406f. The language is the one
that is detected in the response, not the one that was asked for. Thai, which the reference splits with PyThaiNLP and
the published questions are not written in, is counted like English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from qwen3_eval.api import instructions

# langdetect says zh-cn and zh-tw; the reference lists zh as well.
CHINESE_OR_JAPANESE = ("zh", "zh-cn", "zh-tw", "ja")
SENTENCE = re.compile(r"[^!?。.！？．\n]+[!?。.！？．\n]?")
HINDI_END = re.compile(r"(?<=[।!?])\s*")
NOT_WORDS = re.compile(r"""[\\.!?．/_,{}<>:;$%^&*("'+——！，。？、`~@#￥……（）：；《）《》“”()\[\]»〔〕\-「」]+""")
CHARACTER = re.compile("[\u4e00-\u9fff\u3400-\u4dbf]|[\u3040-\u309f\u30a0-\u30ff]|[\uac00-\ud7af]")
QUOTES = ('""', "“”", "「」")


def words(response: str) -> Iterator[str]:
    """Words as in IFEval; in Chinese and Japanese, characters, emoji and what else white space divides."""
    if instructions.language(response) not in CHINESE_OR_JAPANESE:
        return instructions.words(response)
    import emoji

    bare = NOT_WORDS.sub("", response)
    pictures = (found["emoji"] for found in emoji.emoji_list(bare))
    spelled = emoji.replace_emoji(bare, "")
    return chain(CHARACTER.sub(" ", spelled).split(), CHARACTER.findall(spelled), pictures)


def sentences(response: str) -> Iterator[object]:
    """Sentences as in IFEval; by their end marks in Hindi, Chinese and Japanese."""
    language = instructions.language(response)
    if language == "hi":
        return filter(str.strip, HINDI_END.split(response))
    if language in CHINESE_OR_JAPANESE:
        return (found for line in response.splitlines() for found in SENTENCE.findall(line.strip()))
    return instructions.sentences(response)


def number_words(response: str, num_words: int, relation: str) -> bool:
    """So many words."""
    return instructions.holds(words(response), relation, num_words)


def number_sentences(response: str, num_sentences: int, relation: str) -> bool:
    """So many sentences."""
    return instructions.holds(sentences(response), relation, num_sentences)


def quotation(response: str) -> bool:
    """Double quotation marks around everything: straight, curly, or East Asian corner brackets."""
    found = response.strip()
    return len(found) > 1 and found[0] + found[-1] in QUOTES


KINDS: Mapping[str, instructions.Kind] = {
    **instructions.KINDS,
    "length_constraints:number_words": instructions.Kind(number_words, ("num_words", "relation")),
    "length_constraints:number_sentences": instructions.Kind(number_sentences, ("num_sentences", "relation")),
    "startend:quotation": instructions.Kind(quotation),
}
