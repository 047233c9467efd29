"""A run that has been checked and planned as a whole, and has asked nothing yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from qwen3_eval.config import RunConfig
from qwen3_eval.engines import create_engine, engine_class
from qwen3_eval.engines.base import Engine
from qwen3_eval.families import Profile, Recognised, named, reader_of
from qwen3_eval.families.profile import BudgetWay
from qwen3_eval.prepare import manifest, modes, room, selection
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prepare.decoding import Decoding, decoded, decoding_of, of_late
from qwen3_eval.prepare.deviations import deviations, of_calls
from qwen3_eval.prepare.family import check_family, check_given
from qwen3_eval.prepare.model import known_family, located, renderer_of, settle_protocol
from qwen3_eval.prepare.omissions import omissions
from qwen3_eval.prepare.plan import Plan, make_plan
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.prompts import Renderer
from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.records.omissions import Omission, read_omissions, sentences, skipped
from qwen3_eval.records.store import Store
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.toolcalls import CallFormat
from qwen3_eval.types import MODES, Mode, Protocol, UsageError


@dataclass(frozen=True)
class Prepared:
    """Config and tasks, settled: what is asked and what is not, of what, and what ``run.json`` says.

    manifest: as it is before the engine starts. found: the family of the model, as far as it is known.
    """

    config: RunConfig
    run_dir: Path
    asked: tuple[Asked, ...]
    omitted: tuple[Omission, ...]
    engine: Engine
    renderer: Renderer | None
    plan: Plan
    manifest: Mapping[str, Any]
    found: Recognised | None = None

    @cached_property
    def store(self) -> Store:
        """What writes the folder, and reads it when all is done."""
        return Store(self.run_dir)

    @property
    def profile(self) -> Profile | None:
        """The family of the model; None where nothing is known of it, because a server renders or nobody answers."""
        return self.found.profile if self.found else None

    @property
    def call_format(self) -> CallFormat | None:
        """How the model's family writes calls; None where that is not known."""
        stated = self.profile.calls.format if self.profile else "unknown"
        return None if stated == "unknown" else stated

    def as_before(self, before: Mapping[str, Any]) -> Prepared:
        """The same with what an earlier session heard from its engine: the family, and modes that were left out.

        before: the manifest of the run so far.
        """
        name = (before.get("family") or {}).get("name")
        found = Recognised(named(name), "it was found before") if name and not self.found else self.found
        listed = [each for each in read_omissions(before) if each.why in ("mode", "task") and each not in self.omitted]
        more = tuple(each for each in listed if any(each.task == asked.name for asked in self.asked))
        narrowed, places = {each.task for each in more}, _places(before.get("plan", ()))
        left = (each.at(places) if each.name in narrowed else each for each in self.asked)
        return self._knowing(found, (each for each in left if each.conditions), more)

    async def with_engine(self) -> Prepared:
        """The same with what an engine that has started says of its model.

        Raises UsageError where it cannot be asked in the modes that were asked for, and where a run that goes on was
        begun with a model of another family.
        """
        found = await self._family_of_engine()
        self.engine.family = found
        if self.found is None or self.resumed:
            self.engine.reader = reader_of(found)
        check_given(self.config, found, await self.engine.template())
        narrowed = modes.of_model(Selection(self.config, self.asked), found, await self.engine.two_prompts())
        narrowed = await modes.shown_by(narrowed, self.engine)
        known = self._knowing(found, narrowed.asked, narrowed.omitted)
        late = [] if self.found else of_late(self.config, found)
        return replace(known, manifest=manifest.with_deviations(known.manifest, late))

    def _knowing(self, found: Recognised | None, left: Iterable[Asked], more: tuple[Omission, ...]) -> Prepared:
        """The same with a family, and without what was left out for it."""
        asked = tuple(left)
        kept = {(each.name, one.protocol, one.mode) for each in asked for one in each.conditions}
        plan = Plan(tuple(group for group in self.plan.groups if group.place in kept))
        told = {**self.manifest, "plan": plan.describe()} if more else self.manifest
        told = manifest.with_omissions(told, more)
        told["skipped"] = {**told.get("skipped", {}), **skipped(more)}
        if found is not None:
            told = {**told, "family": found.describe(), **reader_of(found).describe()}
            told = manifest.with_deviations(told, of_calls(found, asked))
        return replace(self, asked=asked, omitted=(*self.omitted, *more), plan=plan, manifest=told, found=found)

    async def _family_of_engine(self) -> Recognised | None:
        """What is known already goes before what the engine says, and a run that goes on asks as it began."""
        told = None if self.found and not self.resumed else await self.engine.recognised()
        found = self.found if self.found or self.resumed else told
        if found and told and told.profile.name != found.profile.name:
            begun = f"this run was begun with a model of family {found.profile.name}"
            raise UsageError(f"{begun}, and the server has one of {told.profile.name} now; use another --run-dir")
        return found

    @property
    def budget_way(self) -> BudgetWay:
        """What a thinking budget does with this model."""
        return "cut" if self.profile is None else self.profile.budget.way

    @property
    def resumed(self) -> bool:
        """Whether the folder holds this run already, as far as it came."""
        return (self.run_dir / MANIFEST).is_file()


def prepare(config: RunConfig, run_dir: Path, engine: Engine | None = None) -> Prepared:
    """Checks a request as a whole and plans it; writes nothing. Raises UsageError.

    engine: given by tests; else made from the config.
    """
    kind = type(engine) if engine else engine_class(config.engine.kind)
    location = located(config, kind)
    chosen = selection.choose(settle_protocol(config, location, kind), load_tasks(config.tasks_dir))
    chosen = selection.able(selection.with_data(selection.speaking(chosen))).settled()
    config, asked = chosen.config, chosen.asked
    engine = engine or create_engine(config)
    renderer = None if engine.renders else renderer_of(config, location)
    chosen, decoding = fitted(chosen, renderer)
    config, asked = chosen.config, chosen.asked
    found = known_family(config, renderer)
    engine.reader = reader_of(found)
    if renderer is None:
        check_given(config, found)
    room.check_budgets(config, engine, renderer)
    room.check_stated(config, kind.stated_context(config))
    identity = manifest.identity(config, asked, renderer) | decoding.identity()
    Store.check(run_dir, {"identity": identity})
    plan, omitted = make_plan(asked, identity), (*chosen.omitted, *omissions(asked))
    notes = [
        *deviations(config, asked, omitted),
        *of_calls(found, asked),
        *room.of_budgets(config, renderer),
        *decoding.notes(),
    ]
    content = manifest.build(config, asked, identity, plan.describe(), notes) | engine.reader.describe()
    content["skipped"] = skipped(chosen.omitted)
    content["sampling"] = decoding.describe()
    if found is not None:
        content["family"] = found.describe()
    content |= told(asked, omitted)
    content["omissions"] = [each.as_json() for each in omitted]
    return Prepared(config, run_dir, asked, omitted, engine, renderer, plan, content, found)


def fitted(chosen: Selection, renderer: Renderer | None) -> tuple[Selection, Decoding]:
    """The selection as the model can be asked, and whose decoding parameters it takes.

    renderer: None where the model's files are not at hand. Raises UsageError for what it cannot be asked.
    """
    found = known_family(chosen.config, renderer)
    if renderer is not None and any(each.asks_in(MODES) for each in chosen.asked):
        check_family(renderer, cut=bool(chosen.config.budgets))
        chosen = modes.of_model(chosen, found, modes.two_prompts(renderer))
        chosen = modes.showing_functions(chosen, renderer).settled()
    elif found is not None:
        chosen = modes.of_model(chosen, found, None)
    decoding = decoding_of(chosen.config, found)
    return decoded(chosen, decoding), decoding


def told(asked: tuple[Asked, ...], omitted: tuple[Omission, ...]) -> dict[str, Any]:
    """What the manifest says beside all that the run depends on."""
    return {
        "lacking": sentences(omitted),
        "toolchains": manifest.toolchains_of(asked),
        "ladders": manifest.ladders(asked),
    }


def _places(plan: Iterable[Mapping[str, Any]]) -> set[tuple[str, Protocol, Mode]]:
    """Of the groups that a manifest lists."""
    return {(each["task"], each["protocol"], each["mode"]) for each in plan}
