"""Profiles from files and from packages; what is wrong with one is a line that names it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from family_folders import model_folder

from qwen3_eval.families import Evidence, Profile, named, profiles, read_profile, recognise, shelf
from qwen3_eval.families.profile import Signs
from qwen3_eval.types import Message, UsageError

MINE = Profile("mine", "Mine", "here", signs=(Signs(has=("MINE",)),))
FILE = """
title = "Mine"
source = "here"
[[signs]]
has = ["MINE"]
tokens = ["<mine>"]
[thinking]
modes = ["thinking"]
"""


def evidence(template: str, *tokens: str) -> Evidence:
    return Evidence({"default": template}, lambda text: text in tokens)


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """What packages offer as families, by name; a test fills it."""
    found: dict[str, object] = {}

    def points(group: str) -> list[EntryPoint]:
        assert group == "qwen3_eval.families"
        return [EntryPoint(name, f"{__name__}:OFFERED", group) for name in found]

    monkeypatch.setattr(shelf, "entry_points", points)
    monkeypatch.setattr(EntryPoint, "load", lambda self: found[self.name])
    profiles.cache_clear()
    yield found
    profiles.cache_clear()


def test_a_package_adds_a_family(offered: dict[str, object]) -> None:
    offered["mine"] = MINE
    assert named("mine") is MINE
    assert recognise(evidence("a template of MINE")).profile is MINE


def test_a_package_adds_a_family_as_a_file(offered: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.toml"
    path.write_text(FILE)
    offered["mine"] = str(path)
    assert named("mine").title == "Mine"
    assert recognise(evidence("MINE", "<mine>")).profile.title == "Mine"
    assert not recognise(evidence("MINE")).known


def test_a_name_that_is_taken(offered: dict[str, object]) -> None:
    offered["qwen3"] = MINE
    with pytest.raises(UsageError, match="two families are called 'qwen3'; remove the package that offers"):
        profiles()


def test_what_is_no_family(offered: dict[str, object]) -> None:
    offered["mine"] = 5
    with pytest.raises(UsageError, match="family 'mine' is 5, which is neither a Profile nor the path of one"):
        profiles()


def test_a_package_that_fails_to_load(offered: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: EntryPoint) -> object:
        raise ImportError("no module named x")

    offered["mine"] = MINE
    monkeypatch.setattr(EntryPoint, "load", fail)
    with pytest.raises(UsageError, match=r"family 'mine' cannot be loaded from .*: no module named x"):
        profiles()


def test_a_template_that_two_families_fit_has_to_be_told(offered: dict[str, object]) -> None:
    offered.update(one=MINE, two=MINE)
    with pytest.raises(UsageError, match="the families one and two fit the chat template; name one of them"):
        recognise(evidence("MINE"))
    assert recognise(evidence("MINE"), "one").why == "it was named"


def test_a_file_that_the_user_names(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(FILE)
    found = recognise(evidence(""), str(path))
    assert (found.profile.name, found.profile.file, found.known) == ("mine", "mine.toml", True)


def test_an_unknown_family_gives_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown family 'qwen3\.55' \(did you mean 'qwen3\.5'\?\); there are "):
        named("qwen3.55")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title = ", "cannot be read: "),
        ('title = "a"', "missing required field `source`"),
        ('title = "a"\nsource = "b"\ncolour = 1', "unknown field `colour`"),
        ('title = "a"\nsource = "b"\n[thinking]\nmodes = ["loud"]', "Invalid enum value 'loud' - at `$.thinking.modes"),
        ('title = "a"\nsource = "b"\n[calls]\nformat = "json"', "Invalid enum value 'json' - at `$.calls.format`"),
        ('title = "a"\nsource = "b"\n[budget]\nsteps = ["x"]', "Expected `int`, got `str` - at `$.budget.steps"),
        ('title = "a"\nsource = "b"\n[thinking]\nopen = ""', "thinking.open and thinking.close are texts"),
        ('title = "a"\nsource = "b"\n[thinking]\nmodes = []', "thinking.modes names no mode"),
        ('title = "a"\nsource = "b"\n[budget]\nway = "argument"', "budget.way is argument and budget.argument names"),
        ('title = "a"\nsource = "b"\n[[signs]]\nlacks = ["x"]', "signs.has names nothing"),
        ('title = "a"\nsource = "b"\n[thinking]\nopen = "<t>"\nclose = "<t>\\n"', "are the same text"),
        ('title = "a"\nsource = "b"\n[thinking]\nends = [""]', "thinking.ends has an empty text"),
        ('title = "a"\nsource = "b"\n[thinking]\nwrappers = [["", " "]]', "a pair whose second text is empty"),
        ('title = "a"\nsource = "b"\n[budget]\nsteps = [0]', "Expected `int` >= 1 - at `$.budget.steps"),
        ('title = "a"\nsource = "b"\n[output]\nthinking = -5', "Expected `int` >= 1 - at `$.output"),
        ('title = "a"\nsource = "b"\n[sampling.thinking]\ntemperature = 1\ntop_k = 4294967296', "Expected `int` <= "),
    ],
)
def test_what_is_wrong_with_a_file_is_named(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        read_profile(path)
    assert str(raised.value).startswith(f"family file {path}")
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"family file .*gone\.toml cannot be read"):
        named(str(tmp_path / "gone.toml"))


def test_a_mode_may_put_a_text_into_the_system_message() -> None:
    family, user = named("nemotron-nano-v2"), Message("user", "Hi")
    assert family.under([user], "non-thinking") == (Message("system", "/no_think"), user)
    assert family.under([Message("system", "Be brief."), user], "thinking")[0].content == "Be brief.\n/think"
    assert named("qwen3").under([user], "thinking") == (user,)


def test_families_are_read_only_when_a_model_is_looked_at() -> None:
    program = """
import sys
from qwen3_eval.cli import main
from qwen3_eval.families.shelf import profiles
try:
    main(["--help"])
except SystemExit:
    pass
main(["list"])
sys.exit(profiles.cache_info().currsize)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_installed_package_adds_a_family(tmp_path: Path) -> None:
    info = tmp_path / "mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[qwen3_eval.families]\nmine = mine_families:FILE\n")
    (tmp_path / "mine.toml").write_text('title = "Mine"\nsource = "here"\n[[signs]]\nhas = ["MINE"]\n')
    (tmp_path / "mine_families.py").write_text(
        "from pathlib import Path\nFILE = Path(__file__).with_name('mine.toml')\n"
    )
    model = model_folder(tmp_path / "model", "{# MINE #}{{ messages[0].content }}{{ enable_thinking }}")
    command = [sys.executable, "-m", "qwen3_eval", "model", "inspect", str(model)]
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths})
    assert "family: mine (Mine), because its chat template has 'MINE'" in done.stdout, done.stderr
    # It says that it has both modes, and nothing switches between them.
    assert done.returncode == 2
    assert "family mine (mine.toml): thinking.modes has both modes, but the template writes the same" in done.stderr
