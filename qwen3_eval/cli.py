"""The commands: parse, delegate, print.

Exit codes: 0 done, 1 a gate failed, 2 the request was wrong, 3 the run could not be completed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, cast

from qwen3_eval import __version__
from qwen3_eval.config import (
    DEMO,
    ENGINE_KINDS,
    PROTOCOL_CHOICES,
    SANDBOX_CHOICES,
    EngineConfig,
    EngineKind,
    ProtocolChoice,
    Rendering,
    RunConfig,
    SandboxChoice,
    StopText,
)
from qwen3_eval.registry import load_tasks
from qwen3_eval.types import MODES, IncompleteError, Mode, Sampling, UsageError, nearest


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    try:
        args = _parser().parse_args(argv)
        return int(args.command(args) or 0)
    except UsageError as error:
        return _fail(error, 2)
    except IncompleteError as error:
        return _fail(error, 3)
    except KeyboardInterrupt:
        return _fail("interrupted; what was done is kept, run the same command with the same --run-dir to go on", 3)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _fail(message: object, code: int) -> int:
    print(f"qwen3-eval: {' '.join(str(message).split())}", file=sys.stderr)
    return code


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="qwen3-eval", description="Reproduces the benchmarks of the Qwen3 Technical Report.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for add in (
        _add_run,
        _add_score,
        _add_report,
        _add_list,
        _add_languages,
        _add_show,
        _add_doctor,
        _add_data,
        _add_model,
    ):
        add(commands)
    return parser


def _command(commands: Any, name: str, function: Callable[[argparse.Namespace], int | None], text: str) -> _Parser:
    parser = cast(_Parser, commands.add_parser(name, help=text, description=text))
    parser.set_defaults(command=function)
    return parser


def _choice(options: Iterable[str]) -> Callable[[str], str]:
    """An argument that must be one of ``options``; the error names the nearest."""
    options = list(options)

    def parse(text: str) -> str:
        if text not in options:
            raise UsageError(f"unknown value {text!r}{nearest(text, options)}; one of {', '.join(options)}")
        return text

    return parse


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]+", text) or int(text) < 1:
        raise UsageError(f"{text!r} is not a positive whole number")
    return int(text)


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part.strip()) for part in text.split(","))


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _setting(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise UsageError(f"--engine-arg takes NAME=VALUE, got {text!r}")
    return name.strip().replace("-", "_"), value


def _add_protocol(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--protocol", type=_choice(PROTOCOL_CHOICES), default="auto", help=text)


def _add_languages_choice(parser: argparse.ArgumentParser) -> None:
    text = "only these languages: codes, families or scripts, separated by commas"
    parser.add_argument("--languages", type=_names, default=(), help=text)


def _add_sandbox(parser: argparse.ArgumentParser) -> None:
    text = (
        "what isolates programs that a model wrote: bubblewrap, docker (or podman), or none, which marks the run; "
        "auto is the first that can be had, never none; default: $QWEN3_EVAL_SANDBOX, else auto"
    )
    default = os.environ.get("QWEN3_EVAL_SANDBOX") or "auto"
    parser.add_argument("--sandbox", type=_choice(SANDBOX_CHOICES), default=default, help=text)


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, help="mirror of the datasets; default: $QWEN3_EVAL_DATA, else the hub")
    parser.add_argument("--tasks-dir", type=Path, help="folder with further task files")


def _add_run(commands: Any) -> None:
    parser = _command(commands, "run", _run, "Evaluates a model; run it again with the same --run-dir to resume.")
    parser.add_argument("--model", required=True, help="hub id, folder, or 'demo' for the bundled model")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--tasks", type=_names, help="task names, separated by commas")
    what.add_argument("--suite", help="name of a suite of tasks")
    parser.add_argument("--mode", type=_choice([*MODES, "both"]), default="both", help="thinking, non-thinking or both")
    parser.add_argument("--budgets", type=_counts, default=(), help="thinking budgets in tokens, separated by commas")
    parser.add_argument(
        "--stop-text", type=_choice(["docs", "report"]), default="docs", help="text put after cut thinking"
    )
    _add_protocol(parser, "chat, base (few-shot completion) or both; default: base for a model without chat template")
    parser.add_argument("--samples", type=_count, help="samples a question; default: the report's")
    parser.add_argument("--limit", type=_count, help="only the first N docs of each task")
    parser.add_argument("--limit-per-language", type=_count, help="only the first N docs in each language of each task")
    _add_languages_choice(parser)
    parser.add_argument("--full", action="store_true", help="all docs of tasks that otherwise ask a sample of them")
    parser.add_argument("--max-tokens", type=_count, help="new tokens without a budget; default: the report's")
    parser.add_argument("--answer-tokens", type=_count, help="tokens of the answer under a budget")
    parser.add_argument("--seed", type=int, default=0)
    for name in ("temperature", "top-p", "top-k", "min-p", "presence-penalty"):
        parser.add_argument(f"--{name}", type=int if name == "top-k" else float, help="default: the report's")
    parser.add_argument("--run-dir", type=Path, help="default: results/<model>-<suite>-<time>")
    parser.add_argument("--report", type=Path, nargs="?", const=Path(), help="write an HTML report when done")
    _add_sandbox(parser)
    _add_engine(parser)
    _add_data_dir(parser)


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", type=_choice(ENGINE_KINDS), default=None, help=", ".join(ENGINE_KINDS))
    parser.add_argument("--base-url", default="", help="OpenAI-compatible server; empty starts one (engine server)")
    parser.add_argument(
        "--rendering", type=_choice(["auto", "client", "server"]), default="auto", help="who applies the chat template"
    )
    parser.add_argument("--tokenizer", default="", help="folder or hub id; default: the model's own")
    parser.add_argument("--slots", type=_count, help="requests in flight")
    parser.add_argument(
        "--engine-arg", type=_setting, action="append", default=[], metavar="NAME=VALUE", help="argument for vLLM"
    )
    parser.add_argument("--no-native-budget", action="store_true", help="cut a single budget here, not in the engine")
    parser.add_argument("--replay-from", type=Path, help="run directory that engine replay answers from")


def _run_config(args: argparse.Namespace) -> RunConfig:
    registry = load_tasks(args.tasks_dir)
    kind = args.engine or ("server" if args.base_url else "vllm")
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
        engine=EngineConfig(
            kind=cast(EngineKind, kind),
            base_url=args.base_url,
            rendering=cast(Rendering, args.rendering),
            tokenizer=args.tokenizer,
            slots=args.slots,
            args=dict(args.engine_arg),
            replay_from=args.replay_from,
        ),
        data_dir=args.data_dir,
        tasks_dir=args.tasks_dir,
        suite=args.suite or "",
    )


def _modes(args: argparse.Namespace) -> tuple[Mode, ...]:
    return MODES if args.mode == "both" else (cast(Mode, args.mode),)


def default_run_dir(config: RunConfig) -> Path:
    """``results/<model>-<suite>-<time>`` below the current folder."""
    model = DEMO if config.model == DEMO else Path(config.model).name
    suite = config.suite or "-".join(config.tasks[:3])
    return Path("results") / f"{model}-{suite}-{datetime.now():%Y%m%d-%H%M%S}"


def _run(args: argparse.Namespace) -> int:
    from qwen3_eval import run

    config = _run_config(args)
    run_dir = args.run_dir or default_run_dir(config)
    prepared = run.prepare(config, run_dir)
    print(f"run directory: {run_dir}", file=sys.stderr)
    for name, reason in prepared.manifest["skipped"].items():
        print(f"skipped: {name} ({reason})", file=sys.stderr)
    for text in prepared.manifest["lacking"]:
        print(f"left out: {text}", file=sys.stderr)
    failure: IncompleteError | None = None
    try:
        asyncio.run(run.execute(prepared))
    except IncompleteError as error:
        failure = error
    _finish(run_dir, args.report)
    if failure is not None:
        raise failure
    return 0


def _finish(run_dir: Path, report: Path | None) -> None:
    from qwen3_eval.summary import summary_text, write_summary

    for line in summary_text(write_summary(run_dir)):
        print(line)
    print(f"summary: {run_dir / 'summary.json'}")
    if report is not None:
        _write_report([run_dir], report if report != Path() else Path("reports") / f"{run_dir.name}.html")


def _write_report(runs: Sequence[Path], out: Path) -> None:
    from qwen3_eval.report import write_report

    print(f"report: {write_report(runs, out)}")


def _add_score(commands: Any) -> None:
    parser = _command(commands, "score", _score, "Scores responses made elsewhere; no model is asked.")
    parser.add_argument("--task", required=True)
    parser.add_argument(
        "--predictions", type=Path, required=True, help='JSONL: {"id": …, "sample": 0, "response": "…"}'
    )
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument(
        "--mode", type=_choice(MODES), default="thinking", help="the mode that the responses were made in"
    )
    _add_protocol(parser, "the one that the responses were made under; default: chat where the task has it")
    _add_languages_choice(parser)
    parser.add_argument("--model", default="predictions", help="name of the model, for the summary and the report")
    _add_sandbox(parser)
    _add_data_dir(parser)


def _score(args: argparse.Namespace) -> None:
    from qwen3_eval.predictions import score_predictions
    from qwen3_eval.store import read_manifest

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
    left_out = asyncio.run(score_predictions(config, args.predictions, args.run_dir))
    for text in read_manifest(args.run_dir)["lacking"]:
        print(f"left out: {text}", file=sys.stderr)
    if left_out:
        print(f"docs without a prediction, left out: {left_out}")
    _finish(args.run_dir, None)


def _add_report(commands: Any) -> None:
    parser = _command(commands, "report", _report, "HTML report of one run, or of several side by side.")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--out", type=Path, help="default: reports/<run>.html")


def _report(args: argparse.Namespace) -> None:
    from qwen3_eval.store import read_manifest

    for folder in args.runs:
        read_manifest(folder)
    _write_report(args.runs, args.out or Path("reports") / f"{args.runs[0].resolve().name}.html")


def _add_list(commands: Any) -> None:
    parser = _command(commands, "list", _list, "Tasks and suites, what each needs, and whether its data is at hand.")
    parser.add_argument("--json", action="store_true")
    _add_data_dir(parser)


def _list(args: argparse.Namespace) -> None:
    from qwen3_eval import catalog

    registry = load_tasks(args.tasks_dir)
    if args.json:
        facts = [catalog.task_facts(task, args.data_dir) for task in registry.tasks.values()]
        print(json.dumps({"tasks": facts, "suites": registry.suites()}, ensure_ascii=False, indent=1))
    else:
        print("\n".join(catalog.list_text(registry, args.data_dir)))


def _add_languages(commands: Any) -> None:
    parser = _command(commands, "languages", _languages, "The languages, and the tasks that ask in each.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tasks-dir", type=Path, help="folder with further task files")


def _languages(args: argparse.Namespace) -> None:
    from qwen3_eval import catalog

    registry = load_tasks(args.tasks_dir)
    if args.json:
        print(json.dumps({"languages": catalog.language_facts(registry)}, ensure_ascii=False, indent=1))
    else:
        print("\n".join(catalog.languages_text(registry)))


def _add_show(commands: Any) -> None:
    parser = _command(commands, "show", _show, "One rendered prompt per mode, the settings, the reference.")
    parser.add_argument("task", metavar="TASK")
    parser.add_argument("--model", help="render with this model's chat template")
    _add_data_dir(parser)


def _show(args: argparse.Namespace) -> None:
    from qwen3_eval import catalog

    task = load_tasks(args.tasks_dir).get(args.task)
    print("\n".join(catalog.show_text(task, args.data_dir, args.model)))


def _add_doctor(commands: Any) -> None:
    parser = _command(commands, "doctor", _doctor, "What this machine can run.")
    parser.add_argument("--data-dir", type=Path)


def _doctor(args: argparse.Namespace) -> None:
    from qwen3_eval import catalog

    print("\n".join(catalog.doctor_text(args.data_dir)))


def _add_data(commands: Any) -> None:
    parser = _command(commands, "data", _data, "Builds and checks an offline mirror of the datasets.")
    parser.add_argument("action", type=_choice(["pull", "verify", "status"]), metavar="pull|verify|status")
    parser.add_argument("--tasks", type=_names, default=(), help="only these; default: all")
    _add_data_dir(parser)


def _data(args: argparse.Namespace) -> int:
    from qwen3_eval import data
    from qwen3_eval.data.mirror import mirror_dir

    folder = mirror_dir(args.data_dir) or Path("data")
    registry = load_tasks(args.tasks_dir)
    tasks = [registry.get(name) for name in args.tasks or registry.tasks]
    if args.action == "pull":
        reports: Iterable[data.FileReport] = data.pull(tasks, folder)
    else:
        reports = data.verify(folder) if args.action == "verify" else data.status(folder)
    bad = 0
    for report in reports:
        bad += not report.good
        print(report)
    return 2 if bad else 0


def _add_model(commands: Any) -> None:
    parser = _command(commands, "model", _model, "Turns a model into a folder that vLLM loads.")
    parser.add_argument("action", type=_choice(["import-gguf"]), metavar="import-gguf")
    parser.add_argument("source", type=Path, help="a .gguf file, or a folder with one and its tokenizer")
    parser.add_argument("out", type=Path)


def _model(args: argparse.Namespace) -> None:
    from qwen3_eval.models import import_gguf

    import_gguf(args.source, args.out)
    print(f"model: {args.out}")


if __name__ == "__main__":
    sys.exit(main())
