"""Where a run is answered may change while it goes on; what decides its answers may not.

A run keeps the identity under which it began, and with it the keys of its records. An engine of the same model in
another place takes that identity over. What may change numbers (precision, quantisation, vLLM's version) is refused
unless it is accepted, and then stands among the run's deviations. Each session says which engine it had; one that the
run had before needs no acceptance again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.records.manifest import open_manifest, part_of
from qwen3_eval.records.store import differences
from qwen3_eval.types import UsageError

# Engines that ask one and the same model, each in another place.
PLACES = ("vllm", "server", "ray")
# Arguments of vLLM that say on what it computes and how much at once.
ROOM = (
    "tensor_parallel_size",
    "pipeline_parallel_size",
    "data_parallel_size",
    "distributed_executor_backend",
    "gpu_memory_utilization",
    "kv_cache_memory_bytes",
    "max_num_seqs",
    "max_num_batched_tokens",
    "download_dir",
)
# What a running server says itself instead of an argument.
TOLD = ("max_model_len",)
# Of what engines say of themselves, that which may change numbers.
FACTS = ("dtype", "quantization", "version")
# Of what an engine says of itself, that which may be another one in each session.
PLACE = ("name", "version", "base_url", "ray_address", "replicas", "slots")
ACCEPTED = "answers come from engines that differ (--accept-engine-change)"
ACCEPT = "give the same settings, or go on all the same with --accept-engine-change, which marks the run"


@dataclass(frozen=True, slots=True)
class Had:
    """An engine that a run had.

    changes: from the engine that the run was begun with, in words, all accepted. facts: what it said of ``FACTS``.
    """

    changes: tuple[str, ...]
    facts: Mapping[str, str]

    def until(self, other: Had) -> list[str]:
        """In words, what this one said and the other one says differently."""
        both = [name for name in FACTS if name in self.facts and name in other.facts]
        pairs = ((name, self.facts[name], other.facts[name]) for name in both)
        return [f"{name}: {old} -> {new}" for name, old, new in pairs if old != new]

    def among(self, known: Sequence[Had]) -> Had | None:
        """The one of several that it is, as far as both said what they are."""
        return next((each for each in known if each.changes == self.changes and not each.until(self)), None)


def manifest_in(run_dir: Path) -> Mapping[str, Any]:
    """``run.json`` of the run in a folder; empty where there is none."""
    return open_manifest(run_dir).raw if (run_dir / MANIFEST).is_file() else {}


def session_of(told: Mapping[str, Any], changes: Sequence[str] = ()) -> dict[str, Any]:
    """What ``run.json`` says of the engine of one session. told: as it described itself. changes: as for ``Had``."""
    place = {name: told[name] for name in PLACE if name in told}
    return {**_facts(told), **place, **({"changes": list(changes)} if changes else {})}


def engines_had(before: Mapping[str, Any]) -> list[Had]:
    """The engines that a run had, each once, the last one last. What one left unsaid its other sessions may tell.

    before: ``run.json``. Sessions of earlier versions say less than the engine that answered last does there.
    """
    found: list[Had] = []
    engines: Iterable[Mapping[str, Any]] = (part_of(each, "engine") for each in (before, *before.get("sessions", ())))
    for told in filter(None, engines):
        one = Had(tuple(told.get("changes", ())), _facts(told))
        if known := one.among(found):
            found.remove(known)
            one = replace(one, facts={**known.facts, **one.facts})
        found.append(one)
    return found


def rendering_as(begun: Mapping[str, Any], config: RunConfig) -> RunConfig:
    """The config of a run that goes on. One whose prompts were rendered here goes on so, at a given server too."""
    engine = config.engine
    if engine.kind == "server" and engine.rendering == "auto" and begun.get("chat_template_sha256"):
        return replace(config, engine=replace(engine, rendering="client"))
    return config


def taken_over(
    manifest: Mapping[str, Any], now: Mapping[str, Any], engine: EngineConfig
) -> tuple[Mapping[str, Any], list[str]]:
    """The identity under which a run goes on, and in words how its engine differs from what it was begun with.

    manifest: ``run.json``; empty for a new run. now: its identity as it is asked for. What differs and may not is left
    in it, for the store to refuse. Raises UsageError where only the engine differs in what may change numbers, and that
    is not accepted and never was.
    """
    begun = part_of(manifest, "identity")
    before, after = part_of(begun, "engine"), part_of(now, "engine")
    if not before or before.get("kind") not in PLACES or after.get("kind") not in PLACES:
        return now, []
    moved = {**now, "engine": _elsewhere(before, after, given=bool(engine.base_url))}
    opened = {**moved, "engine": before, "chat_template_sha256": _either(begun, now, "chat_template_sha256")}
    found = differences(begun, moved)
    if not found or differences(begun, opened):
        return moved, []
    if not engine.accept_change and tuple(found) not in {each.changes for each in engines_had(manifest)}:
        raise _not_accepted(found)
    return begun, found


def _not_accepted(found: Sequence[str]) -> UsageError:
    return UsageError(f"the run was begun with another engine ({'; '.join(found)}); {ACCEPT}")


def _elsewhere(before: Mapping[str, Any], after: Mapping[str, Any], *, given: bool) -> dict[str, Any]:
    """An engine as identity has it, its place as it was before. given: it is a server that runs already."""
    theirs, ours = ({name.replace("-", "_"): value for name, value in each["args"].items()} for each in (before, after))
    free = (*ROOM, *(TOLD if given or (before["kind"] == "server" and not theirs) else ()))
    kept = {name: value for name, value in theirs.items() if name in free}
    args = {**{name: value for name, value in ours.items() if name not in free}, **kept}
    # As they were written, where nothing else is different.
    args = before["args"] if args == theirs else args
    return {**after, "kind": before["kind"], "rendering": before["rendering"], "args": args}


def _either(begun: Mapping[str, Any], now: Mapping[str, Any], name: str) -> Any:
    """A value that only one of both knows counts as unchanged."""
    known = [each.get(name) for each in (begun, now)]
    return begun.get(name) if None in known else now.get(name)


def accepted(
    before: Mapping[str, Any], changes: Sequence[str], told: Mapping[str, Any], engine: EngineConfig
) -> list[str]:
    """In words, how an engine that has started differs from those that the run had, where that is accepted.

    before: ``run.json``; empty for a new run. changes: what ``taken_over`` found. told: as the engine describes itself.
    Raises UsageError where it says that it is another one, and that is not accepted and never was.
    """
    known, now = engines_had(before), Had(tuple(changes), _facts(told))
    alike = [each for each in known if each.changes == now.changes] or known
    found = [] if not known or now.among(known) else alike[-1].until(now)
    if found and not engine.accept_change:
        raise _not_accepted(found)
    return [f"{ACCEPTED}: {each}" for each in (*changes, *found)]


def other_toolchains(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """In words, where programs are judged with other toolchains than in earlier sessions. Both: ``run.json``."""
    then, here = part_of(before, "toolchains"), part_of(now, "toolchains")
    differ = [
        f"{name} {then[name]} -> {here[name]}" for name in sorted(then) if here.get(name, then[name]) != then[name]
    ]
    return [f"answers were judged with several toolchains ({', '.join(differ)})"] if differ else []


def _facts(told: Mapping[str, Any]) -> dict[str, str]:
    return {name: said for name in FACTS if (said := _fact(told, name))}


def _fact(told: Mapping[str, Any], name: str) -> str:
    """A fact as engines of all kinds have it: without the name of a build; empty where it is not said."""
    value = told.get(name) or part_of(told, "arguments").get(name) or ""
    return str(value).partition("+")[0].removeprefix("torch.")
