"""A Ray cluster of several nodes on this machine: each a network namespace with an address and a name of its own.

The bridge between them is in a namespace too, so that two runs never see each other, nor the machine's own network.
What a node listens on is reached by the other nodes alone. It takes root and ``ip``.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from processes import alive

PREFIX = "qwen3-nodes"
PORT = 6379
TOKEN = secrets.token_hex(32)
# Ray's own processes on a node, and its workers that nobody uses yet.
DAEMONS = (
    "gcs/gcs_server", "raylet/raylet", "ray.scripts.scripts start", "ray.util.client.server", "dashboard/dashboard.py",
    "_private/monitor.py", "_private/log_monitor.py", "ray::DashboardAgent", "dashboard/agent.py",
    "ray::RuntimeEnvAgent", "runtime_env/agent/main.py", "ray::IDLE", "workers/default_worker.py",
)  # fmt: skip
GONE_SECONDS, START_SECONDS = 40.0, 120.0
NOTHING: Mapping[str, Path] = MappingProxyType({})


def missing() -> str:
    """Why nodes cannot be laid out here; empty where they can."""
    if os.geteuid() != 0:
        return "it takes root to lay out network namespaces"
    for program in ("ip", "unshare"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    name = f"{PREFIX}-{os.getpid()}-probe"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode:
        return "network namespaces are not permitted here"
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return ""


def ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True).stdout


def pids(namespace: str) -> list[int]:
    """The processes of a namespace that run."""
    done = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True)
    return [pid for pid in map(int, done.stdout.split()) if alive(pid)]


def words(pid: int) -> str:
    """The command line of a process; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


class Node:
    """A node: a namespace whose one link leads to the bridge, and Ray's processes in it."""

    def __init__(self, nodes: Nodes, name: str, number: int) -> None:
        self.name, self.namespace, self.address = name, f"{nodes.tag}-{name}", f"10.77.0.{number}"
        self.folder = nodes.folder / name
        self.folder.mkdir()
        self._nodes, self._daemon = nodes, None
        self._inner: subprocess.Popen[bytes] | None = None
        ip("netns", "add", self.namespace)
        ip("-n", nodes.bridge, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        ip("-n", nodes.bridge, "link", "set", name, "master", "bridge", "up")
        ip("-n", self.namespace, "addr", "add", f"{self.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            ip("-n", self.namespace, "link", "set", link, "up")

    def command(
        self, command: Sequence[str], hidden: Iterable[Path] = (), replaced: Mapping[str, Path] = NOTHING
    ) -> list[str]:
        """A command as it is run on this node. hidden: folders that are empty there. replaced: other files."""
        empty = "".join(f"mount -t tmpfs none '{folder}' && " for folder in hidden)
        other = "".join(f"mount --bind '{path}' '{name}' && " for name, path in replaced.items())
        script = f'{empty}{other}hostname {self.name} && exec "$@"'
        inside = ["unshare", "--uts", "--mount", "sh", "-c", script, "sh", *command]
        return ["ip", "netns", "exec", self.namespace, *inside]

    def start(
        self,
        *options: str,
        hidden: Iterable[Path] = (),
        replaced: Mapping[str, Path] = NOTHING,
        **environment: str,
    ) -> None:
        """Starts Ray here and waits for it; the first of the nodes is the head."""
        head = self._nodes.nodes[0]
        first = ["--head", f"--port={PORT}", "--include-dashboard=false"]
        place = first if self is head else [f"--address={head.address}:{PORT}"]
        own = [f"--node-ip-address={self.address}", f"--temp-dir={self.folder}", "--object-store-memory=100000000"]
        start = [sys.executable, "-m", "ray.scripts.scripts", "start", *place, "--block", "--disable-usage-stats"]
        command = [*start, *own, *options]
        with (self.folder / "start.log").open("wb") as log:
            self._inner = subprocess.Popen(
                self.command(command, hidden, replaced),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**self._nodes.environment, **environment},
                start_new_session=True,
            )

    def up(self) -> bool:
        """Whether the ``ray start`` of this node says so."""
        log = self.folder / "start.log"
        assert not self.gave_up(), log.read_text()
        return log.is_file() and "Ray runtime started" in log.read_text()

    def gave_up(self) -> bool:
        """Whether its ``ray start`` ended: on a busy machine the head may be too slow for it."""
        return self._inner is not None and self._inner.poll() is not None

    def pids(self) -> list[int]:
        return pids(self.namespace)

    def running(self) -> dict[int, str]:
        """All that runs here."""
        return {pid: words(pid)[:200] for pid in self.pids()}

    def named(self, *names: str) -> list[int]:
        """Processes whose command line begins with, or holds, one of some names."""
        return [pid for pid in self.pids() if any(name in words(pid) for name in names)]

    def foreign(self) -> dict[int, str]:
        """What runs here beside Ray's own processes."""
        found = {pid: words(pid) for pid in self.pids()}
        return {pid: text for pid, text in found.items() if text and not any(name in text for name in DAEMONS)}

    def kill(self, *names: str) -> list[int]:
        """``kill -9`` of all whose command line holds one of some names."""
        found = self.named(*names)
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return found

    def cut(self) -> None:
        """From now on no packet reaches or leaves this node; nothing on it is told so, as where a cable is pulled far
        away."""
        ip("-n", self._nodes.bridge, "link", "set", self.name, "nomaster")

    def heal(self) -> None:
        ip("-n", self._nodes.bridge, "link", "set", self.name, "master", "bridge")

    def end(self) -> None:
        """Ends all that runs here."""
        deadline = time.monotonic() + GONE_SECONDS
        while (found := self.pids()) and time.monotonic() < deadline:
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        if self._inner is not None:
            self._inner.wait()
            self._inner = None


class Nodes:
    """Nodes on a bridge; the first is the head, and drivers run beside it.

    environment: of what runs on them, beside this process's own.
    """

    def __init__(self, *names: str, environment: Mapping[str, str] | None = None) -> None:
        swept()
        self.tag = f"{PREFIX}-{os.getpid()}-{secrets.token_hex(2)}"
        self.bridge = f"{self.tag}-bridge"
        # Sockets are below it, whose paths may have no more than a hundred letters.
        self.folder = Path(tempfile.mkdtemp(prefix="nodes-"))
        path = os.pathsep.join(each for each in sys.path if each)
        own = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN, "RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": path}
        self.environment = {**os.environ, **own, **(environment or {}), "STAND_IN_FOLDER": str(self.folder)}
        ip("netns", "add", self.bridge)
        ip("-n", self.bridge, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.bridge, "link", "set", "bridge", "up")
        self.nodes: list[Node] = []
        for name in names:
            self.add(name)

    def add(self, name: str) -> Node:
        node = Node(self, name, len(self.nodes) + 1)
        self.nodes.append(node)
        return node

    @property
    def address(self) -> str:
        return f"{self.nodes[0].address}:{PORT}"

    def within(self, condition: Callable[[], object], seconds: float = 60.0) -> bool:
        """Whether a condition comes to hold."""
        deadline = time.monotonic() + seconds
        while not (found := bool(condition())) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def wait(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Until a condition holds."""
        assert self.within(condition, seconds), "it did not come to be"

    def known(self) -> int:
        """Nodes that the cluster takes for alive: it learns a little later of one that ended, and of one that began."""
        status = [sys.executable, "-m", "ray.scripts.scripts", "status", f"--address={self.address}"]
        command = self.nodes[0].command(status)
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment, check=False)
        return done.stdout.partition("Active:")[2].partition("Pending:")[0].count(" node_")

    def start(self, *options: str) -> None:
        """Starts Ray on all nodes that have none, the head first; a ``ray start`` that gave up is made once more."""
        for node in self.nodes:
            if not node.pids():
                node.start(*options)
                self.wait(lambda node=node: node.gave_up() or node.up(), START_SECONDS)  # type: ignore[misc]
                if node.gave_up():
                    node.end()
                    node.start(*options)
                    self.wait(node.up, START_SECONDS)

    def driver(
        self,
        command: Sequence[str],
        output: Path,
        replaced: Mapping[str, Path] = NOTHING,
        /,
        *,
        without: Sequence[str] = (),
        **environment: str,
    ) -> subprocess.Popen[bytes]:
        """A program beside the head, in a session of its own, whose output goes to a file.

        without: variables that it does not get. replaced: files that are others for it.
        """
        given = {**self.environment, **environment}
        with output.open("wb") as file:
            return subprocess.Popen(
                self.nodes[0].command(command, replaced=replaced),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={name: value for name, value in given.items() if name not in without},
                # Workers look for modules in the driver's folder first, where they have one of that name.
                cwd=self.folder,
                start_new_session=True,
            )

    def asked(self, name: str) -> int:
        """How many requests the stand-in engine had on a node."""
        path = self.folder / f"{name}.asked"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def foreign(self) -> dict[str, dict[int, str]]:
        """By node, what runs there beside Ray's own processes."""
        return {node.name: found for node in self.nodes if (found := node.foreign())}

    def close(self) -> None:
        """Ends all that runs on the nodes, and takes them down."""
        for node in self.nodes:
            node.end()
        for namespace in [*(node.namespace for node in self.nodes), self.bridge]:
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def swept() -> None:
    """Takes down what tests left that were killed."""
    for entry in json.loads(ip("-j", "netns", "list") or "[]"):
        name = entry["name"]
        owner = name.removeprefix(f"{PREFIX}-").partition("-")[0]
        if name.startswith(f"{PREFIX}-") and owner.isdecimal() and not alive(int(owner)):
            for pid in pids(name):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
