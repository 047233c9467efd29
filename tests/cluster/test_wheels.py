"""What of a wheel travels to nodes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from task_wheel import task_wheel

from qwen3_eval.cluster.wheels import unpacked
from qwen3_eval.types import UsageError


def test_each_part_of_a_wheel_is_a_module_until_it_was_taken(tmp_path: Path) -> None:
    one, two = task_wheel(tmp_path, "1.0"), tmp_path / "single-2.0-py3-none-any.whl"
    with zipfile.ZipFile(two, "w") as file:
        file.writestr("single.py", "ANSWER = 41\n")
    with unpacked([one, two]) as found:
        assert [Path(each).name for each in found] == ["wheel_tasks", "wheel_tasks-1.0.dist-info", "single.py"]
        assert (Path(found[0]) / "sums.py").is_file() and Path(found[2]).read_text() == "ANSWER = 41\n"
    assert not any(Path(each).exists() for each in found)
    with unpacked([]) as found:
        assert found == []


@pytest.mark.parametrize("name", ["own-1.0.data/scripts/own", "own.so", "own.pth"])
def test_what_has_to_be_installed_does_not_travel(tmp_path: Path, name: str) -> None:
    wheel = tmp_path / "own-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(name, "")
    with pytest.raises(UsageError, match=r"own-1\.0-\S+ has own\S+, which has to be installed"), unpacked([wheel]):
        pass


def with_a_torn_member() -> bytes:
    """A wheel whose one member cannot be inflated."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("own.py", "x = 1\n" * 500)
    at = made.getvalue().index(b"own.py") + len("own.py")
    return made.getvalue()[:at] + b"\xff" * 8 + made.getvalue()[at + 8 :]


@pytest.mark.parametrize("content", [b"PK no more", with_a_torn_member()], ids=["no-zip", "torn"])
def test_a_damaged_wheel_is_one_line(tmp_path: Path, content: bytes) -> None:
    wheel = tmp_path / "own-1.0-py3-none-any.whl"
    wheel.write_bytes(content)
    with pytest.raises(UsageError, match=r"own-1\.0-\S+ cannot be read \(.*\); build it again"), unpacked([wheel]):
        pass
