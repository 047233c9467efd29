"""``run`` and ``score``: a model, or responses made elsewhere, to scores."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from qwen3_eval.cli import interrupts
from qwen3_eval.cli.arguments import (
    add_cluster,
    add_command,
    add_data_dir,
    add_engine,
    add_judge,
    add_judge_price,
    add_languages_choice,
    add_long,
    add_patience,
    add_protocol,
    add_sandbox,
    add_shared,
    add_throughput,
    choice,
    count,
    counts,
    judge_config,
    names,
    number,
    on_paper,
    shared_config,
    tasks_at_hand,
    tokens_at_most,
)
from qwen3_eval.cli.report import write_runs
from qwen3_eval.config import (
    DEMO,
    EngineConfig,
    GradersChoice,
    ProtocolChoice,
    RunConfig,
    SandboxChoice,
)
from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.types import MODES, IncompleteError, Mode, Sampling, UsageError

if TYPE_CHECKING:
    from qwen3_eval.money import TokenPrice
    from qwen3_eval.prepare.prepared import Prepared
    from qwen3_eval.records.omissions import Omission
    from qwen3_eval.records.record import RunRecord

# What ``score`` takes for predictions alone, and how it is where nobody gave it.
OF_PREDICTIONS = {
    "task": None,
    "predictions": None,
    "mode": None,
    "protocol": "auto",
    "languages": (),
    "model": "predictions",
    "family": "",
    "draw_seed": None,
    "node_wheels": (),
}
# What vLLM and OpenAI's servers accept.
SAMPLING = {
    "temperature": number(0, 100),
    "top-p": number(1e-9, 1),
    "top-k": tokens_at_most,
    "min-p": number(0, 1),
    "presence-penalty": number(-2, 2),
}


def add_run(commands: Any) -> None:
    """The command ``run``."""
    parser = add_command(commands, "run", _run, "Evaluates a model; run it again with the same --run-dir to resume.")
    add_shared(parser, "model", "family", "template-arg", "sampling")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--tasks", type=names, help="task names, separated by commas")
    what.add_argument("--suite", help="name of a suite of tasks")
    parser.add_argument(
        "--mode",
        type=choice([*MODES, "both"]),
        help="thinking, non-thinking or both; default: those that the model has",
    )
    parser.add_argument("--budgets", type=counts, default=(), help="thinking budgets in tokens, separated by commas")
    add_shared(parser, "stop-text")
    add_protocol(parser, "chat, base (few-shot completion) or both; default: base for a model without chat template")
    add_shared(parser, "samples", "limit")
    parser.add_argument("--limit-per-language", type=count, help="only the first N docs in each language of each task")
    add_languages_choice(parser)
    add_shared(parser, "full", "max-tokens", "answer-tokens", "seed", "draw-seed")
    for name, kind in SAMPLING.items():
        parser.add_argument(f"--{name}", type=kind, help="default: as --sampling says")
    parser.add_argument("--run-dir", type=Path, help="default: results/<model>-<suite>-<time>")
    parser.add_argument("--report", type=Path, nargs="?", const=Path(), help="write an HTML report when done")
    add_sandbox(parser)
    add_engine(parser)
    add_cluster(parser)
    add_judge(parser)
    add_patience(parser)
    add_judge_price(parser)
    add_long(parser)
    parser.add_argument("--dry-run", action="store_true", help="what it would cost; asks no model")
    add_throughput(parser)
    add_data_dir(parser)


def _run_config(args: argparse.Namespace) -> RunConfig:
    registry = tasks_at_hand(args, args.tasks or (), args.suite or "")
    fields = Sampling.__dataclass_fields__
    return replace(
        shared_config(args, args.tasks if args.suite is None else tuple(registry.suite(args.suite))),
        modes=_modes(args),
        budgets=args.budgets,
        protocol=cast(ProtocolChoice, args.protocol),
        limit_per_language=args.limit_per_language,
        languages=args.languages,
        sampling={name: getattr(args, name) for name in fields if getattr(args, name) is not None},
        suite=args.suite or "",
    )


def _modes(args: argparse.Namespace) -> tuple[Mode, ...]:
    """Those that were named; none for those that the model has."""
    return MODES if args.mode == "both" else (cast(Mode, args.mode),) if args.mode else ()


def default_run_dir(config: RunConfig) -> Path:
    """``results/<model>-<suite>-<time>`` below the current folder."""
    model = DEMO if config.model == DEMO else Path(config.model).name
    suite = config.suite or "-".join(config.tasks[:3])
    return Path("results") / f"{model}-{suite}-{datetime.now():%Y%m%d-%H%M%S}"


def _run(args: argparse.Namespace) -> int:
    config = _run_config(args)
    if args.dry_run:
        _price(config, args)
        return 0
    run_dir = args.run_dir or default_run_dir(config)
    record, failure = carry_out(config, run_dir)
    _finish(record, args.report, args.judge_price)
    if failure is not None:
        raise failure
    return 0


def _price(config: RunConfig, args: argparse.Namespace) -> None:
    """Says what a run would cost. Raises UsageError as ``data.docs``."""
    from qwen3_eval.reproduce.makespan import plan_text
    from qwen3_eval.reproduce.price import hours_text, judge_text, price_text, prices, prompts_text
    from qwen3_eval.task.registry import load_tasks

    speed: float | None = args.throughput
    paper = on_paper(args, speed)
    found = list(prices(config, load_tasks(config.tasks_dir), []))
    hours = hours_text(found, speed, f"{speed} tokens a second and GPU") if speed else ()
    priced = *price_text(found), *hours, *plan_text(found, paper)
    for line in (*priced, *prompts_text(found), *judge_text(found, args.judge_price)):
        print(line)
    if args.replicas and not speed:
        print("GPU hours: unknown; give --throughput TOKENS_PER_S")
    if not config.modes:
        print("modes: both, whatever the model has; --mode names one")


def carry_out(config: RunConfig, run_dir: Path) -> tuple[RunRecord, IncompleteError | None]:
    """Does what remains of a run and says what is left out. Raises UsageError.

    Returns the run, and what kept it from its end.
    """
    from qwen3_eval.prepare.prepared import prepare
    from qwen3_eval.run import execute

    prepared = prepare(config, run_dir)
    print(f"run directory: {run_dir}", file=sys.stderr)
    for text in told(prepared.omitted):
        print(text, file=sys.stderr)
    try:
        interrupts.run(execute(prepared), run_dir)
    except IncompleteError as error:
        if isinstance(error, interrupts.Interrupted) or not (run_dir / MANIFEST).is_file():
            raise
        return _told_later(prepared), error
    return _told_later(prepared), None


def _told_later(prepared: Prepared) -> RunRecord:
    """The run; says what turned out to be left out only when its engine had started."""
    record = prepared.store.record()
    for text in told(each for each in record.omissions if each not in prepared.omitted):
        print(text, file=sys.stderr)
    return record


def told(omitted: Iterable[Omission]) -> Iterator[str]:
    """What a run leaves out, a line each; a mode in one line for all tasks."""
    modes: dict[str, list[str]] = {}
    for each in omitted:
        if each.why == "mode":
            modes.setdefault(each.what, []).append(each.task)
        else:
            yield f"{'skipped' if each.why == 'task' else 'left out'}: {each.sentence()}"
    yield from (f"left out: {', '.join(names)}: {what}" for what, names in modes.items())


def _finish(record: RunRecord, report: Path | None, price: TokenPrice | None = None) -> None:
    """Writes and prints the summary. price: of the judge's tokens."""
    from qwen3_eval.measure.cost import judge_cost
    from qwen3_eval.measure.summary import results_text, write_summary

    for line in results_text(write_summary(record), record):
        print(line)
    if spent := judge_cost(record):
        print(spent.text(price))
    print(f"summary: {record.summary_path}")
    if report is not None:
        write_runs([record], report if report != Path() else Path("reports") / f"{record.folder.name}.html")


def add_score(commands: Any) -> None:
    """The command ``score``."""
    text = "Scores responses made elsewhere, or has the answers of a run judged again; no model is asked for answers."
    parser = add_command(commands, "score", _score, text)
    parser.add_argument("--task", help="of the predictions")
    parser.add_argument("--predictions", type=Path, help='JSONL: {"id": …, "sample": 0, "response": "…"}')
    parser.add_argument(
        "--from-run",
        type=Path,
        metavar="RUN",
        help="judge the answers of a run with another judge, all else as the run had it",
    )
    parser.add_argument("--run-dir", type=Path, help="default with --from-run: RUN/judges/<judge>")
    parser.add_argument(
        "--mode",
        type=choice(MODES),
        help="the mode that the responses were made in; default: thinking, if the family has it",
    )
    add_protocol(parser, "the one that the responses were made under; default: chat where the task has it")
    add_languages_choice(parser)
    parser.add_argument("--model", default="predictions", help="name of the model, for the summary and the report")
    parser.add_argument("--family", default="", help="family of the model, whose tags and calls the responses hold")
    add_shared(parser, "draw-seed")
    add_sandbox(parser)
    add_cluster(parser)
    add_judge(parser)
    add_patience(parser)
    add_judge_price(parser)
    add_data_dir(parser)


def _score(args: argparse.Namespace) -> None:
    _finish(_judged_again(args) if args.from_run else _score_all(args), None, args.judge_price)


def _judged_again(args: argparse.Namespace) -> RunRecord:
    """Has the answers of a run judged by another judge; says how many the run does not have."""
    from qwen3_eval.prepare.again import Whereabouts, judge_folder, prepare_again
    from qwen3_eval.records.record import open_run
    from qwen3_eval.run import execute

    given = [name for name, usual in OF_PREDICTIONS.items() if getattr(args, name) != usual]
    if given:
        raise UsageError(
            f"--{given[0].replace('_', '-')} is of --predictions; with --from-run all is as the run had it"
        )
    before = open_run(args.from_run)
    judge = judge_config(_with_judge(args, before))
    assert judge is not None, "one is named"
    run_dir = args.run_dir or judge_folder(args.from_run, judge)
    prepared = prepare_again(before, judge, run_dir, Whereabouts(args.data_dir, args.tasks_dir))
    print(f"run directory: {run_dir}", file=sys.stderr)
    if lacking := prepared.manifest["judged_again"]["lacking"]:
        print(f"left out: {lacking} answers that {args.from_run} does not have", file=sys.stderr)
    interrupts.run(execute(prepared), run_dir)
    return prepared.store.record()


def _with_judge(args: argparse.Namespace, run: RunRecord) -> argparse.Namespace:
    """The arguments with the judge of a run where it is the journal that answers: nothing else needs its name.

    Raises UsageError where no judge is named, and none can be meant.
    """
    found = argparse.Namespace(**vars(args))
    if found.judge_model:
        return found
    if found.judge_url or found.judge_engine not in (None, "replay") or run.manifest.judge is None:
        raise UsageError(
            "--from-run needs a judge: name one with --judge-model (and --judge-url for one that is served)"
        )
    if found.judge_engine is None and found.judge_parse == "official":
        raise UsageError("--from-run needs another judge: name it with --judge-model; or another --judge-parse")
    found.judge_engine, found.judge_model = "replay", run.manifest.judge.model
    found.judge_replay_from = found.judge_replay_from or args.from_run
    return found


def _score_all(args: argparse.Namespace) -> RunRecord:
    """Scores and says what is left out; forgets the predictions before the summary takes its memory."""
    from qwen3_eval.prepare.given import prepare_predictions
    from qwen3_eval.run import execute

    for name in ("task", "predictions", "run_dir"):
        if getattr(args, name) is None:
            raise UsageError(f"score needs --{name.replace('_', '-')}, or a run to judge again with --from-run")

    config = RunConfig(
        model=args.model,
        tasks=(args.task,),
        modes=_modes(args),
        protocol=cast(ProtocolChoice, args.protocol),
        sandbox=cast(SandboxChoice, args.sandbox),
        graders=cast(GradersChoice, args.graders),
        node_wheels=args.node_wheels,
        languages=args.languages,
        family=args.family,
        draw_seed=args.draw_seed,
        engine=EngineConfig(
            kind="replay", replay_from=args.predictions, ray_address=args.ray_address, wait_s=args.wait_for_server
        ),
        judge=judge_config(args),
        data_dir=args.data_dir,
        tasks_dir=args.tasks_dir,
    )
    prepared = prepare_predictions(config, args.predictions, args.run_dir)
    interrupts.run(execute(prepared), args.run_dir)
    for text in prepared.manifest["lacking"]:
        print(f"left out: {text}", file=sys.stderr)
    if left_out := prepared.manifest["left_out"]:
        print(f"docs without a prediction, left out: {left_out}")
    return prepared.store.record()
