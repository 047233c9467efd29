"""ThinkFollow end to end through real vLLM: what the demo model's blocks were, told by its token ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qwen3_eval.cli import main

pytest.importorskip("vllm", reason="vllm is not installed")
pytestmark = [pytest.mark.vllm, pytest.mark.long]


@pytest.mark.parametrize("engine", ["vllm", "server"])
def test_dialogues_of_the_demo_model(tmp_path: Path, engine: str) -> None:
    asked = ["--model", "demo", "--tasks", "thinkfollow", "--limit", "2", "--max-tokens", "64", "--engine", engine]
    assert main(["run", *asked, "--run-dir", str(tmp_path)]) == 0
    lines = [json.loads(line) for line in (tmp_path / "generations.jsonl").read_text("utf-8").splitlines()]
    replies = [reply for line in lines for reply in line["replies"]]
    assert len(lines) == 2
    assert all("block" in reply or reply["cut"] for reply in replies)
    # By the letters of what was kept too: nothing between the tags, or something.
    told = {(reply["block"], bool(reply["thinking"].strip())) for reply in replies if "block" in reply}
    assert told <= {("closed", True), ("empty", False), ("none", False), ("open", True), ("open", False)}
    assert told & {("closed", True), ("empty", False)}
    scores = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text("utf-8").splitlines()]
    assert {score["outcome"] for score in scores} <= {"ok", "unfinished", "truncated"}
    for line in lines:
        [score] = [each for each in scores if each["id"] == line["id"]]
        assert score["extracted"].split() == [reply.get("block", "?") for reply in line["replies"]]
