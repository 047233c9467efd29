"""The tags of other families than Qwen3: split, counted and cut as ``docs/decisions/0021-tags.md`` says."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.families import profiles, reader_of
from qwen3_eval.thinking import (
    CLOSE,
    OPEN,
    QWEN,
    Marks,
    Split,
    Tags,
    answer_in_text,
    answer_in_tokens,
    opened_by,
    split_text,
    split_tokens,
    tags_of,
    written_with,
)
from qwen3_eval.trace import Trace, cut_exactly

CALL = "<tool_call>"
LATER = Marks(ends=(CALL,))
SEED = Marks("<seed:think>", "</seed:think>")
MISTRAL = Marks("[THINK]", "[/THINK]")
MINIMAX = Marks("<mm:think>", "</mm:think>")
GEMMA = Marks("<|channel>thought", "<channel|>")
KIMI = Marks(
    "<|open|>think<|sep|>",
    "<|close|>think<|sep|>",
    wrappers=(("", "<|close|>message<|sep|>"), ("<|open|>response<|sep|>", "<|close|>response<|sep|>")),
)
ERNIE = Marks(wrappers=(("<response>", "</response>"),))
HUNYUAN = Marks(wrappers=(("<answer>", "</answer>"),))
APRIEL = Marks("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]", wrappers=(("", "[END FINAL RESPONSE]"),))
GPT_OSS = Marks("<|channel|>analysis<|message|>", "<|channel|>final<|message|>")
BLOCKS = (SEED, MISTRAL, MINIMAX, GEMMA, KIMI, QWEN, LATER)

XML = f"{CALL}\n<function=add>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>"
TAGS = Tags(1, 2, (3,), LATER)
WORDS: dict[str, int] = {OPEN: 1, CLOSE: 2, CALL: 3}


def encoded(text: str) -> list[int]:
    """A token for each tag, and for each piece of text between them."""
    pieces = re.split(f"({OPEN}|{CLOSE}|{CALL}|\n|(?<= ))", text)
    return [WORDS.setdefault(piece, 100 + len(WORDS)) for piece in pieces if piece]


def decode(tokens: Sequence[int]) -> str:
    names = {token: piece for piece, token in WORDS.items()}
    return "".join(names[token] for token in tokens)


def both(text: str, *, opened: bool = True, cut: bool = False) -> Split:
    """The split of a text, which is that of its tokens."""
    found = split_text(text, opened=opened, cut=cut, marks=LATER)
    assert split_tokens(encoded(text), TAGS, decode, opened=opened, cut=cut) == found
    return found


# --- an end inside the open block

# What vLLM 0.32 (parser/qwen3.py, thinking on) gives as reasoning and content for the same texts.
AS_VLLM = [
    (f"hm\n{XML}", "hm", XML),
    (f"hm\n{XML}\n{CLOSE}\n\nafter", "hm", f"{XML}\n\n\nafter"),
    (f"hm{CLOSE}b{CLOSE}c", "hm", "bc"),
    (f"use the {CALL} tags. Then\n{CLOSE}\n\n4", "use the ", f"{CALL} tags. Then\n\n\n4"),
    (f"hm\n{CLOSE}\n\n4\n{CLOSE}", "hm", "4"),
    (f"hm\n{CLOSE}\n\n{XML}", "hm", XML),
    (f"hm\n{CLOSE}\n{XML}\n{CLOSE}\n{XML}", "hm", f"{XML}\n\n{XML}"),
    (XML, "", XML),
    (f"{XML}{CLOSE}4{CLOSE}{XML}", "", f"{XML}4{XML}"),
    (f"hm{CLOSE}{XML}{CLOSE}{CLOSE}{XML}{CLOSE}\n", "hm", XML + XML),
    (f"hm{CLOSE}{CALL}\n{CLOSE}{XML}", "hm", f"{CALL}\n{XML}"),
]


@pytest.mark.parametrize(("text", "thinking", "answer"), AS_VLLM)
def test_a_call_inside_the_block_ends_the_thinking(text: str, thinking: str, answer: str) -> None:
    assert both(text) == Split(thinking, answer, finished=True)
    assert both(f"{OPEN}\n{text}", opened=False) == Split(thinking, answer, finished=True)
    assert both(text, cut=True).answer == answer


def test_an_end_counts_only_for_families_that_state_it() -> None:
    text = f"hm\n{XML}"
    assert split_text(text, opened=True) == Split(text, "", finished=False)
    assert split_text(f"{OPEN}\n{text}") == Split(text, "", finished=False)
    assert split_text(f"hm{CLOSE}b{CLOSE}c", opened=True).answer == "c"


def test_a_call_in_an_answer_without_thinking_is_a_call() -> None:
    for text in (XML, f"I add them.\n{XML}", f"{XML}\n{XML}"):
        assert both(text, opened=False) == Split("", text, finished=True)
        assert both(text, opened=False, cut=True) == Split(text, "", finished=False)


def test_a_closing_tag_tells_that_the_block_was_open_before_the_call() -> None:
    text = f"hm\n{XML}\n{CLOSE}\n"
    assert both(text, opened=False) == Split("hm", XML, finished=True)
    made = Trace(TAGS, opened=False, decode=decode)
    made.extend(encoded(text))
    assert decode(made.rest()).startswith(XML)


def test_tags_inside_a_call_are_its_text() -> None:
    call = f"{CALL}\n<function=write>\n<parameter=text>\n{OPEN}\nhm\n{CLOSE}\n</parameter>\n</function>\n</tool_call>"
    assert both(f"hm\n{call}") == Split("hm", call, finished=True)
    assert both(f"hm\n{CLOSE}\n{call}\n{CLOSE}\nDone.") == Split("hm", f"{call}\n\nDone.", finished=True)


def test_a_block_that_is_opened_again_is_left_out_and_an_open_one_is_unfinished() -> None:
    assert both(f"hm\n{CLOSE}\n{XML}\n{OPEN}\nmore\n{CLOSE}\n4").answer == f"{XML}\n\n4"
    assert both(f"hm\n{CLOSE}\n4\n{OPEN}\nmore\n{XML}").answer == f"4\n{XML}"
    assert not both(f"hm\n{CLOSE}\n4\n{OPEN}\nmore").finished


def test_quoted_closing_tags_stay_in_an_answer() -> None:
    answer = f"It ends with `{CLOSE}` always.\n```\n{OPEN}\n{CLOSE}\n```"
    assert both(f"hm\n{CLOSE}\n\n{answer}").answer == answer


def test_calls_are_read_in_linear_time() -> None:
    assert split_text(f"hm{CLOSE}\n{XML}\n" * 5_000, opened=True, marks=LATER).finished
    assert split_text(f"{CALL} " * 20_000, opened=True, marks=LATER).finished


PIECES = ["a", " ", "\n", "`", "```\n", "7", OPEN, CLOSE, CALL, "</tool_call>", CLOSE, CALL]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.booleans(), st.booleans())
def test_text_and_tokens_agree(parts: list[str], opened: bool, cut: bool) -> None:
    text = "".join(parts)
    found = both(text, opened=opened, cut=cut)
    assert found.finished or not found.answer
    assert answer_in_tokens(encoded(text), TAGS, decode) == answer_in_text(text, LATER)
    made = Trace(TAGS, opened=opened, decode=decode)
    for token in encoded(text):
        made.extend([token])
    assert len(made.tokens) >= made.thinking_tokens + made.answer_tokens
    assert decode(made.tokens).endswith(decode(made.rest()))
    if opened:
        assert found.finished <= (not made.open)


def trace(tokens: list[int], *, opened: bool = True) -> Trace:
    made = Trace(TAGS, opened=opened)
    made.extend(tokens)
    return made


def test_a_trace_counts_thinking_up_to_the_call() -> None:
    made = trace([9, 9, 3, 8, 8])
    assert (made.end, made.thinking_tokens, made.answer_tokens, made.open) == (2, 2, 3, False)
    assert (made.thinking(), made.rest()) == ([9, 9], [3, 8, 8])
    assert made.reaches(2) and not made.reaches(3)
    assert made.cut(2) == [9, 9]


def test_an_engine_that_cut_after_the_call_did_not_cut_exactly() -> None:
    stop = [50, 2, 51]
    assert cut_exactly(trace([9, 9, 3, 8]), stop, 3)
    assert not cut_exactly(trace([9, 9, 3, 8, *stop]), stop, 4)
    assert cut_exactly(trace([9, 9, 9, *stop, 3]), stop, 3)


# --- tags by other names


@pytest.mark.parametrize("marks", BLOCKS)
def test_blocks_of_every_family(marks: Marks) -> None:
    text = f"{marks.open}\nhm\n{marks.close}\n\n4"
    assert split_text(text, marks=marks) == Split("hm", "4", finished=True)
    assert split_text(f"hm{marks.close}4", opened=True, marks=marks) == Split("hm", "4", finished=True)
    assert split_text(f"{marks.open}hm", marks=marks) == Split("hm", "", finished=False)
    assert split_text("4", marks=marks) == Split("", "4", finished=True)
    assert split_text("so 4", cut=True, marks=marks) == Split("so 4", "", finished=False)
    assert marks.written("hm", "4", closed=True) == text
    assert opened_by(f"Question\n{marks.open}\n", marks) and not opened_by(text, marks)
    assert marks.stop(f"Time is up.\n{CLOSE}\n") == f"Time is up.\n{marks.close}\n"


@pytest.mark.parametrize("marks", [SEED, MISTRAL, MINIMAX, GEMMA, KIMI])
def test_tags_of_qwen_are_text_for_other_families(marks: Marks) -> None:
    text = f"{OPEN}\nhm\n{CLOSE}\n\n4"
    assert split_text(text, marks=marks) == Split("", text, finished=True)
    assert split_text(f"{marks.open}{text}{marks.close}5", marks=marks) == Split(text, "5", finished=True)


@pytest.mark.parametrize("marks", BLOCKS)
def test_tags_of_every_family_that_are_quoted(marks: Marks) -> None:
    answer = f"It is 4. Wrap it in `{marks.open}` and `{marks.close}`."
    assert split_text(f"{marks.open}\nhm\n{marks.close}\n\n{answer}", marks=marks).answer == answer
    assert split_text(answer, marks=marks) == Split("", answer, finished=True)


def test_a_sentence_that_opens_the_block() -> None:
    assert opened_by(f"<|assistant|>\n{APRIEL.open}\n", APRIEL)
    text = f"First I add.\n{APRIEL.close}\nIt is 4."
    assert split_text(text, opened=True, marks=APRIEL) == Split("First I add.", "It is 4.", finished=True)
    assert split_text(text, marks=APRIEL) == Split("First I add.", "It is 4.", finished=True)
    ended = f"{text}\n[END FINAL RESPONSE]\n"
    assert split_text(ended, opened=True, marks=APRIEL) == Split("First I add.", "It is 4.", finished=True)
    assert not split_text("First I add.", opened=True, marks=APRIEL).finished


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (f"hm\n{CLOSE}\n\n<response>\n4\n</response>\n", "4"),
        (f"hm\n{CLOSE}\n\n<response>\n4 is", "4 is"),
        (f"hm\n{CLOSE}\n4", "4"),
        (f"hm\n{CLOSE}\nA <response> is no wrapper here", "A <response> is no wrapper here"),
        (f"hm\n{CLOSE}\n<response>\n</response> is a tag\n</response>", "</response> is a tag"),
    ],
)
def test_wrappers_are_taken_off(text: str, answer: str) -> None:
    assert split_text(text, opened=True, marks=ERNIE) == Split("hm", answer, finished=True)


def test_answers_of_hunyuan() -> None:
    text = f"{OPEN}\nhm\n{CLOSE}\n<answer>\n4\n</answer>"
    assert split_text(text, marks=HUNYUAN) == Split("hm", "4", finished=True)
    assert split_text("<answer>\n4\n</answer>", marks=HUNYUAN) == Split("", "4", finished=True)
    assert split_text(text).answer == "<answer>\n4\n</answer>"


def test_what_follows_a_wrapped_answer_stays() -> None:
    tools = "<|open|>tools<|sep|>f<|close|>tools<|sep|>"
    text = f"hm{KIMI.close}<|open|>response<|sep|>4<|close|>response<|sep|>{tools}<|close|>message<|sep|>"
    assert split_text(text, opened=True, marks=KIMI) == Split("hm", f"4{tools}", finished=True)


KNOWN = {name: profile for name, profile in profiles().items() if "thinking" in profile.thinking.modes}


@pytest.mark.parametrize("name", KNOWN)
def test_every_known_family_reads_what_it_writes(name: str) -> None:
    marks = KNOWN[name].marks
    assert split_text(marks.written("hm", "4", closed=True), marks=marks) == Split("hm", "4", finished=True)
    assert split_text(marks.written("hm", "", closed=False), marks=marks) == Split("hm", "", finished=False)
    assert split_text("4", marks=marks) == Split("", "4", finished=True)
    assert marks.channels or split_text(f"hm{marks.close}4", opened=True, marks=marks).answer == "4"


def test_what_nobody_named_is_found_for_every_family_with_tags_of_its_own() -> None:
    found = reader_of(None)
    assert found.guesses and found.own == QWEN
    for name, profile in KNOWN.items():
        marks = profile.marks
        text = marks.written("hm", "4", closed=True)
        assert found.split(text) == Split("hm", "4", finished=True), name
        assert found.marks_of(text) in (
            (marks, QWEN) if (marks.open, marks.close) == (QWEN.open, QWEN.close) else (marks,)
        )
    for answer in ("4", f"`{CLOSE}`", "[1, 2]", "<b>4</b>", f"{APRIEL.open} 2+2 is 4.", "<|im_end|>", "[/INST] 4"):
        assert found.split(answer) == Split("", answer, finished=True)
    assert all("--family" in note for note in found.notes())


# --- channels

FINAL = "<|start|>assistant<|channel|>final<|message|>4<|return|>"
CALLED = '<|start|>assistant<|channel|>commentary to=functions.add <|constrain|>json<|message|>{"a": 1}<|call|>'


def analysis(text: str) -> str:
    return f"<|channel|>analysis<|message|>{text}<|end|>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (analysis("hm") + FINAL, Split("hm", "4", finished=True)),
        (analysis("hm") + "<|start|>assistant" + analysis("more") + FINAL, Split("hm\n\nmore", "4", finished=True)),
        (analysis("hm") + CALLED, Split("hm", CALLED, finished=True)),
        (analysis("hm")[: -len("<|end|>")], Split("hm", "", finished=False)),
        (analysis("hm"), Split("hm", "", finished=False)),
        (analysis("hm") + FINAL + "<|start|>assistant" + analysis("no"), Split("hm\n\nno", "", finished=False)),
        ("<|channel|>final<|message|>4<|return|>", Split("", "4", finished=True)),
        (
            analysis("hm") + "<|start|>assistant<|channel|>commentary<|message|>I add.<|end|>" + FINAL,
            Split("hm", "4", finished=True),
        ),
        (
            analysis("hm") + "<|start|>assistant<|channel|>commentary<|message|>I add.<|end|>",
            Split("hm", "I add.", finished=True),
        ),
        ("4", Split("", "4", finished=True)),
    ],
)
def test_channels(text: str, expected: Split) -> None:
    assert split_text(text, marks=GPT_OSS) == expected


def test_a_channel_that_the_prompt_opened() -> None:
    assert split_text(f"hm<|end|>{FINAL}", opened=True, marks=GPT_OSS) == Split("hm", "4", finished=True)
    assert split_text("hm", opened=True, marks=GPT_OSS) == Split("hm", "", finished=False)
    assert split_text("hm", cut=True, marks=GPT_OSS) == Split("hm", "", finished=False)


def test_a_recipient_may_stand_before_the_channel() -> None:
    early = CALLED.replace("assistant", "assistant to=functions.add").replace(
        "commentary to=functions.add", "commentary"
    )
    assert split_text(analysis("hm") + early, marks=GPT_OSS) == Split("hm", early, finished=True)


def test_channels_as_they_are_written() -> None:
    text = GPT_OSS.written("hm", "4", closed=True)
    assert split_text(text, marks=GPT_OSS) == Split("hm", "4", finished=True)
    assert not split_text(GPT_OSS.written("hm", "", closed=False), marks=GPT_OSS).finished
    assert answer_in_text("4", GPT_OSS) == "4"
    assert answer_in_text(analysis("hm"), GPT_OSS) is None


# --- tokens, and what is seen of them


def test_tags_are_none_where_one_is_no_single_token() -> None:
    ids = {OPEN: 1, CLOSE: 2, CALL: 3}
    assert tags_of(LATER, ids.get) == TAGS
    assert tags_of(QWEN, ids.get) == Tags(1, 2)
    assert tags_of(Marks(ends=("<call>",)), ids.get) is None
    assert tags_of(GEMMA, ids.get) is None


def test_special_tokens_that_tags_consist_of_are_shown() -> None:
    assert GEMMA.shows("<|channel>") and GEMMA.shows("<channel|>") and not GEMMA.shows("<|channel|>")
    assert KIMI.shows("<|open|>") and KIMI.shows("<|sep|>") and not KIMI.shows("<|im_end|>")
    assert all(GPT_OSS.shows(token) for token in ("<|start|>", "<|message|>", "<|call|>", "<|end|>"))
    assert QWEN.shows(OPEN) and not QWEN.shows(CALL) and LATER.shows(CALL)


# --- tags that nobody named


@pytest.mark.parametrize("marks", [SEED, MISTRAL, MINIMAX, GEMMA, KIMI, GPT_OSS])
def test_a_text_that_cannot_be_but_one_of_a_family(marks: Marks) -> None:
    assert written_with(marks.written("hm", "4", closed=True), marks)
    assert written_with(marks.written("hm", "", closed=False), marks)
    assert marks.channels or written_with(f"hm\n{marks.close}\n4", marks)
    assert not written_with(f"Write `{marks.open}` and `{marks.close}`, then 4.", marks)
    assert not written_with(QWEN.written("hm", "4", closed=True), marks)


def test_a_sentence_is_no_sign_of_a_family() -> None:
    assert not written_with(f"{APRIEL.open} 2+2 is 4.", APRIEL)
    assert written_with(f"2+2.\n{APRIEL.close}\n4", APRIEL)
