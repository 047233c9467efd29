"""Set-up: it does nothing twice, names what it may not install, and its pins fit the project."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from places import ROOT


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name.replace("/", "_"), ROOT / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """scripts/setup.py for an environment in a temporary folder; commands are noted, not run."""
    module = load("scripts/setup")
    venv = tmp_path / ".venv"
    (venv / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    for name, path in (("VENV", venv), ("STAMP", venv / "stamp"), ("SYSTEM_STAMP", venv / "system")):
        monkeypatch.setattr(module, name, path)
    monkeypatch.setattr(module, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(module, "noted", [], raising=False)
    monkeypatch.setattr(module, "command", lambda *words: module.noted.append(" ".join(words)))
    monkeypatch.setenv("ENGINE_EXTRA", "cpu")
    return module


def test_a_second_call_does_nothing(setup: ModuleType) -> None:
    setup.set_up_python()
    assert any("requirements/cpu.txt" in line and "--no-deps" in line for line in setup.noted)
    setup.noted.clear()
    setup.set_up_python()
    assert not setup.noted


def test_new_pins_are_installed(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.set_up_python()
    setup.noted.clear()
    monkeypatch.setattr(setup, "fingerprint", lambda kind: "other")
    setup.set_up_python()
    assert setup.noted


def test_an_interrupted_set_up_is_done_again(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.set_up_python()
    monkeypatch.setattr(setup, "fingerprint", lambda kind: "other")
    monkeypatch.setattr(setup, "install_cpu", interrupted)
    with pytest.raises(KeyboardInterrupt):
        setup.set_up_python()
    assert not setup.STAMP.exists()


def interrupted() -> None:
    raise KeyboardInterrupt


def test_torch_comes_from_its_own_index_where_pip_knows_no_cpu_wheel(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(*words: str) -> None:
        setup.noted.append(" ".join(words))
        if words[-1].startswith("torch==") and "--extra-index-url" not in words:
            raise setup.SetupError("no matching distribution")

    monkeypatch.setattr(setup, "command", command)
    setup.install_cpu()
    assert [("--extra-index-url" in line) for line in setup.noted if " torch==" in line] == [False, True]


def test_packages_that_break_transformers_are_removed(setup: ModuleType) -> None:
    site = setup.VENV / "lib" / "python3.11" / "site-packages"
    (site / "torchvision-0.28.0.dist-info").mkdir()
    setup.install_cpu()
    assert any("uninstall" in line and line.endswith("torchvision") for line in setup.noted)


def test_an_unknown_engine_extra_is_refused(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_EXTRA", "tpu")
    with pytest.raises(setup.SetupError, match="cpu or gpu, got 'tpu'"):
        setup.engine_extra()


def test_system_packages_are_named_once_where_they_may_not_be_installed(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "as_root", lambda: None)
    monkeypatch.setattr(setup, "missing_packages", lambda: ["bubblewrap"])
    for retry in (False, False, True):
        setup.set_up_system(retry)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all("bubblewrap" in line for line in lines)


def test_missing_system_packages_are_installed_and_the_list_refreshed_only_on_failure(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.install_system(["sudo", "-n"], ["bubblewrap"])
    assert [line.split()[-1] for line in setup.noted] == ["bubblewrap"]

    def fails(*words: str) -> None:
        setup.noted.append(" ".join(words))
        raise setup.SetupError("no")

    setup.noted.clear()
    monkeypatch.setattr(setup, "command", fails)
    setup.install_system([], ["bubblewrap"])
    assert [line.split()[-1] for line in setup.noted] == ["bubblewrap", "update", "bubblewrap"]


def test_a_failing_command_is_told_in_one_line() -> None:
    module = load("scripts/setup")
    with pytest.raises(module.SetupError, match=r"^sh -c echo ERROR: gone >&2; exit 1 ... failed: ERROR: gone$"):
        module.command("sh", "-c", "echo ERROR: gone >&2; exit 1")


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_the_pins_hold_what_the_project_asks_for(kind: str) -> None:
    pins = dict(re.findall(r"^([\w.-]+)==(.+)$", (ROOT / "requirements" / f"{kind}.txt").read_text(), re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(line for name in (kind, "code", "gguf", "dev") for line in extras[name])]
    lock = load("requirements/lock")
    names = {lock.normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in wanted}
    assert names <= set(pins)
    assert pins["torch"].endswith("+cpu") == (kind == "cpu")
    assert kind == "gpu" or not {"torchvision", "torchaudio", "torchcodec"} & set(pins)


def make(*words: str) -> str:
    """What make prints, without the settings of a make that may run these tests."""
    command = ["make", "--no-print-directory", *words]
    env = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=env).stdout


def test_make_names_its_commands() -> None:
    printed = make()
    for name in ("setup", "eval", "test", "report", "lint", "bench", "demo-model"):
        assert f"make {name}" in printed


def test_make_passes_on_only_what_was_given() -> None:
    line = make("-n", "eval", "TASKS=aime24,gsm8k", "LIMIT=3").splitlines()[-1]
    assert line.split()[1:] == 'run --model "demo" --tasks "aime24,gsm8k" --limit "3" --report'.split()
