"""What holds for all tests: no verdict depends on how busy the machine is, and the longest files come first."""

from __future__ import annotations

import os
import re
import secrets
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from running_vllm import InProcess, OverHttp

ONE_AT_A_TIME = re.compile(r"vllm|_ray$|_nodes|_graders$|_moved_run$")

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Ray looks when it is imported, for all of a process: so all clusters of these tests have a token, and one.
if not any(os.environ.get(name) for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")):
    os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))

# A shell's background job and nohup hand these down as ignored, and programs that tests start would ignore them too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def recursion_limit() -> Iterator[None]:
    """A judged program's limit ends with its test: at 50,000 the parser of Python itself may run out of stack."""
    limit = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(limit)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``--dist loadfile``, files with vllm in their names run in one worker, where they share an engine.

    So do those that start a Ray cluster: Ray finds any cluster of the machine, and only one of them may be there.
    """
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByEngine(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "vllm" if ONE_AT_A_TIME.search(Path(file).stem) else file

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
