"""Splitting, counting and cutting thinking, by text and by token id."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.thinking import (
    CLOSE,
    OPEN,
    Decode,
    Split,
    Tags,
    answer_in_text,
    opened_by,
    split_text,
    split_tokens,
)
from qwen3_eval.trace import Trace, find_forced_stop

TAGS = Tags(open=1, close=2)
STOP = [50, 51, 2, 52]


WORDS: dict[str, int] = {OPEN: 1, CLOSE: 2}
BLOCK = f"{OPEN}\nhm\n{CLOSE}\n\n"


def written(piece: str) -> int:
    """A token of its own for each piece of text."""
    return WORDS.setdefault(piece, 100 + len(WORDS))


def decode(tokens: Sequence[int]) -> str:
    names = {token: piece for piece, token in WORDS.items()}
    return "".join(names.get(token, str(token)) for token in tokens)


def trace(tokens: list[int], *, opened: bool = False, decode: Decode | None = None) -> Trace:
    made = Trace(TAGS, opened=opened, decode=decode)
    made.extend(tokens)
    return made


def test_closed_block() -> None:
    split = split_text(f"{OPEN}\nbecause\n{CLOSE}\n\nanswer")
    assert (split.thinking, split.answer, split.finished) == ("because", "answer", True)


def test_block_that_the_template_opened() -> None:
    split = split_text(f"because\n{CLOSE}\n\nanswer", opened=True)
    assert (split.thinking, split.answer, split.finished) == ("because", "answer", True)


def test_missing_opening_tag() -> None:
    split = split_text(f"because\n{CLOSE}\n\nanswer")
    assert (split.thinking, split.answer, split.finished) == ("because", "answer", True)


def test_missing_closing_tag_is_no_answer() -> None:
    for text, opened in ((f"{OPEN}\n\\boxed{{4}}", False), ("\\boxed{4}", True)):
        split = split_text(text, opened=opened)
        assert (split.thinking, split.answer, split.finished) == ("\\boxed{4}", "", False)


def test_no_tags_is_all_answer() -> None:
    split = split_text("4")
    assert (split.thinking, split.answer, split.finished) == ("", "4", True)


def test_empty_block_of_the_non_thinking_template() -> None:
    split = split_text(f"{OPEN}\n\n{CLOSE}\n\n4")
    assert (split.thinking, split.answer, split.finished) == ("", "4", True)


def test_answer_follows_the_last_closing_tag() -> None:
    assert split_text(f"{OPEN}a{CLOSE}b{CLOSE}c").answer == "c"
    assert split_tokens([1, 9, 2, 8, 2, 7], TAGS, decode).answer == "7"


def test_a_block_that_is_opened_again_and_left_open_is_unfinished() -> None:
    assert not split_text(f"{OPEN}a{CLOSE}b{OPEN}c").finished
    assert not split_tokens([1, 9, 2, 8, 1, 7], TAGS, decode).finished


def test_opened_by_the_prompt() -> None:
    assert opened_by(f"<|im_start|>assistant\n{OPEN}\n")
    assert not opened_by(f"<|im_start|>assistant\n{OPEN}\n\n{CLOSE}\n\n")


def test_counts_leave_the_tags_out() -> None:
    made = trace([1, 9, 9, 9, 2, 8, 8])
    assert (made.thinking_tokens, made.answer_tokens, made.thinking()) == (3, 2, [9, 9, 9])


def test_a_budget_is_reached_when_the_block_is_open_after_that_many_tokens() -> None:
    made = trace([1, 9, 9, 9])
    assert made.reaches(3)
    assert not made.reaches(4)
    assert made.cut(2) == [1, 9, 9]


def test_a_trace_without_tags_never_reaches_a_budget() -> None:
    made = trace([9] * 20)
    assert not made.reaches(1)
    assert made.answer_tokens == 20


def test_the_engines_own_stop_is_found() -> None:
    made = trace([1, 9, 9, *STOP, 7, 7])
    assert find_forced_stop(made, STOP) == 2
    assert find_forced_stop(trace([1, 9, 9, 2, 7]), STOP) is None
    assert made.rest()[1:] == [7, 7]


@given(st.lists(st.integers(0, 60), max_size=40), st.booleans(), st.data())
def test_chunks_do_not_matter(tokens: list[int], opened: bool, data: st.DataObject) -> None:
    whole, pieces = trace(tokens, opened=opened), Trace(TAGS, opened=opened)
    rest = list(tokens)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        pieces.extend(rest[:size])
        rest = rest[size:]
    assert (whole.start, whole.end, whole.tokens) == (pieces.start, pieces.end, pieces.tokens)
    assert whole.rest() == pieces.rest()


PIECES = ["a", " ", "\n", "\n\n", ". ", "`", "```", "```\n", "~~~\n", "    ", '"', "的", "7", OPEN, CLOSE, OPEN, CLOSE]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.booleans(), st.booleans())
def test_text_and_tokens_agree(parts: list[str], opened: bool, cut: bool) -> None:
    tokens = [written(part) for part in parts]
    found = split_tokens(tokens, TAGS, decode, opened=opened, cut=cut)
    assert found == split_text("".join(parts), opened=opened, cut=cut)
    assert found.finished or not found.answer
    made = trace(tokens, opened=opened, decode=decode)
    if opened or made.start is not None:
        assert found.finished <= (not made.open)


def test_a_closing_tag_behind_a_single_backtick_is_no_quotation_once_its_line_has_ended() -> None:
    parts = ["`", CLOSE, "~~~\n", OPEN, "7"]
    made = trace([written(part) for part in parts], decode=decode)
    assert (made.start, made.end, made.open) == (None, 1, False)
    assert split_text("".join(parts)) == Split("`", f"~~~\n{OPEN}7", finished=True)


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES[:-4]), max_size=8), st.lists(st.sampled_from([OPEN, CLOSE]), max_size=4), st.data()
)
def test_an_answer_that_quotes_tags_stays_whole(prose: list[str], tags: list[str], data: st.DataObject) -> None:
    """Between backticks, between quotation marks, and in fenced code with more around them."""
    text = "".join(part for part in prose if part not in ("`", "```", "```\n", "~~~\n"))
    form = data.draw(st.sampled_from(["`{}`", 'say "{}" or so', "```python\n# the {} part\n```", "the {} tag, say"]))
    answer = "\n\n".join([text, *(form.format(tag) for tag in tags), "end"]).strip("\n")
    assert split_text(f"{OPEN}\nhm\n{CLOSE}\n\n{answer}") == Split("hm", answer, finished=True)
    assert split_text(f"hm\n{CLOSE}\n\n{answer}", opened=True) == Split("hm", answer, finished=True)


def test_a_text_without_tags_stays_as_it_is() -> None:
    assert split_text("\n\n* one\n\n") == Split("", "\n\n* one\n\n", finished=True)


@given(st.lists(st.integers(3, 60), max_size=30), st.integers(1, 40))
def test_a_cut_never_passes_its_budget(thoughts: list[int], budget: int) -> None:
    made = trace([1, *thoughts, 2, 5])
    if made.reaches(budget):
        assert len(made.cut(budget)) - 1 == budget
    else:
        assert made.thinking_tokens < budget


def test_a_cut_text_without_a_block_is_unfinished() -> None:
    for text in ("so maybe \\boxed{18}. But let me check", "", f"the {OPEN} tag, `{CLOSE}` and on"):
        assert split_text(text, cut=True) == Split(text, "", finished=False)
        assert split_text(text).finished and split_text(text).answer == text


def test_a_cut_answer_stays_an_answer() -> None:
    for text, opened in ((f"{BLOCK}so 4, beca", False), (f"hm\n{CLOSE}\n\nso 4, beca", True)):
        assert split_text(text, opened=opened, cut=True) == Split("hm", "so 4, beca", finished=True)


QUOTING = [
    f"```python\n# after the {OPEN} part\ns = input()\n```",
    f'```python\nfound = re.search(r"{OPEN}(.*?){CLOSE}", s, re.S)\n```\nThat is all.',
    f"```\n{OPEN}\nreasoning\n{CLOSE}\nanswer\n```\nThe answer is 4.",
    f"~~~html\n{CLOSE}\n{OPEN}\n~~~\n4",
    f"````\n```\n{OPEN}\n```\n{OPEN}\n````\n4",
    f"It is 4. Wrap it in `{OPEN}` and `{CLOSE}`.",
    f"The answer is 4. The {OPEN} and {CLOSE} tags hold the reasoning.",
    f"The answer is 4; reasoning stands before {CLOSE}.",
    f"Write {OPEN}…{CLOSE}, then 4.",
    f"It is 4, between {OPEN} and {CLOSE}",
    f'{{"answer": "{OPEN}", "end": "{CLOSE}", "value": 4}}',
    f"- opens: {OPEN}\n- closes: {CLOSE}\n- answer: 4",
    f"    {OPEN}\n    hm\n    {CLOSE}\n\n4",
    f"**{OPEN}** opens, **{CLOSE}** closes. 4",
    f"使用{OPEN}标签和{CLOSE}标签。答案是4。",
    f"re.compile(r'(?P{OPEN}[a-z]+)') # 4",
    f"| {OPEN} | {CLOSE} |\n|---|---|\n| 4 | 4 |",
]


@pytest.mark.parametrize("answer", QUOTING)
def test_tags_that_an_answer_quotes(answer: str) -> None:
    assert split_text(BLOCK + answer) == Split("hm", answer, finished=True)
    assert split_text(f"hm\n{CLOSE}\n\n{answer}", opened=True) == Split("hm", answer, finished=True)


@pytest.mark.parametrize("answer", [each for each in QUOTING if not each.startswith("~~~")])
def test_tags_that_an_answer_without_thinking_quotes(answer: str) -> None:
    assert split_text(answer) == Split("", answer, finished=True)
    tokens = [written(part) for part in re.split(f"({OPEN}|{CLOSE})", answer)]
    made = trace(tokens, decode=decode)
    assert (made.start, split_tokens(tokens, TAGS, decode).answer) == (None, answer)
    if OPEN in answer:
        assert (made.end, made.thinking_tokens, made.answer_tokens) == (None, 0, len(tokens))


@pytest.mark.parametrize(
    ("rest", "answer"),
    [
        (f"4\n{CLOSE}", "4"),
        (f"4 {CLOSE}", "4 "),
        (f"```python\nx = 4\n```\n{CLOSE}\n\n{CLOSE}\n", "```python\nx = 4\n```"),
        (f"Use `{OPEN}`. 4\n{CLOSE}\n", f"Use `{OPEN}`. 4"),
        (f"{OPEN}\nmore\n{CLOSE}\n\n4", "4"),
        (f"4\n{OPEN}\nmore\n{CLOSE}\n\n5\n{CLOSE}", "5"),
        (f"more\n{CLOSE}\n\n4", "4"),
        (CLOSE, ""),
        ("", ""),
        (f"4\n\n{OPEN}\nmore", None),
        (f"{OPEN}\n\\boxed{{4}}", None),
        (f"  {OPEN}more", None),
        (f"4.{OPEN}\nmore", None),
        (f"```\ncode\n```\n{OPEN}\nmore `{CLOSE[:-1]}", None),
    ],
)
def test_what_follows_a_closed_block(rest: str, answer: str | None) -> None:
    assert answer_in_text(rest) == answer


def test_thinking_that_names_tags() -> None:
    inner = f"They want {OPEN} and more"
    for text, opened in ((f"{OPEN}\n{inner}\n{CLOSE}\n\n4", False), (f"{inner}\n{CLOSE}\n\n4", True)):
        assert split_text(text, opened=opened) == Split(inner, "4", finished=True)
    assert split_text(f"{inner}\n{CLOSE}\n\n4") == Split(inner, "4", finished=True)
    quoted = split_text(f"{OPEN}\nI end with `{CLOSE}` then.\nSo 4.\n{CLOSE}\n\n4")
    assert (quoted.answer, quoted.finished) == ("4", True)


def test_a_repeated_tag_is_read_in_linear_time() -> None:
    for piece in (f"`{OPEN}` ", f"{CLOSE}\n", f"the {CLOSE} tag ", f"```\n{OPEN}\n```\n"):
        assert split_text(BLOCK + piece * 20_000 + "end").answer.endswith("end")
