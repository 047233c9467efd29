"""A Ray cluster, joined or started here, and what is wrong where that fails.

Ray 2.60: plain ``ray.init`` may join a cluster that is dead by now through a file that it left, so the address is
always stated. One that is started here listens on the loopback interface alone.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
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


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of a cluster, and how many CPUs and GPUs it gives to it."""

    id: str
    name: str
    cpus: int
    gpus: int


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


def leave(*, there: bool = True) -> None:
    """Ends the connection with the last of its users, and a cluster that was started here.

    there: whether the head is; a connection to one that is gone is left as it is: Ray would wait for it, and end the
    process in the middle of that.
    """
    with Connection.lock:
        Connection.users -= 1
        if there and not Connection.users:
            sys.modules["ray"].shutdown()


def _joined(address: str, environment: Mapping[str, Any]) -> Any:
    if address == LOCAL:
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        names = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
        if "ray" not in sys.modules and not any(os.environ.get(name) for name in names):
            # Ray would make one too, and keep it in a file that others on the machine may read. It looks when it is
            # imported.
            os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    else:
        if address != AUTO:
            _look(address)
        _find_token(address)
    try:
        import ray
    except ImportError as error:
        raise UsageError(f"Ray cannot be imported ({error}); {INSTALL}") from error
    if address != LOCAL:
        _check_token(address)
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
    _quieten(ray)
    return ray


def nodes_of(ray: Any) -> list[Node]:
    """The nodes that are there. It asks the cluster, which may take a while."""
    found = [(each, each["Resources"]) for each in ray.nodes() if each["Alive"]]
    return [
        Node(each["NodeID"], each["NodeManagerHostname"], int(has.get("CPU", 0)), int(has.get("GPU", 0)))
        for each, has in found
    ]


def head_answers(ray: Any) -> bool:
    """Whether the head can be reached. Ray itself ends the process a minute after it could not."""
    try:
        _reach(ray.get_runtime_context().gcs_address)
    except OSError:
        return False
    return True


def largest_share(sizes: Sequence[int], wanted: int) -> int:
    """The most that each of so many may take, all of one node; 0 where there is no room for them.

    sizes: what each node has.
    """
    shares = range(max(sizes, default=0), 0, -1)
    return next((share for share in shares if sum(size // share for size in sizes) >= wanted), 0)


def _quieten(ray: Any) -> None:
    """That workers and nodes died is said by us, once. Ray prints it too, to standard output, and has no setting."""
    with suppress(AttributeError):
        ray._private.worker._worker_logs_enabled = False


def _look(address: str) -> None:
    """Whether anything listens at an address: Ray itself looks for a minute, and may then end the whole process."""
    host, _, port = address.rpartition(":")
    if not host or "://" in address or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise UsageError(f"--ray-address takes {AUTO}, {LOCAL} or HOST:PORT, got {address[:60]!r}")
    try:
        _reach(address)
    except OSError as error:
        raise UsageError(f"--ray-address {address}: nothing answers there ({error}); look with `ray status`") from error


def _find_token(address: str) -> None:
    """Whether there is a token where one is wanted: without, Ray ends the whole process. Raises UsageError."""
    if os.environ.get("RAY_AUTH_MODE", "").lower() != "token" or os.environ.get("RAY_AUTH_TOKEN"):
        return
    place = os.environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token"
    with suppress(OSError):
        if Path(place).read_text("utf-8", "replace").strip():
            return
    why = f"RAY_AUTH_MODE is token, and there is none: put the cluster's into RAY_AUTH_TOKEN or {place}"
    raise UsageError(f"--ray-address {address}: {why}")


def _check_token(address: str) -> None:
    """Whether the token is right: ``ray.init`` would ask for a minute, and say so each second. Raises UsageError."""
    from ray._private import services
    from ray._private.authentication import authentication_token_setup as setup
    from ray.exceptions import AuthenticationError

    try:
        found = address
        if address == AUTO:
            setup.maybe_enable_token_auth_if_token_available(warn_if_disabled=False)
            found = services.canonicalize_bootstrap_address(address)
            _reach(found)
        with _hushed():
            import_module("ray._raylet").GcsClient(address=found)
    except AuthenticationError as error:
        how = "set RAY_AUTH_MODE=token, and put the cluster's into RAY_AUTH_TOKEN"
        raise UsageError(f"--ray-address {address}: the cluster wants another token, or any: {how}") from error
    except Exception:  # noqa: BLE001 - what else is wrong, ``ray.init`` says
        return


@contextmanager
def _hushed() -> Iterator[None]:
    """Nothing that libraries write themselves reaches the terminal."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _reach(address: str) -> None:
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()


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
