"""A Ray cluster, joined or started here, and what is wrong where that fails.

Ray 2.60: plain ``ray.init`` may join a cluster that is dead by now through a file that it left, so the address is
always stated. One that is started here listens on the loopback interface alone.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from collections.abc import Mapping
from typing import Any

from qwen3_eval.types import UsageError

AUTO, LOCAL = "auto", "local"
INSTALL = "install it with `pip install 'qwen3-eval[ray]'`"
# Read when Ray is imported. The first keeps a cluster of one machine off its other interfaces.
ENVIRONMENT = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
}
CONNECT_SECONDS = 5.0


class Connection:
    """What a process shares of a cluster: Ray has one connection for all of it, which ends with the last user."""

    users = 0
    lock = threading.Lock()


def connected(address: str, environment: Mapping[str, Any] | None = None) -> Any:
    """The module ``ray``, connected to a cluster until ``leave``. Raises UsageError where it cannot be joined.

    address: ``local`` starts one here, ``auto`` takes the one that runs on this machine, else ``HOST:PORT``.
    environment: what travels to the nodes, as Ray's runtime environment; folders and wheels travel with a connection
    only (Ray 2.60). Who comes second in a process gets the cluster and the environment of the first.
    """
    with Connection.lock:
        ray = sys.modules["ray"] if Connection.users else _joined(address, environment or {})
        Connection.users += 1
    return ray


def leave() -> None:
    """Ends the connection with the last of its users, and a cluster that was started here."""
    with Connection.lock:
        Connection.users -= 1
        if not Connection.users:
            sys.modules["ray"].shutdown()


def _joined(address: str, environment: Mapping[str, Any]) -> Any:
    if address == LOCAL:
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
    elif address != AUTO:
        _look(address)
    try:
        import ray
    except ImportError as error:
        raise UsageError(f"Ray cannot be imported ({error}); {INSTALL}") from error
    # Of what Ray says while it starts, nothing is for a user: that it sets no handler for a signal outside of the main
    # thread, where ours is, and that there is a token.
    logging.getLogger("ray").setLevel(logging.ERROR)
    own = {"num_cpus": os.cpu_count(), "_system_config": {"worker_niceness": 0}} if address == LOCAL else {}
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level="ERROR",
            include_dashboard=False if address == LOCAL else None,
            configure_logging=False,
            runtime_env=dict(environment),
            **own,
        )
    except Exception as error:
        raise UsageError(f"--ray-address {address}: {_why(error, address)}") from error
    return ray


def _look(address: str) -> None:
    """Whether anything listens at an address: Ray itself looks for a minute, and may then end the whole process."""
    host, _, port = address.rpartition(":")
    if not host or "://" in address or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise UsageError(f"--ray-address takes {AUTO}, {LOCAL} or HOST:PORT, got {address[:60]!r}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise UsageError(f"--ray-address {address}: nothing answers there ({error}); look with `ray status`") from error


def _why(error: Exception, address: str) -> str:
    """In a line, what is wrong and what to do."""
    said = " ".join(str(error).split())
    if isinstance(error, ConnectionError) and address == AUTO:
        return "no cluster runs on this machine; start one with `ray start --head`, or use --ray-address local"
    if "ersion mismatch" in said:
        return f"this environment and the cluster differ: {said[:300]}"
    if "uthentication" in said or "token" in said.lower():
        return f"the cluster wants another token: put it into RAY_AUTH_TOKEN or ~/.ray/auth_token ({said[:200]})"
    return f"no cluster can be joined there ({type(error).__name__}: {said[:200]}); look with `ray status`"
