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
from qwen3_eval.families import UNKNOWN, Profile, Recognised, named, reader_of
from qwen3_eval.prepare import manifest, modes, moving, room, rooms, selection, switches
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prepare.decoding import decoded, decoding_of, of_late
from qwen3_eval.prepare.deviations import deviations, of_calls
from qwen3_eval.prepare.family import check_family, check_given
from qwen3_eval.prepare.fitting import fit
from qwen3_eval.prepare.judge import Judge, judge_identity, judge_of, judged_only
from qwen3_eval.prepare.model import base_because, known_family, located, renderer_of, settle_protocol
from qwen3_eval.prepare.omissions import omissions
from qwen3_eval.prepare.plan import Plan, make_plan
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.prompts import Renderer
from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.records.manifest import part_of
from qwen3_eval.records.omissions import Omission, read_omissions, skipped
from qwen3_eval.records.store import Store
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.toolcalls import CallFormat
from qwen3_eval.types import MODES, Mode, Protocol, UsageError


@dataclass(frozen=True)
class Prepared:
    """Config and tasks, settled: what is asked and what is not, of what, and what ``run.json`` says.

    manifest: as it is before the engine starts. family: of the model; None where nothing is known of it, because a
    server renders or nobody answers. judge: None where no task needs one. changes: how the engine that is asked for
    differs from the one that the run was begun with, all accepted.
    """

    config: RunConfig
    run_dir: Path
    asked: tuple[Asked, ...]
    omitted: tuple[Omission, ...]
    engine: Engine
    renderer: Renderer | None
    plan: Plan
    manifest: Mapping[str, Any]
    family: Recognised | None = None
    judge: Judge | None = None
    changes: tuple[str, ...] = ()

    @cached_property
    def store(self) -> Store:
        """What writes the folder, and reads it when all is done."""
        return Store(self.run_dir)

    @property
    def profile(self) -> Profile:
        """What is different in the model's family."""
        return self.family.profile if self.family else UNKNOWN

    @property
    def call_format(self) -> CallFormat | None:
        """How the model's family writes calls; None where that is not known."""
        stated = self.profile.calls.format
        return None if stated == "unknown" else stated

    def as_before(self, before: Mapping[str, Any]) -> Prepared:
        """The same with what an earlier session heard from its engine: the family, and modes that were left out.

        before: the manifest of the run so far.
        """
        name = (before.get("family") or {}).get("name")
        family = Recognised(named(name), "it was found before") if name and not self.family else self.family
        listed = [each for each in read_omissions(before) if each.why in ("mode", "task") and each not in self.omitted]
        more = tuple(each for each in listed if any(each.task == asked.name for asked in self.asked))
        narrowed, places = {each.task for each in more}, _places(before.get("plan", ()))
        left = (each.at(places) if each.name in narrowed else each for each in self.asked)
        return self._knowing(family, (each for each in left if each.conditions), more)

    def on_nodes(self, unable: Mapping[str, str], toolchains: Mapping[str, str]) -> Prepared:
        """The same as the nodes of a cluster judge it.

        unable: why no node can judge a task, in words that follow its name. toolchains: theirs.
        Raises UsageError for such a task as ``Selection.without``, and where a run that goes on has it.
        """
        if unable and self.resumed:
            raise UsageError(_sentence(*next(iter(unable.items()))))
        left = Selection(self.config, self.asked).without(unable, _sentence)
        told = replace(self, manifest={**self.manifest, "toolchains": dict(toolchains)})
        return told._knowing(self.family, left.asked, left.omitted) if unable else told

    def as_judged(self, before: Mapping[str, Any]) -> Prepared:
        """The same with the toolchains that an earlier session judged with, where nothing is left to judge."""
        kept = {name: before[name] for name in ("toolchains",) if name in before}
        return replace(self, manifest={**self.manifest, **kept})

    async def with_engine(self) -> Prepared:
        """The same with what an engine that has started says of its model; nothing of answers that were made elsewhere.

        Raises UsageError where it cannot be asked in the modes that were asked for, and where a run that goes on was
        begun with a model of another family.
        """
        if self.engine.elsewhere:
            return self
        family = await self._family_of_engine()
        self.engine.take(family)
        chosen = Selection(self.config, self.asked)
        check_given(chosen, family, await self.engine.template())
        chosen = modes.narrowed(chosen, family, await self.engine.two_prompts())
        chosen = await modes.shown_by(chosen, self.engine)
        chosen = await switches.seen_through(chosen, self.engine, family)
        known = self._knowing(family, chosen.asked, chosen.omitted)
        late = [] if self.family else of_late(self.config, family)
        return replace(known, manifest=manifest.with_deviations(known.manifest, late))

    async def _family_of_engine(self) -> Recognised | None:
        """What is known already goes before what the engine says, and a run that goes on asks as it began."""
        told = None if self.family and not self.resumed else await self.engine.recognised()
        family = self.family if self.family or self.resumed else told
        if family and told and told.profile.name != family.profile.name:
            begun = f"this run was begun with a model of family {family.profile.name}"
            raise UsageError(f"{begun}, and the server has one of {told.profile.name} now; use another --run-dir")
        return family

    def _knowing(self, family: Recognised | None, left: Iterable[Asked], more: tuple[Omission, ...]) -> Prepared:
        """The same with a family, and without what was left out for it."""
        asked = tuple(left)
        kept = {(each.name, one.protocol, one.mode) for each in asked for one in each.conditions}
        plan = Plan(tuple(group for group in self.plan.groups if group.place in kept))
        told = {**self.manifest, "plan": plan.describe()} if more else self.manifest
        told = {**told, "skipped": {**told.get("skipped", {}), **skipped(more)}}
        told = {**manifest.with_omissions(told, more), **manifest.of_model(family, reader_of(family))}
        told = manifest.with_deviations(told, of_calls(family, asked))
        return replace(self, asked=asked, omitted=(*self.omitted, *more), plan=plan, manifest=told, family=family)

    @property
    def resumed(self) -> bool:
        """Whether the folder holds this run already, as far as it came."""
        return (self.run_dir / MANIFEST).is_file()


def prepare(
    config: RunConfig, run_dir: Path, engine: Engine | None = None, judge_engine: Engine | None = None
) -> Prepared:
    """Checks a request as a whole and plans it; writes nothing. Raises UsageError.

    engine, judge_engine: given by tests; else made from the config.
    """
    before = moving.manifest_in(run_dir)
    config = moving.rendering_as(part_of(before, "identity"), config)
    kind = type(engine) if engine else engine_class(config.engine.kind)
    location = located(config, kind)
    because = base_because(config, location, kind)
    chosen = selection.choose(settle_protocol(config, location, kind), load_tasks(config.tasks_dir), because)
    chosen = switches.unbudgeted(chosen)
    chosen = selection.able(selection.with_data(judged_only(selection.speaking(chosen)))).settled()
    chosen, long = rooms.admitted(chosen, kind, location)
    engine = engine or create_engine(chosen.config)
    renderer = None if engine.renders else long.renderer or renderer_of(chosen.config, location)
    family = known_family(chosen.config, renderer)
    engine.take(family)
    chosen = switches.switching(fitted(chosen, family, renderer), family, renderer).settled()
    decoding = decoding_of(chosen.config, family)
    chosen, unkept = rooms.kept_budgets(decoded(chosen, decoding), renderer)
    chosen = rooms.check_rendering(chosen, engine).settled()
    config, asked = chosen.config, chosen.asked
    check_given(chosen, family)
    room.check_budgets(config, engine, renderer)
    room.check_stated(config, kind.stated_context(config))
    fitting = fit(chosen, long, engine)
    judge = judge_of(config, asked, engine, judge_engine)
    identity = manifest.identity(config, asked, renderer) | decoding.identity() | judge_identity(judge, asked)
    kept, changes = moving.taken_over(before, identity, config.engine)
    Store.check(run_dir, {"identity": kept})
    plan, omitted = make_plan(asked, kept), (*chosen.omitted, *omissions(asked))
    notes = [
        *deviations(config, asked, omitted),
        *of_calls(family, asked),
        *room.of_budgets(asked, renderer),
        *unkept,
        *fitting,
        *decoding.notes(),
        *(judge.deviations(asked) if judge else ()),
    ]
    content = {
        **manifest.build(config, asked, kept, plan.describe(), notes),
        **manifest.of_tasks(asked, omitted),
        **manifest.of_model(family, engine.reader),
        "sampling": decoding.describe(),
        "skipped": skipped(chosen.omitted),
        **judge_identity(judge, asked),
        **long.describe(),
    }
    return Prepared(config, run_dir, asked, omitted, engine, renderer, plan, content, family, judge, tuple(changes))


def fitted(chosen: Selection, family: Recognised | None, renderer: Renderer | None) -> Selection:
    """The selection as the model can be asked.

    renderer: None where the model's files are not at hand. Raises UsageError for what it cannot be asked.
    """
    if renderer is None:
        return chosen if family is None else modes.narrowed(chosen, family, None)
    if not any(each.asks_in(MODES) for each in chosen.asked):
        return chosen
    check_family(renderer, cut=bool(chosen.config.budgets))
    chosen = modes.narrowed(chosen, family, modes.two_prompts(renderer))
    return modes.showing_functions(chosen, renderer).settled()


def _sentence(name: str, why: str) -> str:
    return f"{name} {why}"


def _places(plan: Iterable[Mapping[str, Any]]) -> set[tuple[str, Protocol, Mode]]:
    """Of the groups that a manifest lists."""
    return {(each["task"], each["protocol"], each["mode"]) for each in plan}
