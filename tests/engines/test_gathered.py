"""What goes from vLLM's process to ours, and when: tokens that nobody waits for go together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from qwen3_eval.engines.gathered import BESIDE, USED, WHOLE, Gathering, gathering_scheduler, most_together

ABORTED = "aborted"


def sampling(kind: str = "DELTA", interval: int | None = None, **facts: Any) -> SimpleNamespace:
    """As vLLM's ``SamplingParams``."""
    known: dict[str, Any] = {"stop": [], "logprobs": None, "prompt_logprobs": None, **facts}
    return SimpleNamespace(output_kind=SimpleNamespace(name=kind), stream_interval=interval, **known)


def said(name: str, *tokens: int, prefill: Any = None, **beside: Any) -> SimpleNamespace:
    """As vLLM's ``EngineCoreOutput``."""
    none: dict[str, Any] = dict.fromkeys((*BESIDE, "events"))
    return SimpleNamespace(request_id=name, new_token_ids=list(tokens), prefill_stats=prefill, **{**none, **beside})


class Own:
    """A scheduler whose steps make what they are told to; a request that ends is forgotten."""

    def __init__(self, requests: dict[str, Any]) -> None:
        self.requests = {name: SimpleNamespace(sampling_params=params) for name, params in requests.items()}
        self.ended: list[Any] = []

    def update_from_output(self, made: dict[int, Any], _: Any) -> dict[int, Any]:
        for message in made.values():
            for output in message.outputs:
                if output.finish_reason is not None:
                    self.requests.pop(output.request_id, None)
        return made

    def finish_requests(self, request_ids: Any, finished_status: str) -> list[Any]:
        self.ended.append((request_ids, finished_status))
        return []


class Quiet(Gathering, Own):
    """It with what is put before it."""


def step(scheduler: Quiet, *outputs: SimpleNamespace, client: int = 0, **facts: Any) -> list[tuple[Any, ...]]:
    """The tokens that a step sends, by request."""
    whole = SimpleNamespace(outputs=list(outputs), **{"finished_requests": None, "scheduler_stats": None, **facts})
    sent = scheduler.update_from_output({client: whole}, None)
    return [(each.request_id, *each.new_token_ids) for message in sent.values() for each in message.outputs]


def test_vllm_has_what_is_used_of_its_messages() -> None:
    fields = pytest.importorskip("vllm.v1.engine", reason="vllm is not installed").EngineCoreOutput.__struct_fields__
    assert {*BESIDE, *USED} <= set(fields)


def test_what_happened_meanwhile_is_told_with_the_tokens() -> None:
    scheduler = Quiet(requests={"a": sampling("FINAL_ONLY")})
    assert not step(scheduler, said("a", 1, events=["queued", "scheduled"]))
    assert not step(scheduler, said("a", 2))
    last = said("a", 3, events=["preempted"], finish_reason="stop")
    assert step(scheduler, last) == [("a", 1, 2, 3)]
    assert last.events == ["queued", "scheduled", "preempted"]


def test_a_stream_comes_by_its_interval_and_its_first_token_alone() -> None:
    scheduler = Quiet(requests={"a": sampling(interval=3), "b": sampling()})
    found = [step(scheduler, said("a", token), said("b", -token)) for token in range(1, 9)]
    assert [each for part in found for each in part if each[0] == "b"] == [("b", -token) for token in range(1, 9)]
    assert [part[0] for part in found if part[0][0] == "a"] == [("a", 1), ("a", 2, 3, 4), ("a", 5, 6, 7)]
    assert step(scheduler, said("a", 9, finish_reason="stop")) == [("a", 8, 9)]
    assert not scheduler._kept


def test_tokens_that_were_guessed_ahead_go_out_when_they_are_enough() -> None:
    scheduler = Quiet(requests={"a": sampling(interval=4)})
    assert step(scheduler, said("a", 1, 2)) == [("a", 1, 2)]
    assert step(scheduler, said("a", 3, 4)) == []
    assert step(scheduler, said("a", 5, 6, 7)) == [("a", 3, 4, 5, 6, 7)]


def test_what_is_asked_for_its_end_alone_comes_at_its_end() -> None:
    scheduler = Quiet(requests={"a": sampling("FINAL_ONLY", interval=2)})
    assert step(scheduler, said("a", 1, prefill="hits")) == step(scheduler, said("a", 2)) == []
    last = said("a", 3, finish_reason="length")
    assert step(scheduler, last) == [("a", 1, 2, 3)]
    assert last.prefill_stats == "hits" and not scheduler._kept


def test_an_answer_of_one_step_is_not_kept() -> None:
    scheduler = Quiet(requests={"a": sampling("FINAL_ONLY")})
    assert step(scheduler, said("a", 1, finish_reason="stop")) == [("a", 1)]
    assert not scheduler._kept


@pytest.mark.parametrize("facts", [{"stop": ["\n"]}, {"logprobs": 0}, {"prompt_logprobs": 1}])
def test_what_our_process_reads_token_by_token_is_not_kept(facts: dict[str, Any]) -> None:
    assert most_together(sampling("FINAL_ONLY", 9, **facts)) == 1
    assert most_together(sampling("FINAL_ONLY", 9)) == WHOLE
    assert most_together(sampling("CUMULATIVE", 9)) == 9
    assert most_together(None) == 1


def test_what_stands_beside_tokens_goes_out_with_them() -> None:
    scheduler = Quiet(requests={"a": sampling("FINAL_ONLY")})
    assert step(scheduler, said("a", 1)) == []
    assert step(scheduler, said("a", 2, pooling_output="tensor")) == [("a", 1, 2)]


def test_a_step_without_anything_to_send_sends_nothing() -> None:
    scheduler = Quiet(requests={"a": sampling("FINAL_ONLY")})

    def sent(**facts: Any) -> int:
        whole = {"finished_requests": None, "scheduler_stats": None, **facts}
        return len(scheduler.update_from_output({0: SimpleNamespace(outputs=[said("a", 1)], **whole)}, None))

    assert (sent(), sent(finished_requests={"b"}), sent(scheduler_stats="stats")) == (0, 1, 1)


@pytest.mark.parametrize("ids", ["a", ["a"], iter(["a"]), None])
def test_nothing_is_kept_of_what_was_aborted(ids: Any) -> None:
    scheduler = Quiet(requests={"a": sampling("FINAL_ONLY"), "b": sampling("FINAL_ONLY")})
    assert step(scheduler, said("a", 1), said("b", 2)) == []
    scheduler.finish_requests(ids, ABORTED)
    assert set(scheduler._kept) == ({"b"} if ids is not None else set())
    assert scheduler.ended == [(None if ids is None else ["a"], ABORTED)]


def test_it_is_put_before_the_scheduler_that_vllm_would_have_taken() -> None:
    class Settings:
        scheduler_cls: str | None = "ours"

        def get_scheduler_cls(self) -> type[Own]:
            assert self.scheduler_cls is None
            return OwnWithConfig

    class OwnWithConfig(Own):
        def __init__(self, vllm_config: Any, log_stats: bool) -> None:
            super().__init__({})
            self.told = (vllm_config, log_stats)

    config = SimpleNamespace(scheduler_config=Settings())
    found = gathering_scheduler(vllm_config=config, log_stats=False)
    assert isinstance(found, OwnWithConfig) and isinstance(found, Gathering)
    assert found.told == (config, False) and config.scheduler_config.scheduler_cls == "ours"
