"""What there is: tasks, their prompts, and what this machine can run."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from qwen3_eval import data, sandbox
from qwen3_eval.aligned import columns
from qwen3_eval.data import mirror
from qwen3_eval.languages import (
    FURTHER_KIN,
    KIN,
    ROMANISED,
    Language,
    SpokenBy,
    find_language,
    known_languages,
    qwen3_languages,
    spoken_by,
)
from qwen3_eval.money import JudgeWork, TokenPrice, asked_about, in_millions
from qwen3_eval.prepare.asked import task_sampling
from qwen3_eval.prepare.fitting import fit_shown, parts_of
from qwen3_eval.prepare.shown import ShownModel
from qwen3_eval.prompts import build_prompt, describe_prompt
from qwen3_eval.sandbox import toolchains
from qwen3_eval.task.base import Task
from qwen3_eval.task.fitted import FittedTask
from qwen3_eval.task.judged import Judged
from qwen3_eval.task.registry import Registry
from qwen3_eval.task.source import Fitted, Generated, Source
from qwen3_eval.task.spec import TaskSpec
from qwen3_eval.types import MODES, Doc, JudgeCall, Mode, Prompt, Protocol, Sampling, UsageError

# The model family whose languages are all named.
FIRST = "qwen3"
# How the need of a model that judges is called.
JUDGE = "judge"
SHORT = 80
# Characters of the beginning and of the end of a long prompt.
SHOWN = 1_000
# What stands for an answer where a prompt of a judge is shown.
STAND_IN = "[the answer of the model stands here]"


def task_facts(task: Task, data_dir: Path | None) -> dict[str, Any]:
    """One task as ``qwen3-eval list --json`` prints it; looks at the disk, never at the network."""
    spec = task.spec
    return {
        "name": spec.name,
        "category": spec.category,
        "summary": spec.summary,
        "version": spec.version,
        "suites": list(spec.suites),
        "tables": list(spec.paper.tables) if spec.paper else [],
        "languages": list(spec.languages),
        "docs": size(spec, data_dir),
        "samples": spec.samples,
        "protocols": list(spec.protocols),
        "needs": needs_of(spec),
        "judge": judge_facts(spec, data_dir),
        "long_prompts": long_facts(spec),
        "pinned_by": pinned_by(spec),
        "data": data_at_hand(task, data_dir),
    }


def needs_of(spec: TaskSpec) -> list[str]:
    """What a benchmark cannot be judged without, by name: what the machine must offer, then a model that judges."""
    return [*(need.name for need in spec.needs), *([JUDGE] if spec.judge else ())]


def judge_facts(spec: TaskSpec, data_dir: Path | None) -> dict[str, Any] | None:
    """The judge behind the printed numbers, and what one mode of the whole benchmark asks it; None for no judge."""
    judge, work = spec.judge, judge_work(spec, data_dir)
    if judge is None:
        return None
    whole = {"calls": work.calls, "tokens_in": work.read, "tokens_out": work.written} if work else None
    return {
        "model": judge.model,
        "since": judge.since,
        "prompt": judge.prompt,
        "rule": judge.rule,
        "calls_an_answer": judge.calls,
        "tokens_a_call": list(judge.tokens),
        "whole": whole,
    }


def long_facts(spec: TaskSpec) -> dict[str, Any] | None:
    """What one mode of a whole benchmark of long prompts sends; None for another."""
    if not isinstance(source := spec.source, Fitted):
        return None
    each = parts_of(spec) * source.count if spec.n_docs else None
    return {
        "lengths": list(source.lengths),
        "samples": source.count,
        "prompts": each and each * len(source.lengths),
        "prompt_tokens": each and each * sum(source.lengths),
        "yarn": source.yarn,
    }


def judge_work(spec: TaskSpec, data_dir: Path | None) -> JudgeWork | None:
    """What one mode of the whole benchmark asks the judge; None where there is none, or its size is not known."""
    docs = size(spec, data_dir)
    if spec.judge is None or not docs:
        return None
    return asked_about(docs * spec.samples, spec.judge.calls, spec.judge.tokens)


def data_at_hand(task: Task, data_dir: Path | None) -> str:
    """Where the rows would come from, or what is lacking; ``part of mirror`` also where its examples lack."""
    spec = task.spec
    # Prompts that are fitted are made of the rows of tables.
    fitted = isinstance(spec.source, Fitted)
    found = data.available(tuple(spec.tables.values()) if fitted else spec.source, data_dir)
    if found != "mirror" or not (lacking := data.lacks(task, data_dir, spec.protocols)):
        return found
    return f"{'part of mirror' if 'chat' in spec.protocols else 'no'}: {lacking}"


def size(spec: TaskSpec, data_dir: Path | None) -> int | None:
    """Number of docs, where it can be known without reading the rows."""
    if isinstance(spec.source, Generated):
        return spec.source.count
    if isinstance(spec.source, Fitted):
        return spec.n_docs
    folder = mirror.mirror_dir(data_dir)
    if spec.n_docs is not None or folder is None or data.available(spec.source, data_dir) != "mirror":
        return spec.n_docs
    return sum(mirror.find(folder, source).n_records or 0 for source in spec.sources)


def pinned_by(spec: TaskSpec) -> str:
    """What keeps a task's rows the same: ``seed``, ``revision`` or ``content``, or both of these for its parts."""
    if isinstance(spec.source, Generated | Fitted):
        return "seed"
    return " and ".join(sorted({"revision" if source.revision else "content" for source in spec.sources}, reverse=True))


def list_text(registry: Registry, data_dir: Path | None, price: TokenPrice | None = None) -> Iterator[str]:
    """The table of tasks and the suites, a line each. price: of a judge's tokens."""
    facts = [task_facts(task, data_dir) for task in registry.tasks.values()]
    header = ("task", "category", "tables", "docs", "samples", "needs", "data", "summary")
    rows = [header] + [
        (
            fact["name"],
            fact["category"],
            ",".join(str(table) for table in fact["tables"]) or "-",
            str(fact["docs"] or "-"),
            str(fact["samples"]),
            ",".join(fact["needs"]) or "-",
            fact["data"].partition(":")[0],
            fact["summary"],
        )
        for fact in facts
    ]
    yield from columns(rows)
    yield from _long_text(registry)
    yield from _judged_text(registry, data_dir, price)
    yield ""
    yield "suites:"
    for suite, names in sorted(registry.suites().items()):
        yield f"  {suite}: {', '.join(names)}"


def _long_text(registry: Registry) -> Iterator[str]:
    """What the tasks of long prompts send, a line each."""
    found = [(task.spec.name, facts) for task in registry.tasks.values() if (facts := long_facts(task.spec))]
    if found:
        yield ""
        yield "have long prompts (--lengths, --samples-per-task), in one mode:"
    for name, facts in found:
        lengths = ", ".join(f"{length:,}" for length in facts["lengths"])
        number = f"{facts['prompts']:,}" if facts["prompts"] else "an unknown number of"
        whole = f", {in_millions(facts['prompt_tokens'])} tokens in all" if facts["prompts"] else ""
        yield f"  {name}: {number} prompts of {lengths} tokens{whole}"


def _judged_text(registry: Registry, data_dir: Path | None, price: TokenPrice | None) -> Iterator[str]:
    """What the tasks that need a judge ask it, a line each."""
    specs = [task.spec for task in registry.tasks.values() if task.spec.judge]
    if not specs:
        return
    yield ""
    yield "need a judge (--judge-model), in one mode:"
    for spec in specs:
        work = judge_work(spec, data_dir)
        yield f"  {spec.name}: {work.text(price) if work else 'as many calls as there are answers, of unknown number'}"


def language_facts(registry: Registry, family: str = FIRST) -> list[dict[str, Any]]:
    """Every language with the benchmarks that ask in it, those of Qwen3 first; ``qwen3`` tells them apart.

    A later model family is told apart too: true for a language that it has, None where nobody has published that.
    """
    claimed, named = spoken_by(family), set(qwen3_languages())
    return [
        {**asdict(language), **_claims(family, claimed, language in named), "tasks": tasks_in(registry, language)}
        for language in known_languages()
    ]


def _claims(family: str, claimed: SpokenBy, named: bool) -> dict[str, bool | None]:
    return {FIRST: named, **({} if claimed.named else {family: named or None})}


def languages_json(registry: Registry, family: str = FIRST) -> dict[str, Any]:
    """What ``qwen3-eval languages --json`` prints; where no list names all languages of a family, what is missing."""
    found: dict[str, Any] = {"languages": language_facts(registry, family)}
    claimed = spoken_by(family)
    if claimed.named:
        return found
    return found | {
        "model_family": {**asdict(claimed), "known_by_name": len(qwen3_languages()), "unnamed": claimed.unnamed},
        "not_asked": {name: [each.tag for each in lacking] for name, lacking in not_asked(registry, claimed)},
        "one_to_the_identifier": [list(kin) for kin in (*KIN, *FURTHER_KIN)],
        "unknown_to_the_identifier": [find_language(code).tag for code in ROMANISED],
    }


def not_asked(registry: Registry, claimed: SpokenBy) -> Iterator[tuple[str, list[Language]]]:
    """For each task of a family's suite of languages, those that are known and that it does not ask in."""
    for name in registry.suites().get(f"languages-{claimed.count}", ()):
        asked = registry.get(name).spec.languages
        yield name, [language for language in known_languages() if language.tag not in asked]


def tasks_in(registry: Registry, language: Language) -> list[str]:
    """Names of the benchmarks that ask in a language; demonstrations are none."""
    specs = [task.spec for task in registry.tasks.values()]
    return [spec.name for spec in specs if language.tag in spec.languages and spec.category != "demo"]


def languages_text(registry: Registry, family: str = FIRST) -> Iterator[str]:
    """The languages of Qwen3 by FLORES-200 code, a line each, and the others that some benchmark asks in.

    Of a family whose languages no list names, also what is not known, and what of the others cannot be asked or told.
    """
    claimed = spoken_by(family)
    facts = sorted(language_facts(registry, family), key=lambda fact: str(fact["flores"]))
    named = [fact for fact in facts if fact[FIRST]]
    further = [fact for fact in facts if not fact[FIRST] and fact["tasks"]]
    header = ("code", "tag", "language", "family", "script", "tasks")
    yield from columns([header, *map(_language_row, named)])
    yield ""
    yield f"{sum(bool(fact['tasks']) for fact in named)} of the {len(named)} languages that Qwen3 names are asked in"
    if not claimed.named:
        yield (
            f"{claimed.title} speaks of {claimed.count} languages and dialects, these {len(named)} among them; no list "
            f"of the {claimed.unnamed} others has been published ({claimed.source})"
        )
    if further:
        yield "in other languages and romanised variants:"
        yield from columns(list(map(_language_row, further)))
    if not claimed.named:
        yield from _missing(registry, claimed)


def _missing(registry: Registry, claimed: SpokenBy) -> Iterator[str]:
    """What the suite of a family's languages does not ask, and what the identifier cannot tell, a line each."""
    asked = {tag for task in registry.tasks.values() for tag in task.spec.languages}
    yield f"no task asks in: {_named(language for language in known_languages() if language.tag not in asked)}"
    for name, lacking in not_asked(registry, claimed):
        yield f"{name} does not ask in: {_named(lacking)}"
    alike = [_named(map(find_language, kin)) for kin in (*KIN, *FURTHER_KIN)]
    yield f"the identifier cannot tell apart: {'; '.join(alike)}"
    yield f"the identifier does not know: {_named(map(find_language, ROMANISED))}"


def _named(languages: Iterable[Language]) -> str:
    return ", ".join(language.name for language in languages) or "none"


def _language_row(fact: dict[str, Any]) -> tuple[str, ...]:
    words = [str(fact[name]) for name in ("flores", "tag", "name", "family", "script")]
    return (*words, ", ".join(fact["tasks"]) or "-")


def show_text(
    task: Task, data_dir: Path | None, model: ShownModel | None, price: TokenPrice | None = None
) -> Iterator[str]:
    """One prompt per mode, the settings, the reference and its deviations; of a judge one prompt of each kind.

    model: renders the prompts with its chat template, in the modes that it has; None shows the messages. price: of a
    judge's tokens.
    """
    spec = task.spec
    yield f"{spec.name} (version {spec.version}): {spec.summary}"
    yield f"reference: {spec.reference}"
    yield from (f"data: {text}" for text in source_texts(spec))
    yield f"samples: {spec.samples}, max tokens: {spec.max_tokens}, answer tokens under a budget: {spec.answer_tokens}"
    yield from judge_texts(spec, data_dir, price)
    for text in spec.deviations or ("none",):
        yield f"deviation: {text}"
    if isinstance(spec.source, Fitted) and model is None:
        yield "no prompt: they are fitted in tokens of the model that is asked; name one with --model"
        return
    doc = _first_doc(task, data_dir, model)
    for name in spec.prompts:
        yield f"prompt {name.name}, version {name.version} ({name.source}): {name}"
    shots = data.Shots(task, data_dir)
    for protocol in spec.protocols:
        if lacking := data.lacks(task, data_dir, (protocol,)):
            yield from ("", f"--- {protocol}: no prompt, because {lacking}")
            continue
        examples = shots.of(doc) if protocol == "base" else ()
        for mode in _modes(protocol, model):
            prompt = build_prompt(task, doc, protocol, examples, mode)
            rendered = model.renderer.render(prompt, mode) if model else describe_prompt(prompt, mode)
            said = _sampling_text((model.sampling if model else task_sampling)(task, mode, protocol))
            yield ""
            yield f"--- {protocol}, {mode}: {said}, doc {doc.id}, target {_target(task, doc)}"
            yield _folded(rendered.text) if isinstance(task, FittedTask) else rendered.text
            yield from _ending(prompt)
    if isinstance(task, Judged):
        yield from _asked_of_judge(task, doc)


def _first_doc(task: Task, data_dir: Path | None, model: ShownModel | None) -> Doc:
    """The first question, as it is asked; of long prompts one of the first length, in tokens of the model.

    Raises UsageError where there is none.
    """
    if isinstance(task, FittedTask) and model is not None:
        fit_shown(task, model.renderer)
        doc = next(iter(data.read(task, data_dir).docs), None)
    else:
        doc = next(data.docs(task, data_dir), None)
    if doc is None:
        raise UsageError(f"the dataset of {task.spec.name} has no rows")
    return task.filled(task.for_sample(doc, 0))


def _folded(text: str) -> str:
    """A long text with its middle left out."""
    left = len(text) - 2 * SHOWN
    return text if left <= SHOWN else f"{text[:SHOWN]}\n[... {left:,} characters ...]\n{text[-SHOWN:]}"


def _target(task: Task, doc: Doc) -> str:
    """What answers are compared with; the beginning of a text that a judge compares them with."""
    text = repr(doc.target)
    return text if not isinstance(task, Judged) or len(text) <= SHORT else f"{text[:SHORT]}..."


def judge_texts(spec: TaskSpec, data_dir: Path | None = None, price: TokenPrice | None = None) -> Iterator[str]:
    """Who judged behind the printed numbers, how that is known, how it is asked, and what that takes, a line each."""
    judge = spec.judge
    if judge is None:
        return
    yield f"judge: {judge.model} behind the printed numbers ({judge.since})"
    limit = "no limit of its own" if judge.max_tokens is None else f"at most {judge.max_tokens:,} tokens a reply"
    again = f", asked at most {judge.attempts} times where a reply cannot be read" if judge.attempts > 1 else ""
    yield (
        f"judge: prompt version {judge.prompt}, parse rule version {judge.rule}, {limit}{again}; "
        f"{_sampling_text(judge.sampling)}"
    )
    yield f"judge: {asked_about(1, judge.calls, judge.tokens).text()} an answer, as measured"
    if work := judge_work(spec, data_dir):
        yield f"judge: {work.text(price)} for all answers in one mode"


def _asked_of_judge(task: Judged, doc: Doc) -> Iterator[str]:
    """What a judge is asked about a stand-in answer: of calls that are numbered, the first."""
    kinds: dict[str, list[JudgeCall]] = {}
    for call in task.calls(doc, STAND_IN):
        kinds.setdefault(re.split(r"\d", call.name)[0], []).append(call)
    for first, *more in kinds.values():
        yield ""
        alike = f", and likewise {', '.join(call.name for call in more)}" if more else ""
        yield f"--- the judge, {first.name}{alike}: doc {doc.id}"
        yield describe_prompt(first.prompt, "non-thinking").text


def _modes(protocol: Protocol, model: ShownModel | None) -> Sequence[Mode]:
    if protocol != "chat":
        return MODES[1:]
    return model.renderer.profile.thinking.modes if model else MODES


def _ending(prompt: Prompt) -> Iterator[str]:
    if prompt.stop:
        yield f"--- ends before: {', '.join(map(repr, prompt.stop))}"
    if prompt.choices:
        yield f"--- the likeliest of: {', '.join(map(repr, prompt.choices))}"


def source_texts(spec: TaskSpec) -> list[str]:
    """Where a task's rows come from, a line a dataset, in words."""
    if isinstance(spec.source, Generated):
        return [f"{spec.source.count} docs drawn with seed {spec.source.seed}"]
    if isinstance(spec.source, Fitted):
        lengths = ", ".join(f"{length:,}" for length in spec.source.lengths)
        return [
            f"prompts fitted to {lengths} tokens, {spec.source.count} of each part, drawn with seed {spec.source.seed}"
        ]
    return [_source_text(parts) for parts in datasets_of(spec)]


def datasets_of(spec: TaskSpec) -> list[list[Source]]:
    """The sources of a task, those together that are configurations of one dataset."""
    found: dict[Source, list[Source]] = {}
    for source in spec.sources:
        found.setdefault(replace(source, configs=(), mirror="", n_rows=0), []).append(source)
    return list(found.values())


def _source_text(parts: list[Source]) -> str:
    source, named = parts[0], [config for part in parts for config in part.configs]
    pin = f"revision {source.revision}" if source.revision else f"content sha256 {source.sha256}"
    configs = f"{len(named)} configurations" if len(named) > 1 else source.config or "".join(named)
    path = ", ".join(source.composed.files) if source.composed else source.path
    return " ".join(part for part in (source.repo, configs, path, source.split, pin) if part)


def _sampling_text(sampling: Sampling) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(sampling).items())


def doctor_text(registry: Registry, data_dir: Path | None) -> Iterator[str]:
    """What this machine can run, a line each."""
    yield _line("vllm", _has("vllm"), "make setup")
    yield _line("GPU", bool(_gpus()), "none found; vLLM runs on the CPU", found=", ".join(_gpus()))
    for way, reason, found in sandbox.ways():
        yield _line(f"sandbox {way}", reason is None, reason or "", found=found)
    yield _line("chromium", shutil.which("chromium") is not None, "not on PATH", found=shutil.which("chromium") or "")
    for language in toolchains.TOOLS:
        tools = toolchains.lacking_tools(language)
        otherwise = f"no {', no '.join(tools)}; run `make toolchains`"
        yield _line(f"programs in {language}", not tools, otherwise, found=toolchains.version(language))
    for need in registry.needs():
        if need.title:
            yield _line(need.title, not need.missing(), need.missing(), found=need.found())
    folder = mirror.mirror_dir(data_dir)
    yield _line("data mirror", folder is not None, "none given; rows come from the hub", found=str(folder))


def _line(name: str, good: bool, otherwise: str, found: str = "") -> str:
    return f"{'ok' if good else '--'}  {name}: {(found or 'here') if good else otherwise}"


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _gpus() -> list[str]:
    return sorted(str(path) for path in Path("/dev").glob("nvidia[0-9]*"))
