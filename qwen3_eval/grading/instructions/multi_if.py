"""What Multi-IF counts in another way than IFEval: words and sentences by language, quotation marks.

Follows ``ifeval.py`` of facebookresearch/Multi-IF@1cdb53ed18499ad729e0766e5d3099dd5344406f. The language is the one
that is detected in the response, not the one that was asked for. Thai, which the reference splits with PyThaiNLP and
the published questions are not written in, is counted like English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from qwen3_eval.grading.instructions import kinds, text
from qwen3_eval.grading.instructions.kinds import Kind

# langdetect says zh-cn and zh-tw; the reference lists zh as well.
CHINESE_OR_JAPANESE = ("zh", "zh-cn", "zh-tw", "ja")
SENTENCE = re.compile(r"[^!?。.！？．\n]+[!?。.！？．\n]?")
HINDI_END = re.compile(r"(?<=[।!?])\s*")
NOT_WORDS = re.compile(r"""[\\.!?．/_,{}<>:;$%^&*("'+——！，。？、`~@#￥……（）：；《）《》“”()\[\]»〔〕\-「」]+""")
CHARACTER = re.compile("[\u4e00-\u9fff\u3400-\u4dbf]|[\u3040-\u309f\u30a0-\u30ff]|[\uac00-\ud7af]")
QUOTES = ('""', "“”", "「」")


def count_words(response: str) -> int:
    """Words as in IFEval; in Chinese and Japanese, characters, emoji and what else white space divides."""
    if text.language(response) not in CHINESE_OR_JAPANESE:
        return text.count_words(response)
    import emoji

    bare = NOT_WORDS.sub("", response)
    spelled = emoji.replace_emoji(bare, "")
    characters = len(CHARACTER.findall(spelled))
    return len(CHARACTER.sub(" ", spelled).split()) + characters + emoji.emoji_count(bare)


def count_sentences(response: str) -> int:
    """Sentences as in IFEval; by their end marks in Hindi, Chinese and Japanese."""
    language = text.language(response)
    if language == "hi":
        return sum(1 for part in HINDI_END.split(response) if part.strip())
    if language in CHINESE_OR_JAPANESE:
        return sum(len(SENTENCE.findall(line.strip())) for line in response.splitlines())
    return text.count_sentences(response)


def number_words(response: str, num_words: int, relation: str) -> bool:
    """So many words."""
    return kinds.holds(count_words(response), relation, num_words)


def number_sentences(response: str, num_sentences: int, relation: str) -> bool:
    """So many sentences."""
    return kinds.holds(count_sentences(response), relation, num_sentences)


def quotation(response: str) -> bool:
    """Double quotation marks around everything: straight, curly, or East Asian corner brackets."""
    found = response.strip()
    return len(found) > 1 and found[0] + found[-1] in QUOTES


KINDS: Mapping[str, Kind] = {
    **kinds.KINDS,
    "length_constraints:number_words": Kind(number_words, ("num_words", "relation")),
    "length_constraints:number_sentences": Kind(number_sentences, ("num_sentences", "relation")),
    "startend:quotation": Kind(quotation),
}
