"""What there is: tasks, languages, prompts, this machine, data, models."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from qwen3_eval.cli.arguments import (
    Parser,
    add_command,
    add_data_dir,
    add_judge_price,
    add_shared,
    choice,
    names,
    tasks_at_hand,
    template_arguments,
)
from qwen3_eval.config import RunConfig
from qwen3_eval.types import UsageError


def add_list(commands: Any) -> None:
    """The command ``list``."""
    parser = add_command(commands, "list", _list, "Tasks and suites, what each needs, and whether its data is at hand.")
    parser.add_argument("--json", action="store_true")
    add_judge_price(parser)
    add_data_dir(parser)


def _list(args: argparse.Namespace) -> None:
    from qwen3_eval import catalog

    registry = tasks_at_hand(args)
    if args.json:
        facts = [catalog.task_facts(task, args.data_dir) for task in registry.tasks.values()]
        print(json.dumps({"tasks": facts, "suites": registry.suites()}, ensure_ascii=False, indent=1))
    else:
        print("\n".join(catalog.list_text(registry, args.data_dir, args.judge_price)))


def add_languages(commands: Any) -> None:
    """The command ``languages``."""
    parser = add_command(commands, "languages", _languages, "The languages, and the tasks that ask in each.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--model-family", default="qwen3", help="whose languages: qwen3 or qwen3.5; default: qwen3")
    parser.add_argument("--tasks-dir", type=Path, help="folder with further task files")


def _languages(args: argparse.Namespace) -> None:
    from qwen3_eval import catalog

    registry = tasks_at_hand(args)
    if args.json:
        print(json.dumps(catalog.languages_json(registry, args.model_family), ensure_ascii=False, indent=1))
    else:
        print("\n".join(catalog.languages_text(registry, args.model_family)))


def add_show(commands: Any) -> None:
    """The command ``show``."""
    parser = add_command(commands, "show", _show, "One rendered prompt per mode, the settings, the reference.")
    parser.add_argument("task", metavar="TASK")
    parser.add_argument("--model", default="", help="render with this model's chat template")
    add_shared(parser, "family", "template-arg", "sampling")
    add_judge_price(parser)
    add_data_dir(parser)


def _show(args: argparse.Namespace) -> None:
    from qwen3_eval import catalog
    from qwen3_eval.prepare.shown import shown_model

    if not args.model and (args.family or args.template_arg or args.sampling):
        raise UsageError("--family, --template-arg and --sampling are of a model: name it with --model")
    task = tasks_at_hand(args, [args.task]).get(args.task)
    config = RunConfig(
        model=args.model,
        tasks=(args.task,),
        family=args.family,
        template_args=dict(args.template_arg),
        sampling_from=args.sampling,
    )
    model = shown_model(config) if args.model else None
    print("\n".join(catalog.show_text(task, args.data_dir, model, args.judge_price)))


def add_doctor(commands: Any) -> None:
    """The command ``doctor``."""
    parser = add_command(commands, "doctor", _doctor, "What this machine can run.")
    parser.add_argument("--data-dir", type=Path)


def _doctor(args: argparse.Namespace) -> None:
    from qwen3_eval import catalog
    from qwen3_eval.task.registry import load_tasks

    print("\n".join(catalog.doctor_text(load_tasks(), args.data_dir)))


def add_data(commands: Any) -> None:
    """The command ``data``."""
    parser = add_command(commands, "data", _data, "Builds and checks an offline mirror of the datasets.")
    parser.add_argument("action", type=choice(["pull", "verify", "status"]), metavar="pull|verify|status")
    parser.add_argument("--tasks", type=names, default=(), help="only these; default: all")
    add_data_dir(parser)


def _data(args: argparse.Namespace) -> int:
    from qwen3_eval import data
    from qwen3_eval.data.mirror import mirror_dir

    folder = mirror_dir(args.data_dir) or Path("data")
    registry = tasks_at_hand(args, args.tasks)
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


def add_model(commands: Any) -> None:
    """The commands below ``model``."""
    text = "What is known of a model, and a model as a folder that vLLM loads."
    parser = cast(Parser, commands.add_parser("model", help=text, description=text))
    actions = parser.add_subparsers(required=True, metavar="inspect|import-gguf", parser_class=Parser)
    inspect = add_command(actions, "inspect", _inspect, "Its family and why, its settings, a prompt in each mode.")
    inspect.add_argument("model", metavar="MODEL", help="folder, hub id, or 'demo' for the bundled model")
    add_shared(inspect, "family", "template-arg")
    inspect.add_argument("--json", action="store_true")
    convert = add_command(actions, "import-gguf", _import_gguf, "Turns a GGUF file into a folder that vLLM loads.")
    convert.add_argument("source", type=Path, help="a .gguf file, or a folder with one and its tokenizer")
    convert.add_argument("out", type=Path)


def _inspect(args: argparse.Namespace) -> None:
    from qwen3_eval.inspected import inspect, inspected_text

    found = inspect(args.model, args.family, template_arguments(args))
    if args.json:
        print(json.dumps({**found.facts, "contradictions": found.faults}, ensure_ascii=False, indent=1))
    else:
        print("\n".join(inspected_text(found)))
    for line in found.faults:
        raise UsageError(line)


def _import_gguf(args: argparse.Namespace) -> None:
    from qwen3_eval.models import import_gguf

    import_gguf(args.source, args.out)
    print(f"model: {args.out}")
