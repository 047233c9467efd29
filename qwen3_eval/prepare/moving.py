"""Where a run is answered may change while it goes on; what decides its answers may not.

A run keeps the identity under which it began, and with it the keys of its records. An engine of the same model in
another place takes that identity over. What may change numbers (precision, quantisation, vLLM's version) is refused
unless it is accepted, and then stands among the run's deviations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
ACCEPTED = "answers come from engines that differ (--accept-engine-change)"
ACCEPT = "give the same settings, or go on all the same with --accept-engine-change, which marks the run"


def identity_of(run_dir: Path) -> Mapping[str, Any]:
    """The identity under which the run in a folder began; empty where there is none."""
    return open_manifest(run_dir).identity_json if (run_dir / MANIFEST).is_file() else {}


def rendering_as(begun: Mapping[str, Any], config: RunConfig) -> RunConfig:
    """The config of a run that goes on. One whose prompts were rendered here goes on so, at a given server too."""
    engine = config.engine
    if engine.kind == "server" and engine.rendering == "auto" and begun.get("chat_template_sha256"):
        return replace(config, engine=replace(engine, rendering="client"))
    return config


def taken_over(
    begun: Mapping[str, Any], now: Mapping[str, Any], engine: EngineConfig
) -> tuple[Mapping[str, Any], list[str]]:
    """The identity under which a run goes on, and in words what was accepted.

    begun: the identity under which it began; empty for a new run. now: its identity as it is asked for. What differs
    and may not is left in it, for the store to refuse. Raises UsageError where only the engine differs in what may
    change numbers, and that is not accepted.
    """
    before, after = part_of(begun, "engine"), part_of(now, "engine")
    if not before or before.get("kind") not in PLACES or after.get("kind") not in PLACES:
        return now, []
    moved = {**now, "engine": _elsewhere(before, after, given=bool(engine.base_url))}
    opened = {**moved, "engine": before, "chat_template_sha256": _either(begun, now, "chat_template_sha256")}
    found = differences(begun, moved)
    if not found or differences(begun, opened):
        return moved, []
    if not engine.accept_change:
        raise UsageError(f"the run was begun with another engine ({'; '.join(found)}); {ACCEPT}")
    return begun, [f"{ACCEPTED}: {each}" for each in found]


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


def facts_accepted(before: Mapping[str, Any], now: Mapping[str, Any], engine: EngineConfig) -> list[str]:
    """In words, what engines that have started say of themselves and differ in, where that is accepted.

    before: as the engine of the last session described itself; empty for a new run. Raises UsageError where it is not
    accepted.
    """
    pairs = [(name, _fact(before, name), _fact(now, name)) for name in FACTS]
    found = [f"{name}: {old} -> {new}" for name, old, new in pairs if old and new and old != new]
    if found and not engine.accept_change:
        raise UsageError(f"the run was begun with another engine ({'; '.join(found)}); {ACCEPT}")
    return [f"{ACCEPTED}: {each}" for each in found]


def _fact(told: Mapping[str, Any], name: str) -> str:
    """A fact as engines of all kinds have it: without the name of a build; empty where it is not said."""
    value = told.get(name) or part_of(told, "arguments").get(name) or ""
    return str(value).partition("+")[0].removeprefix("torch.")
