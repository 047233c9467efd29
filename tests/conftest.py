"""What holds for all tests: no verdict depends on how busy the machine is, and the longest files come first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from running_vllm import InProcess, OverHttp

# They use the fixtures ``in_process`` and ``over_http``.
SHARE_VLLM = {"test_engine_vllm.py", "test_sweep_vllm.py", "test_vllm_server.py", "test_gate_vllm.py"}

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """As ``--dist loadfile``, but files that share an engine run in one worker."""
    from xdist.scheduler import LoadFileScheduling

    class ByEngine(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "vllm" if Path(file).name in SHARE_VLLM else file

    return ByEngine(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start vLLM go first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("vllm") is None)


@pytest.fixture(scope="session")
def in_process() -> Iterator[InProcess]:
    """vLLM in this process, with the demo model."""
    from running_vllm import InProcess

    running = InProcess()
    yield running
    running.close()


@pytest.fixture(scope="session")
def over_http() -> Iterator[OverHttp]:
    """vLLM's own server, with the demo model."""
    from running_vllm import OverHttp

    running = OverHttp()
    yield running
    running.close()
