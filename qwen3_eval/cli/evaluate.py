"""``run`` and ``score``: a model, or responses made elsewhere, to scores."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from qwen3_eval.cli import interrupts
from qwen3_eval.cli.arguments import (
    add_command,
    add_data_dir,
    add_languages_choice,
    add_protocol,
    add_sandbox,
    choice,
    count,
    counts,
    names,
    number,
    setting,
    tasks_at_hand,
    whole,
)
from qwen3_eval.cli.report import write_runs
from qwen3_eval.config import (
    DEMO,
    EngineConfig,
    ProtocolChoice,
    Rendering,
    RunConfig,
    SandboxChoice,
    StopText,
)
from qwen3_eval.engines import BUNDLED, default_engine, engine_name
from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.types import MODES, IncompleteError, Mode, Sampling

# What vLLM and OpenAI's servers accept.
SAMPLING = {
    "temperature": number(0, 100),
    "top-p": number(1e-9, 1),
    "top-k": whole,
    "min-p": number(0, 1),
    "presence-penalty": number(-2, 2),
}


def add_run(commands: Any) -> None:
    """The command ``run``."""
    parser = add_command(commands, "run", _run, "Evaluates a model; run it again with the same --run-dir to resume.")
    parser.add_argument("--model", required=True, help="hub id, folder, or 'demo' for the bundled model")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--tasks", type=names, help="task names, separated by commas")
    what.add_argument("--suite", help="name of a suite of tasks")
    parser.add_argument("--mode", type=choice([*MODES, "both"]), default="both", help="thinking, non-thinking or both")
    parser.add_argument("--budgets", type=counts, default=(), help="thinking budgets in tokens, separated by commas")
    parser.add_argument(
        "--stop-text", type=choice(["docs", "report"]), default="docs", help="text put after cut thinking"
    )
    add_protocol(parser, "chat, base (few-shot completion) or both; default: base for a model without chat template")
    parser.add_argument("--samples", type=count, help="samples a question; default: the report's")
    parser.add_argument("--limit", type=count, help="only the first N docs of each task")
    parser.add_argument("--limit-per-language", type=count, help="only the first N docs in each language of each task")
    add_languages_choice(parser)
    parser.add_argument("--full", action="store_true", help="all docs of tasks that otherwise ask a sample of them")
    parser.add_argument("--max-tokens", type=count, help="new tokens without a budget; default: the report's")
    parser.add_argument("--answer-tokens", type=count, help="tokens of the answer under a budget")
    parser.add_argument("--seed", type=whole, default=0)
    for name, kind in SAMPLING.items():
        parser.add_argument(f"--{name}", type=kind, help="default: the report's")
    parser.add_argument("--run-dir", type=Path, help="default: results/<model>-<suite>-<time>")
    parser.add_argument("--report", type=Path, nargs="?", const=Path(), help="write an HTML report when done")
    add_sandbox(parser)
    add_engine(parser)
    add_data_dir(parser)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """What answers, and how it is reached."""
    parser.add_argument("--engine", type=engine_name, default=None, help=", ".join(BUNDLED))
    parser.add_argument("--base-url", default="", help="OpenAI-compatible server; empty starts one (engine server)")
    parser.add_argument(
        "--rendering", type=choice(["auto", "client", "server"]), default="auto", help="who applies the chat template"
    )
    parser.add_argument("--tokenizer", default="", help="folder or hub id; default: the model's own")
    parser.add_argument("--slots", type=count, help="requests in flight")
    parser.add_argument(
        "--engine-arg", type=setting, action="append", default=[], metavar="NAME=VALUE", help="argument for vLLM"
    )
    parser.add_argument("--no-native-budget", action="store_true", help="cut a single budget here, not in the engine")
    parser.add_argument("--replay-from", type=Path, help="run directory that engine replay answers from")


def _run_config(args: argparse.Namespace) -> RunConfig:
    registry = tasks_at_hand(args, args.tasks or (), args.suite or "")
    fields = Sampling.__dataclass_fields__
    return RunConfig(
        model=args.model,
        tasks=args.tasks if args.suite is None else tuple(registry.suite(args.suite)),
        modes=_modes(args),
        budgets=args.budgets,
        protocol=cast(ProtocolChoice, args.protocol),
        sandbox=cast(SandboxChoice, args.sandbox),
        samples=args.samples,
        limit=args.limit,
        limit_per_language=args.limit_per_language,
        languages=args.languages,
        full=args.full,
        seed=args.seed,
        sampling={name: getattr(args, name) for name in fields if getattr(args, name) is not None},
        max_tokens=args.max_tokens,
        answer_tokens=args.answer_tokens,
        stop_text=cast(StopText, args.stop_text),
        native_budget=not args.no_native_budget,
        engine=engine_config(args),
        data_dir=args.data_dir,
        tasks_dir=args.tasks_dir,
        suite=args.suite or "",
    )


def engine_config(args: argparse.Namespace) -> EngineConfig:
    """What ``add_engine`` asked for."""
    return EngineConfig(
        kind=args.engine or default_engine(args.base_url),
        base_url=args.base_url,
        rendering=cast(Rendering, args.rendering),
        tokenizer=args.tokenizer,
        slots=args.slots,
        args=dict(args.engine_arg),
        replay_from=args.replay_from,
    )


def _modes(args: argparse.Namespace) -> tuple[Mode, ...]:
    return MODES if args.mode == "both" else (cast(Mode, args.mode),)


def default_run_dir(config: RunConfig) -> Path:
    """``results/<model>-<suite>-<time>`` below the current folder."""
    model = DEMO if config.model == DEMO else Path(config.model).name
    suite = config.suite or "-".join(config.tasks[:3])
    return Path("results") / f"{model}-{suite}-{datetime.now():%Y%m%d-%H%M%S}"


def _run(args: argparse.Namespace) -> int:
    config = _run_config(args)
    run_dir = args.run_dir or default_run_dir(config)
    failure = carry_out(config, run_dir)
    _finish(run_dir, args.report)
    if failure is not None:
        raise failure
    return 0


def carry_out(config: RunConfig, run_dir: Path) -> IncompleteError | None:
    """Does what remains of a run and says what is left out; returns what kept it from its end. Raises UsageError."""
    from qwen3_eval.prepare.prepared import prepare
    from qwen3_eval.run import execute

    prepared = prepare(config, run_dir)
    print(f"run directory: {run_dir}", file=sys.stderr)
    for omission in prepared.omitted:
        print(f"{'skipped' if omission.why == 'task' else 'left out'}: {omission.sentence()}", file=sys.stderr)
    try:
        interrupts.run(execute(prepared), run_dir)
    except IncompleteError as error:
        if isinstance(error, interrupts.Interrupted) or not (run_dir / MANIFEST).is_file():
            raise
        return error
    return None


def _finish(run_dir: Path, report: Path | None) -> None:
    from qwen3_eval.measure.summary import results_text, write_summary

    for line in results_text(write_summary(run_dir)):
        print(line)
    print(f"summary: {run_dir / 'summary.json'}")
    if report is not None:
        write_runs([run_dir], report if report != Path() else Path("reports") / f"{run_dir.name}.html")


def add_score(commands: Any) -> None:
    """The command ``score``."""
    parser = add_command(commands, "score", _score, "Scores responses made elsewhere; no model is asked.")
    parser.add_argument("--task", required=True)
    parser.add_argument(
        "--predictions", type=Path, required=True, help='JSONL: {"id": …, "sample": 0, "response": "…"}'
    )
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument(
        "--mode", type=choice(MODES), default="thinking", help="the mode that the responses were made in"
    )
    add_protocol(parser, "the one that the responses were made under; default: chat where the task has it")
    add_languages_choice(parser)
    parser.add_argument("--model", default="predictions", help="name of the model, for the summary and the report")
    add_sandbox(parser)
    add_data_dir(parser)


def _score(args: argparse.Namespace) -> None:
    from qwen3_eval.prepare.given import prepare_predictions
    from qwen3_eval.run import execute

    config = RunConfig(
        model=args.model,
        tasks=(args.task,),
        modes=(args.mode,),
        protocol=cast(ProtocolChoice, args.protocol),
        sandbox=cast(SandboxChoice, args.sandbox),
        languages=args.languages,
        engine=EngineConfig(kind="replay", replay_from=args.predictions),
        data_dir=args.data_dir,
        tasks_dir=args.tasks_dir,
    )
    prepared = prepare_predictions(config, args.predictions, args.run_dir)
    interrupts.run(execute(prepared), args.run_dir)
    for text in prepared.manifest["lacking"]:
        print(f"left out: {text}", file=sys.stderr)
    if left_out := prepared.manifest["left_out"]:
        print(f"docs without a prediction, left out: {left_out}")
    _finish(args.run_dir, None)
