"""One connection to a cluster for all of a process."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from qwen3_eval.cluster import connection
from qwen3_eval.types import UsageError


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set for Ray goes with the test."""
    for name in (*connection.ENVIRONMENT, "RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
        monkeypatch.setenv(name, "1")


def test_the_cluster_is_left_when_nobody_uses_it_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    init = lambda **how: calls.append(how["runtime_env"])  # noqa: E731
    ray = SimpleNamespace(init=init, shutdown=lambda: calls.append("shutdown"))
    monkeypatch.setitem(sys.modules, "ray", ray)
    assert connection.connected("local", {"working_dir": "a"}) is connection.connected("local") is ray
    connection.leave()
    assert calls == [{"working_dir": "a"}]
    connection.leave()
    assert calls == [{"working_dir": "a"}, "shutdown"]
    connection.connected("local")
    # A head that is gone is not waited for.
    connection.leave(there=False)
    assert calls == [{"working_dir": "a"}, "shutdown", {}]


def test_who_cannot_join_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**how: object) -> None:
        raise ConnectionError("nobody")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=init))
    with pytest.raises(UsageError, match="--ray-address local: no cluster can be joined there"):
        connection.connected("local")
    assert connection.Connection.users == 0
