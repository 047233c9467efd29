"""The 58 kinds of IFBench, by the names of the official registry."""

from __future__ import annotations

from collections.abc import Mapping

from qwen3_eval.api import instructions

from . import counts, layout, requests, wording

Kind = instructions.Kind

KINDS: Mapping[str, instructions.Kind] = {
    "count:word_count_range": Kind(counts.word_count_range, ("min_words", "max_words")),
    "count:unique_word_count": Kind(counts.unique_word_count, ("N",)),
    "count:conjunctions": Kind(counts.conjunctions, ("small_n",)),
    "count:person_names": Kind(counts.person_names, ("N",)),
    "count:numbers": Kind(counts.numbers, ("N",)),
    "count:punctuation": Kind(counts.punctuation),
    "count:words_japanese": Kind(counts.words_japanese, ("N",)),
    "count:pronouns": Kind(counts.pronouns, ("N",)),
    "count:keywords_multiple": Kind(
        counts.keywords_multiple, ("keyword1", "keyword2", "keyword3", "keyword4", "keyword5")
    ),
    "ratio:stop_words": Kind(counts.stop_words, ("percentage",)),
    "ratio:sentence_type": Kind(counts.sentence_type),
    "ratio:sentence_balance": Kind(counts.sentence_balance),
    "ratio:sentence_words": Kind(counts.sentence_words),
    "ratio:overlap": Kind(counts.overlap, ("reference_text", "percentage")),
    "words:alphabet": Kind(wording.alphabet),
    "words:vowel": Kind(wording.vowel),
    "words:consonants": Kind(wording.consonants),
    "words:palindrome": Kind(wording.palindrome),
    "words:prime_lengths": Kind(wording.prime_lengths),
    "words:start_verb": Kind(wording.start_verb),
    "words:repeats": Kind(wording.repeats, ("small_n",)),
    "words:odd_even_syllables": Kind(wording.odd_even_syllables),
    "words:last_first": Kind(wording.last_first),
    "words:paragraph_last_first": Kind(wording.paragraph_last_first),
    "words:no_consecutive": Kind(wording.no_consecutive),
    "words:keywords_specific_position": Kind(wording.keywords_specific_position, ("keyword", "n", "m")),
    "words:words_position": Kind(wording.words_position, ("keyword",)),
    "sentence:alliteration_increment": Kind(wording.alliteration_increment),
    "sentence:keyword": Kind(wording.keyword, ("word", "N")),
    "sentence:increment": Kind(wording.increment, ("small_n",)),
    "format:parentheses": Kind(layout.parentheses),
    "format:quotes": Kind(layout.quotes),
    "format:options": Kind(layout.options, ("options",)),
    "format:newline": Kind(layout.newline),
    "format:emoji": Kind(layout.emoji_ends),
    "format:line_indent": Kind(layout.line_indent),
    "format:quote_unquote": Kind(layout.quote_unquote),
    "format:list": Kind(layout.special_list, ("sep",)),
    "format:thesis": Kind(layout.thesis),
    "format:sub-bullets": Kind(layout.sub_bullets),
    "format:no_bullets_bullets": Kind(layout.no_bullets_bullets),
    "format:title_case": Kind(layout.title_case),
    "format:output_template": Kind(layout.output_template),
    "format:no_whitespace": Kind(layout.no_whitespace),
    "custom:multiples": Kind(requests.multiples),
    "custom:mcq_count_length": Kind(requests.mcq_count_length),
    "custom:reverse_newline": Kind(requests.reverse_newline),
    "custom:word_reverse": Kind(requests.word_reverse),
    "custom:character_reverse": Kind(requests.character_reverse),
    "custom:sentence_alphabet": Kind(requests.sentence_alphabet),
    "custom:european_capitals_sort": Kind(requests.european_capitals_sort),
    "custom:csv_city": Kind(requests.csv_city),
    "custom:csv_special_character": Kind(requests.csv_special_character),
    "custom:csv_quotes": Kind(requests.csv_quotes),
    "custom:date_format_list": Kind(requests.date_format_list),
    "repeat:repeat_change": Kind(requests.repeat_change, ("prompt_to_repeat",)),
    "repeat:repeat_simple": Kind(requests.repeat_simple),
    "repeat:repeat_span": Kind(requests.repeat_span, ("prompt_to_repeat", "n_start", "n_end")),
}
