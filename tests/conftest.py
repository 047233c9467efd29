"""What holds for all tests: no verdict depends on how busy the machine is, and the longest files come first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from running_vllm import InProcess, OverHttp

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_itemcollected(item: pytest.Item) -> None:
    """The tests of a file run in one worker, except where files share more (``--dist loadgroup``)."""
    if item.get_closest_marker("xdist_group") is None:
        item.add_marker(pytest.mark.xdist_group(item.path.name))


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
