"""Splitting, counting and cutting thinking, by text and by token id."""

from hypothesis import given
from hypothesis import strategies as st

from qwen3_eval.thinking import (
    CLOSE,
    OPEN,
    Split,
    Tags,
    Trace,
    after_last_close,
    find_forced_stop,
    opened_by,
    split_text,
)

TAGS = Tags(open=1, close=2)
STOP = [50, 51, 2, 52]


def trace(tokens: list[int], *, opened: bool = False) -> Trace:
    made = Trace(TAGS, opened=opened)
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
    assert trace([1, 9, 2, 8, 2, 7]).answer() == [7]


def test_a_block_that_is_opened_again_and_left_open_is_unfinished() -> None:
    assert not split_text(f"{OPEN}a{CLOSE}b{OPEN}c").finished
    assert trace([1, 9, 2, 8, 1, 7]).answer() is None


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
    assert after_last_close(made.tokens[3 + len(STOP) :], TAGS) == [7, 7]


@given(st.lists(st.integers(0, 60), max_size=40), st.booleans(), st.data())
def test_chunks_do_not_matter(tokens: list[int], opened: bool, data: st.DataObject) -> None:
    whole, pieces = trace(tokens, opened=opened), Trace(TAGS, opened=opened)
    rest = list(tokens)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        pieces.extend(rest[:size])
        rest = rest[size:]
    assert (whole.start, whole.end, whole.tokens) == (pieces.start, pieces.end, pieces.tokens)
    assert whole.answer() == pieces.answer()


@given(st.lists(st.sampled_from(["a", "\n", OPEN, CLOSE, "7"]), max_size=12), st.booleans())
def test_text_and_tokens_agree(parts: list[str], opened: bool) -> None:
    ids = {"a": 10, "\n": 11, OPEN: 1, CLOSE: 2, "7": 12}
    split = split_text("".join(parts), opened=opened)
    made = trace([ids[part] for part in parts], opened=opened)
    assert split.finished == (made.answer() is not None)
    if split.finished:
        back = {value: name for name, value in ids.items()}
        answer = "".join(back[token] for token in made.answer() or [])
        assert split.answer == (answer.strip("\n") if {OPEN, CLOSE} & set(parts) or opened else answer)


def test_a_text_without_tags_stays_as_it_is() -> None:
    assert split_text("\n\n* one\n\n") == Split("", "\n\n* one\n\n", finished=True)


@given(st.lists(st.integers(3, 60), max_size=30), st.integers(1, 40))
def test_a_cut_never_passes_its_budget(thoughts: list[int], budget: int) -> None:
    made = trace([1, *thoughts, 2, 5])
    if made.reaches(budget):
        assert len(made.cut(budget)) - 1 == budget
    else:
        assert made.thinking_tokens < budget
