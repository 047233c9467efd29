"""One trace to many budgets gives what independent runs at those budgets give."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from fake_model import STOP, STOP_TEXT, FakeEngine, FakeRenderer, run_alone
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.engines.base import Completion, Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.prompts import Rendered
from qwen3_eval.scoring.scorer import without_scorer
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.thinking import CLOSE, OPEN, Tags
from qwen3_eval.types import Generation, Mode, Prompt, Sampling, TokenLimits, Unit

BUDGETS = (2, 4, 8, 16, 32, 64)


def ask(seed: int, budgets: tuple[int | None, ...] = BUDGETS, answer: int = 6) -> Ask:
    ids = (100 + seed, 7)
    return Ask(
        task="t",
        id=str(seed),
        sample=0,
        mode="thinking",
        budgets=budgets,
        prompt=Prompt.user("?"),
        rendered=Rendered("?", ids, "00", opened=False),
        sampling=Sampling(),
        limits=TokenLimits(total=200, answer=answer),
        run_seed=0,
    )


def generations(engine: FakeEngine, asked: Ask, *, native: bool = False) -> dict[int | None, Generation]:
    found: dict[int | None, Generation] = {}

    async def emit(unit: Unit, generation: Generation) -> None:
        assert unit.budget not in found
        found[unit.budget] = generation

    asyncio.run(Asker(engine, FakeRenderer(), STOP_TEXT, native=native)(asked, emit))  # type: ignore[arg-type]
    return found


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 8))
def test_a_sweep_equals_independent_runs(seed: int, chunk: int, answer: int) -> None:
    asked = ask(seed, answer=answer)
    found = generations(FakeEngine(chunk=chunk), asked)
    assert set(found) == set(BUDGETS)
    assert asked.rendered.token_ids is not None
    for budget, generation in found.items():
        assert budget is not None
        thinking, text, forced = run_alone(asked.rendered.token_ids, budget, answer)
        decode = FakeRenderer().decode
        assert generation.thinking == decode(thinking)
        assert generation.answer == decode(text or [])
        assert generation.forced_stop == forced
        assert generation.finished == (text is not None)
        assert generation.tokens.thinking is not None and generation.tokens.thinking <= budget
        assert not generation.error


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(BUDGETS))
def test_native_single_and_sweep_give_the_same(seed: int, budget: int) -> None:
    swept = generations(FakeEngine(), ask(seed, (budget,)))[budget]
    native = generations(FakeEngine(native_budget=True), ask(seed, (budget,), answer=6), native=True)[budget]
    assert native.thinking == swept.thinking
    assert native.forced_stop == swept.forced_stop
    assert native.answer.startswith(swept.answer)


def test_the_trace_is_decoded_once() -> None:
    engine = FakeEngine(chunk=1)
    found = generations(engine, ask(3))
    assert sum(generation.tokens.decoded or 0 for generation in found.values()) == engine.decoded
    traces = [request for request in engine.requests if STOP[0] not in (request.token_ids or ())]
    assert len(traces) == 1


def test_branches_start_while_the_trace_still_streams() -> None:
    starts: list[int] = []

    class Watching(FakeEngine):
        def stream(self, request):  # type: ignore[no-untyped-def]
            starts.append(self.open_streams)
            return super().stream(request)

    seed = next(seed for seed in range(1000) if run_alone((100 + seed, 7), 64, 6)[2])
    generations(Watching(), ask(seed))
    assert len(starts) == 1 + len(BUDGETS)
    assert all(running >= 1 for running in starts[1:-1])


def test_the_trace_stops_when_no_budget_needs_more() -> None:
    seed = next(seed for seed in range(1000) if run_alone((100 + seed, 7), 64, 6)[2])
    engine = FakeEngine(chunk=1)
    generations(engine, ask(seed, (2,)))
    assert engine.open_streams == 0
    assert engine.decoded <= 1 + 2 + 1 + 6 + 1


def test_seeds_depend_on_what_is_asked_alone() -> None:
    first, again = ask(1), ask(1, (4,))
    assert first.seed() == again.seed()
    assert first.seed(4) == again.seed(4)
    seeds = {ask(number).seed(budget) for number in range(50) for budget in (None, *BUDGETS)}
    assert len(seeds) == 50 * (1 + len(BUDGETS))


def test_a_failing_engine_is_recorded_for_every_budget() -> None:
    engine = FakeEngine()
    engine.fail_on = {"5"}
    found = generations(engine, ask(5))
    assert {generation.error for generation in found.values()} == {"the server is gone"}
    assert all(generation.retryable for generation in found.values())


def test_a_prompt_longer_than_the_context_is_recorded_as_such() -> None:
    engine = FakeEngine()
    engine.max_context = 2
    for generation in generations(engine, ask(1, (None, 4))).values():
        assert generation.error.startswith("context: the prompt has 2 tokens")
        assert not generation.retryable


def test_thinking_over_the_budget_is_an_error() -> None:
    class NeverOpens(FakeEngine):
        def _next(self, request, new):  # type: ignore[no-untyped-def]
            return [5] if len(new) < 20 else [2] if len(new) == 20 else [3]

    found = generations(NeverOpens(), ask(1, (4,), answer=40))
    assert found[4].error == "20 thinking tokens exceed the budget of 4"


@pytest.mark.parametrize("mode_budgets", [(None,), (None, 4)])
def test_no_budget_is_one_plain_request(mode_budgets: tuple[int | None, ...]) -> None:
    found = generations(FakeEngine(), ask(2, mode_budgets))
    assert set(found) == set(mode_budgets)
    assert not found[None].forced_stop


class Pieces:
    """A tokenizer whose tokens are pieces of text, tags among them."""

    tags = Tags(1, 2)
    words: ClassVar[dict[str, int]] = {OPEN: 1, CLOSE: 2}

    def encode(self, text: str) -> list[int]:
        return [self.words.setdefault(piece, 10 + len(self.words)) for piece in re.split(f"({OPEN}|{CLOSE})", text)]

    def decode(self, tokens: Sequence[int]) -> str:
        names = {number: piece for piece, number in self.words.items()}
        return "".join(names[token] for token in tokens)


def asked_once(completion: Completion, asked: Ask, renderer: Any = None) -> Generation:
    """What is recorded of a completion."""
    found: list[Generation] = []

    async def emit(unit: Unit, generation: Generation) -> None:
        found.append(generation)

    engine = MockEngine(lambda request: completion, renders=renderer is None)
    asyncio.run(Asker(engine, renderer, "", native=False)(asked, emit))
    [generation] = found
    return generation


def ask_for(mode: Mode = "thinking", *, opened: bool = False) -> Ask:
    return replace(ask(1, (None,)), mode=mode, rendered=Rendered("?", None, "00", opened=opened))


MAYBE = "Fine, 16 - 3 - 4 = 9, so maybe \\boxed{18}. But let me check"


@pytest.mark.parametrize(
    ("completion", "outcome", "answer"),
    [
        (Completion(text=MAYBE, finish_reason="length"), "unfinished", ""),
        (Completion(text=MAYBE, finish_reason="MAX_TOKENS"), "unfinished", ""),
        (Completion(text="", finish_reason="length"), "unfinished", ""),
        (Completion(text="", reasoning="", finish_reason="length"), "unfinished", ""),
        (Completion(text=MAYBE, reasoning="", finish_reason="length"), "unfinished", ""),
        (Completion(text="", reasoning=MAYBE, finish_reason="length"), "unfinished", ""),
        (Completion(text="", reasoning=MAYBE, finish_reason="stop"), "unfinished", ""),
        (Completion(text="\n", reasoning=MAYBE, finish_reason="stop"), "unfinished", ""),
        (Completion(text=f"{OPEN}\n{MAYBE}", finish_reason="stop"), "unfinished", ""),
        (Completion(text=f"{OPEN}\n{MAYBE}", finish_reason="length"), "unfinished", ""),
        (Completion(text=f"the {OPEN} tag. {MAYBE}", finish_reason="length"), "unfinished", ""),
        (Completion(text=f"ok\n{CLOSE}\n\n{OPEN}\n{MAYBE}", finish_reason="length"), "unfinished", ""),
        (Completion(text=f"{OPEN}\n{MAYBE}", reasoning="a", finish_reason="stop"), "unfinished", ""),
        (Completion(text="", finish_reason="stop"), "no_answer", ""),
        (Completion(text=f"{MAYBE}\n{CLOSE}\n\n", finish_reason="length"), "truncated", ""),
        (Completion(text=f"{MAYBE}\n{CLOSE}\n\n18", finish_reason="length"), "", "18"),
        (Completion(text=f"{MAYBE}\n{CLOSE}\n\n18", finish_reason="stop"), "", "18"),
        (Completion(text="18", reasoning=MAYBE, finish_reason="length"), "", "18"),
        (Completion(text="18", reasoning=MAYBE, finish_reason="stop"), "", "18"),
        (Completion(text=f"{OPEN}\na\n{CLOSE}\n\n18", reasoning="a", finish_reason="stop"), "", "18"),
        (Completion(text=f"18, without `{OPEN}`", reasoning="a", finish_reason="stop"), "", f"18, without `{OPEN}`"),
        (Completion(text="18", finish_reason="stop"), "", "18"),
        (Completion(text="18", finish_reason="tool_calls"), "", "18"),
    ],
)
def test_what_a_server_gives_that_was_to_think(completion: Completion, outcome: str, answer: str) -> None:
    found = asked_once(completion, ask_for())
    early = without_scorer(load_tasks().get("gsm8k"), found)
    assert (early.outcome if early else "", found.answer) == (outcome, answer)
    assert MAYBE not in found.answer


def test_a_cut_text_that_was_not_to_think_is_an_answer() -> None:
    for completion in (Completion(text=MAYBE, finish_reason="length"), Completion(text="", finish_reason="length")):
        found = asked_once(completion, ask_for("non-thinking"))
        assert (found.finished, found.answer, found.finish_reason) == (True, completion.text, "length")


PARTS = ["a", " ", "\n", ". ", "`", "```\n", "7", OPEN, CLOSE, OPEN, CLOSE]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(PARTS), max_size=10),
    st.sampled_from(["stop", "length"]),
    st.sampled_from(["thinking", "non-thinking"]),
    st.booleans(),
)
def test_text_and_tokens_are_read_alike(parts: list[str], reason: str, mode: Mode, opened: bool) -> None:
    text = "".join(parts)
    tokens = [token for part in parts for token in Pieces().encode(part)]
    asked = ask_for(mode, opened=opened)
    by_text = asked_once(Completion(text=text, finish_reason=reason), asked)
    asked = replace(asked, rendered=replace(asked.rendered, token_ids=(9,)))
    by_ids = asked_once(Completion(tokens, finish_reason=reason), asked, Pieces())
    kept = ("thinking", "answer", "finished", "finish_reason", "error")
    assert [getattr(by_text, name) for name in kept] == [getattr(by_ids, name) for name in kept]
    if mode == "thinking" and reason == "length" and CLOSE not in parts:
        assert not by_text.finished


def test_a_model_that_does_not_think_under_a_budget() -> None:
    """Its answer ends by itself, or it is taken for thinking that nobody saw begin."""

    class Plain(FakeEngine):
        def _next(self, request, new):  # type: ignore[no-untyped-def]
            return [3] if len(new) == 4 else [70]

    found = generations(Plain(), ask(1, (2, 8), answer=20))
    assert {each.answer for each in found.values()} == {"70 70 70 70"}
    found = generations(Plain(), ask(1, (2, 8), answer=3))
    assert {(each.finished, each.answer, each.finish_reason) for each in found.values()} == {(False, "", "length")}


def test_an_answer_that_names_the_tags_is_not_cut_as_thinking() -> None:
    """Where no block was opened, by the tokens of the tags themselves."""
    renderer, text = Pieces(), f"Put it between `{OPEN}` and `{CLOSE}`: it is 4. All of this is an answer."
    tokens = renderer.encode(text)
    asked = replace(ask(1, (1, 2, 50), answer=40))
    found: dict[int | None, Generation] = {}

    async def emit(unit: Unit, generation: Generation) -> None:
        found[unit.budget] = generation

    engine = MockEngine(lambda request: tokens, renders=False)
    asyncio.run(Asker(engine, renderer, f"stop{CLOSE}", native=False)(asked, emit))  # type: ignore[arg-type]
    assert {(each.answer, each.error, each.forced_stop, each.tokens.thinking) for each in found.values()} == {
        (text, "", False, 0)
    }


@pytest.mark.parametrize(
    "word", ["stop", "eos", "EOS", "end_turn", "tool_calls", "function_call", "stop_sequence", "?"]
)
def test_any_other_word_is_an_end(word: str) -> None:
    found = asked_once(Completion(text="18", finish_reason=word), ask_for())
    assert (found.answer, found.finished, found.finish_reason, found.error) == ("18", True, word, "")


@pytest.mark.parametrize("word", ["length", "LENGTH", "max_tokens", "model_length", "max_output_tokens", "repetition"])
def test_all_words_for_a_cut_are_one(word: str) -> None:
    found = asked_once(Completion(text=f"{MAYBE}\n{CLOSE}\n\n18", finish_reason=word), ask_for())
    assert (found.answer, found.finish_reason) == ("18", "length")


@pytest.mark.parametrize("word", ["abort", "error", "ABORT", "FinishReason.ABORT", "insufficient_system_resource"])
def test_a_reply_that_was_broken_off_is_asked_for_again(word: str) -> None:
    for text in ("Okay, so we have", ""):
        found = asked_once(Completion(text=text, finish_reason=word), ask_for())
        assert (found.answer, found.finished, found.retryable, found.finish_reason) == ("", False, True, "error")
        assert word in found.error and not found.refused


@pytest.mark.parametrize("word", ["content_filter", "SAFETY", "refusal", "sensitive", "prohibited-content"])
def test_a_refusal_is_final(word: str) -> None:
    found = asked_once(Completion(text="\\boxed{18}", finish_reason=word), ask_for())
    assert (found.answer, found.refused, found.retryable) == ("", True, False)
    verdict = without_scorer(load_tasks().get("gsm8k"), found)
    assert verdict is not None and (verdict.outcome, verdict.value) == ("refused", 0)


def test_a_recorded_reply_that_was_broken_off_is_no_answer() -> None:
    for word, outcome in (("abort", "error"), ("content_filter", "refused")):
        recorded = Generation(answer="\\boxed{18}", finish_reason=word)
        found = asked_once(Completion(recorded=recorded), ask_for())
        assert (found.answer, found.finish_reason) == ("", outcome)


class Broken(FakeEngine):
    """Ends with a word of its own after so many tokens of a trace, or of a branch."""

    def __init__(self, word: str | None, after: int, *, branches: bool = False) -> None:
        super().__init__(chunk=1, native_budget=True)
        self.word, self.after, self.branches = word, after, branches

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        branch = STOP[0] in (request.token_ids or ())
        async with aclosing(super().stream(request)) as parts:  # type: ignore[type-var]
            async for part in parts:
                if branch == self.branches and len(part.token_ids or ()) > self.after:
                    yield replace(part, finish_reason=self.word)
                    return
                yield part


@pytest.mark.parametrize("word", ["abort", "error", None])
def test_a_trace_that_is_broken_off_leaves_what_it_had_served(word: str | None) -> None:
    seed = next(seed for seed in range(1000) if run_alone((100 + seed, 7), 64, 6)[2])
    whole, found = generations(FakeEngine(), ask(seed)), generations(Broken(word, 10), ask(seed))
    assert [budget for budget, each in found.items() if not each.error] == [2, 4, 8]
    assert all(found[budget].answer == whole[budget].answer for budget in (2, 4, 8))
    for budget in (16, 32, 64):
        assert (found[budget].retryable, found[budget].answer, found[budget].finished) == (True, "", False)


def test_a_branch_that_is_broken_off_is_an_error_of_its_budget() -> None:
    seed = next(seed for seed in range(1000) if run_alone((100 + seed, 7), 64, 6)[2])
    found = generations(Broken("abort", 0, branches=True), ask(seed))
    assert all(each.retryable and not each.answer for each in found.values())
    found = generations(Broken("content_filter", 0, branches=True), ask(seed))
    assert all(each.refused and not each.answer for each in found.values())


def test_an_enforced_budget_that_is_broken_off_is_an_error() -> None:
    found = generations(Broken("abort", 3), ask(5, (8,)), native=True)
    assert found[8].retryable and not found[8].answer


def test_a_prompt_that_does_not_fit_is_named_and_not_sent() -> None:
    engine = FakeEngine()
    engine.max_context = 2
    for generation in generations(engine, ask(1, (None, 4))).values():
        assert generation.finish_reason == "too_long" and not generation.retryable
