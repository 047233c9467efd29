"""Graders on nodes of a Ray cluster that differ in sandbox and toolchains, for a driver that has no sandbox itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from places import FIXTURES
from two_nodes import Nodes, missing

from qwen3_eval.sandbox import available
from qwen3_eval.sandbox.toolchains import lacking_toolchain, version

pytest.importorskip("ray", reason="ray is not installed")
WHY_NOT = missing() or available() or lacking_toolchain("C++")
BWRAP, COMPILER = (shutil.which(name) or "" for name in ("bwrap", "g++"))
pytestmark = [pytest.mark.long, pytest.mark.sandbox, pytest.mark.skipif(bool(WHY_NOT), reason=str(WHY_NOT))]
RIGHT = "#include <iostream>\nint main(){long long t,a,b;std::cin>>t;while(t--){std::cin>>a>>b;std::cout<<a+b<<'\\n';}}"


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """The second has another compiler, the third no sandbox."""
    made = Nodes("one", "two", "three")
    try:
        other, nothing = made.folder / "other", made.folder / "nothing"
        other.write_text("#!/bin/sh\necho 'g++ of two'\n")
        other.chmod(0o755)
        nothing.touch()
        for node, replaced in zip(made.nodes, ({}, {COMPILER: other}, {BWRAP: nothing}), strict=True):
            node.start("--num-cpus=1", replaced=replaced)
            made.wait(node.up)
        made.wait(lambda: made.known() == 3)
        yield made
    finally:
        made.close()


def scores(run_dir: Path) -> list[tuple[Any, ...]]:
    lines = [json.loads(line) for line in (run_dir / "scores.jsonl").read_text("utf-8").splitlines()]
    return sorted((line["id"], line["sample"], line["score"], line["outcome"]) for line in lines)


def predictions(path: Path) -> Path:
    programs = [RIGHT, RIGHT.replace("a+b", "a-b"), "int main(){", "no program"]
    rows = [
        {"id": "1900A", "sample": number, "response": f"```cpp\n{program}\n```"}
        for number, program in enumerate(programs)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def command(folder: Path, name: str) -> list[str]:
    given = ["--task", "codeforces", "--predictions", str(predictions(folder / "rows.jsonl"))]
    place = ["--data-dir", str(FIXTURES), "--run-dir", str(folder / name)]
    return [sys.executable, "-m", "qwen3_eval", "score", *given, *place]


def far(nodes: Nodes, folder: Path, without: Mapping[str, Path]) -> str:
    """What is said by a command whose answers are judged on nodes."""
    asked = [*command(folder, "far"), "--graders", "cluster", "--ray-address", nodes.address]
    code = nodes.driver(asked, folder / "said.txt", without).wait(240)
    said = (folder / "said.txt").read_text()
    assert code == 0, said
    nodes.wait(lambda: not nodes.foreign(), 30)
    return said


def test_each_node_judges_what_it_can_as_the_others_do(nodes: Nodes, tmp_path: Path) -> None:
    said = far(nodes, tmp_path, {BWRAP: nodes.folder / "nothing"})
    what, here = "judges no answers of codeforces:", version("C++")
    assert f"node two {what} its toolchains are others (C++ g++ of two, {here} on one)\n" in said
    assert f"node three {what} runs programs that a model wrote and there is no sandbox: " in said
    assert f"node one {what}" not in said
    subprocess.run(command(tmp_path, "here"), check=True, capture_output=True)
    assert scores(tmp_path / "far") == scores(tmp_path / "here")
    assert {outcome for _, _, _, outcome in scores(tmp_path / "here")} >= {"ok"}
    assert {score for _, _, score, _ in scores(tmp_path / "here")} == {0.0, 1.0}
    assert json.loads((tmp_path / "far" / "run.json").read_text())["toolchains"] == {"C++": here}
