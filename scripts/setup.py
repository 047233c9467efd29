"""Makes the project's environment: ``.venv`` in its root, from pinned requirements. Standard library only.

Called by ``make``. Does nothing when the environment is already the one that the pins describe.
System packages are installed where that is allowed (root, or sudo without a password, with apt);
elsewhere they are named, and what needs them says so when it is used.

ENGINE_EXTRA=cpu or gpu chooses the build of vLLM; without it a machine with an NVIDIA GPU gets
``gpu`` and any other ``cpu``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".qwen3-eval-setup"
SYSTEM_STAMP = VENV / ".qwen3-eval-system"
TORCH_CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
PIP = ["-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
INSTALL = [*PIP, "install", "--no-deps", "--no-compile", "--progress-bar", "off"]
# Built for another torch than the CPU wheel; transformers dies when it finds one of them.
HARMFUL = ("torchvision", "torchaudio", "torchcodec")
APT = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=2"]


class SetupError(Exception):
    """Set-up cannot go on; the message says why in one line."""


class Step:
    """One line of output: what is done, and the seconds that it took."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.start = time.monotonic()

    def __enter__(self) -> Step:
        print(f"setup: {self.text} ...", end="", flush=True)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        print(f" {'failed after ' if kind else ''}{time.monotonic() - self.start:.0f} s", flush=True)


def main() -> int:
    """Sets up what is not set up yet. Exit codes: 0 done, 2 wrong Python, 3 it could not be done."""
    if sys.version_info < (3, 11):  # noqa: UP036 - make may have found an older one
        print(f"setup: needs Python 3.11 or later, this is {sys.version.split()[0]}; use make PYTHON=python3.11")
        return 2
    VENV.mkdir(exist_ok=True)
    with open(VENV / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            set_up_python()
            set_up_system(retry="--system" in sys.argv)
        except SetupError as error:
            print(f"setup: {error}", file=sys.stderr)
            return 3
    return 0


def set_up_python() -> None:
    """Brings ``.venv`` to the state that the pins describe."""
    kind = engine_extra()
    wanted = fingerprint(kind)
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    STAMP.unlink(missing_ok=True)
    if not PYTHON.exists():
        with Step(f"environment .venv for Python {sys.version.split()[0]}"):
            command(base_python(), "-m", "venv", str(VENV))
    if kind == "gpu":
        install_gpu()
    else:
        install_cpu()
    with Step("qwen3-eval itself"):
        command(str(PYTHON), *INSTALL, "--no-build-isolation", "--editable", str(ROOT))
    STAMP.write_text(wanted)


def install_cpu() -> None:
    """The pinned packages, without those that do not fit the CPU build of torch."""
    pins = lock_file("cpu")
    torch = next(line for line in pins.read_text().splitlines() if line.startswith("torch=="))
    with Step(torch):
        try:
            command(str(PYTHON), *INSTALL, torch)
        except SetupError:
            command(str(PYTHON), *INSTALL, "--extra-index-url", TORCH_CPU_WHEELS, torch)
    with Step(f"{count(pins)} pinned packages of {pins.relative_to(ROOT)}"):
        command(str(PYTHON), *INSTALL, "-r", str(pins))
    site = next(VENV.glob("lib/python*/site-packages"))
    harmful = [name for name in HARMFUL if any(site.glob(f"{name}-*.dist-info"))]
    if harmful:
        command(str(PYTHON), *PIP, "uninstall", "--yes", *harmful)


def install_gpu() -> None:
    """The CUDA build of vLLM; without a file of pins, in the versions that pip chooses for this machine."""
    pins = lock_file("gpu")
    if pins.is_file():
        with Step(f"{count(pins)} pinned packages of {pins.relative_to(ROOT)}"):
            command(str(PYTHON), *INSTALL, "-r", str(pins))
        return
    with Step("packages of the extras gpu, code, gguf and dev"):
        resolving = [word for word in INSTALL if word != "--no-deps"]
        command(str(PYTHON), *resolving, f"{ROOT}[gpu,code,gguf,dev]")


def command(*words: str) -> None:
    """Runs a command quietly. Raises SetupError with its last line."""
    result = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines() or [f"exit code {result.returncode}"]
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        raise SetupError(f"{' '.join(words[:4])} ... failed: {errors[-1]}")


def base_python() -> str:
    """The interpreter outside any virtual environment."""
    return getattr(sys, "_base_executable", None) or sys.executable


def engine_extra() -> str:
    """``gpu`` or ``cpu``. Raises SetupError for another ENGINE_EXTRA."""
    chosen = os.environ.get("ENGINE_EXTRA", "")
    if chosen not in ("", "cpu", "gpu"):
        raise SetupError(f"ENGINE_EXTRA is cpu or gpu, got {chosen!r}")
    has_gpu = Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi") is not None
    return chosen or ("gpu" if has_gpu else "cpu")


def fingerprint(kind: str) -> str:
    """Digest of everything that the environment is made from."""
    digest = hashlib.sha256(f"{kind} {base_python()}".encode())
    for path in (ROOT / "pyproject.toml", lock_file(kind), Path(__file__)):
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def lock_file(kind: str) -> Path:
    """The pinned requirements of one kind of machine."""
    return ROOT / "requirements" / f"{kind}.txt"


def count(pins: Path) -> int:
    """How many packages a requirements file pins."""
    return len(re.findall(r"^[\w.-]+==", pins.read_text(), re.MULTILINE))


def set_up_system(retry: bool) -> None:
    """Installs the system's packages that are missing, or names them once."""
    missing = missing_packages()
    if not missing or (not retry and SYSTEM_STAMP.is_file() and SYSTEM_STAMP.read_text() == " ".join(missing)):
        return
    prefix = as_root()
    if prefix is not None and shutil.which("apt-get"):
        with Step(f"system packages {' '.join(missing)}"):
            install_system(prefix, missing)
        missing = missing_packages()
    if missing:
        print(f"setup: not installed, what needs them is skipped: system packages {' '.join(missing)}")
    SYSTEM_STAMP.write_text(" ".join(missing))


def missing_packages() -> list[str]:
    """Debian's names of what is not there: the sandbox, a browser, its fonts."""
    found = []
    if not shutil.which("bwrap"):
        found.append("bubblewrap")
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        found.append("chromium")
    fonts = "".join(path.name.lower() for path in Path("/usr/share/fonts").rglob("*.tt[cf]"))
    if "notosans-" not in fonts:
        found.append("fonts-noto-core")
    if "cjk" not in fonts and "wqy" not in fonts:
        found.append("fonts-wqy-microhei")
    return found


def as_root() -> list[str] | None:
    """What to put before a command that needs root; None where that is not allowed."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def install_system(prefix: list[str], packages: list[str]) -> None:
    """apt-get install, with a fresh list of packages only when the one at hand does not do."""
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", *APT]
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    try:
        command(*install)
    except SetupError:
        attempt([*apt, "update"])
        attempt(install)


def attempt(words: list[str]) -> None:
    """Runs a command that may fail; the reason goes to standard error."""
    try:
        command(*words)
    except SetupError as error:
        print(f" {error}", file=sys.stderr, end="")


if __name__ == "__main__":
    sys.exit(main())
