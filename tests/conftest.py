"""What holds for all tests: no verdict depends on how busy the machine is, and the longest files come first."""

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start vLLM go first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("vllm") is None)
