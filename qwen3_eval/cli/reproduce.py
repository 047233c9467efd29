"""``reproduce``: a table or figure of the report, or what a card prints, ours beside theirs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwen3_eval.cli.arguments import (
    add_cluster,
    add_command,
    add_data_dir,
    add_engine,
    add_judge,
    add_judge_price,
    add_long,
    add_patience,
    add_sandbox,
    add_shared,
    add_throughput,
    choice,
    on_paper,
    shared_config,
    tasks_at_hand,
)
from qwen3_eval.cli.evaluate import carry_out
from qwen3_eval.config import DEMO, RunConfig
from qwen3_eval.reproduce import FORMATS

CARDS = "qwen3-2507, qwen3-next, qwen3.5, qwen3.6"

if TYPE_CHECKING:
    from qwen3_eval.records.record import RunRecord
    from qwen3_eval.reproduce.cells import Sheet, Wanted
    from qwen3_eval.reproduce.tables import Layout
    from qwen3_eval.task.registry import Registry


def add_reproduce(commands: Any) -> None:
    """The command ``reproduce``."""
    text = "A table or figure of the report, or a card: ours, its interval, the printed number, whether they agree."
    parser = add_command(commands, "reproduce", _reproduce, text)
    parser.add_argument("table", help=f"table3 … table37, figure2, or card:NAME ({CARDS})")
    add_shared(parser, "model", "family", "template-arg", "sampling")
    parser.add_argument(
        "--from", type=Path, nargs="+", default=[], dest="runs", metavar="RUN", help="take what these runs measured"
    )
    parser.add_argument("--as", default="", dest="like", metavar="COLUMN", help="hold another model against this one")
    parser.add_argument("--others", action="store_true", help="the reported numbers of other models too")
    parser.add_argument("--format", type=choice(FORMATS), default="terminal", help=", ".join(FORMATS))
    parser.add_argument("--out", type=Path, help="write it to a file")
    parser.add_argument("--dry-run", action="store_true", help="what it would cost; asks no model")
    add_judge_price(parser)
    add_throughput(parser)
    add_shared(parser, "samples", "limit", "full", "max-tokens", "answer-tokens", "stop-text", "seed", "draw-seed")
    parser.add_argument("--run-dir", type=Path, help="default: results/<model>-<table>; the same again goes on")
    add_sandbox(parser)
    add_engine(parser)
    add_judge(parser)
    add_cluster(parser)
    add_patience(parser)
    add_long(parser)
    add_data_dir(parser)


def _wanted(args: argparse.Namespace) -> Wanted:
    from qwen3_eval.reproduce.cells import Wanted

    return Wanted(args.model, args.like, args.others)


def _reproduce(args: argparse.Namespace) -> None:
    from qwen3_eval.measure.cost import judge_cost
    from qwen3_eval.records.record import open_run
    from qwen3_eval.reproduce.cards import about, layout_of

    wanted, whole = _wanted(args), layout_of(args.table)
    table, measured, registry = about(whole, wanted), about(whole, replace(wanted, others=False)), tasks_at_hand(args)
    if args.dry_run:
        _price(args, measured, registry)
        return
    failure = None
    records = [open_run(folder) for folder in args.runs]
    if not records:
        run_dir = args.run_dir or default_run_dir(args.model, args.table)
        record, failure = carry_out(_config(args, measured, registry), run_dir)
        records = [record]
        if spent := judge_cost(record):
            print(spent.text(args.judge_price), file=sys.stderr)
    _show(args, _sheet(args, table, registry, records))
    if failure is not None:
        raise failure


def default_run_dir(model: str, table: str) -> Path:
    """``results/<model>-<table>`` below the current folder."""
    return Path("results") / f"{DEMO if model == DEMO else Path(model).name}-{table.replace(':', '-')}"


def _config(args: argparse.Namespace, table: Layout, registry: Registry) -> RunConfig:
    """The run that measures a table. As the tasks of a suite, those that cannot be asked here are left out."""
    from qwen3_eval.reproduce.needs import needs

    found = needs(table, registry)
    for name in found.lacking:
        print(f"no task yet: {name}", file=sys.stderr)
    return replace(found.asked_by(shared_config(args, found.tasks)), suite=table.name)


def _price(args: argparse.Namespace, table: Layout, registry: Registry) -> None:
    from qwen3_eval.records.record import open_run
    from qwen3_eval.reproduce.makespan import plan_text
    from qwen3_eval.reproduce.price import hours_text, judge_text, price_text, prices, prompts_text, runs_text, spending

    spendings = [spending(open_run(folder)) for folder in args.runs]
    timed = [each for each in spendings if each.speed]
    tokens_per_s, where = args.throughput, f"{args.throughput} tokens a second and GPU"
    if tokens_per_s is None and timed:
        tokens_per_s = timed[-1].speed
        where = f"the {tokens_per_s:,.0f} tokens a second and GPU of {timed[-1].name}"
    paper = on_paper(args, tokens_per_s)
    found = list(prices(_config(args, table, registry), registry, spendings))
    priced = *price_text(found), *hours_text(found, tokens_per_s, where), *runs_text(found), *plan_text(found, paper)
    for line in (*priced, *prompts_text(found), *judge_text(found, args.judge_price)):
        print(line)


def _sheet(args: argparse.Namespace, table: Layout, registry: Registry, records: list[RunRecord]) -> Sheet:
    from qwen3_eval.reproduce.cells import fill
    from qwen3_eval.reproduce.runs import measured_runs

    return fill(table, _wanted(args), measured_runs(records, args.model), registry)


def _show(args: argparse.Namespace, sheet: Sheet) -> None:
    from qwen3_eval.files import write_text
    from qwen3_eval.report import table_page
    from qwen3_eval.reproduce.write import WRITERS

    text = table_page.html(sheet) if args.format == "html" else WRITERS[args.format](sheet)
    if args.out is None:
        print(text, end="")
        return
    write_text(args.out, text)
    print(f"written: {args.out}")
