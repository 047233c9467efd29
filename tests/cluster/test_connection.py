"""One connection to a cluster for all of a process."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from qwen3_eval.cluster import connection


def test_the_cluster_is_left_when_nobody_uses_it_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    ray = SimpleNamespace(init=lambda **how: calls.append(how["address"]), shutdown=lambda: calls.append("shutdown"))
    monkeypatch.setitem(sys.modules, "ray", ray)
    assert connection.connected("local") is connection.connected("auto") is ray
    connection.leave()
    assert calls == ["local"]
    connection.leave()
    assert calls == ["local", "shutdown"]
    connection.connected("auto")
    connection.leave()
    assert calls == ["local", "shutdown", "auto", "shutdown"]


def test_who_cannot_join_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**how: object) -> None:
        raise ConnectionError("nobody")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=init))
    with pytest.raises(connection.UsageError, match="no cluster runs on this machine"):
        connection.connected("auto")
    assert connection.Connection.users == 0
