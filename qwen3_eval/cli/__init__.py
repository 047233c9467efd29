"""The commands: parse, delegate, print.

Exit codes: 0 done, 1 a gate failed (and nothing else), 2 the request was wrong, 3 it could not be carried out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from qwen3_eval import __version__
from qwen3_eval.cli import interrupts
from qwen3_eval.cli.agreement import add_agreement
from qwen3_eval.cli.arguments import Parser
from qwen3_eval.cli.compare import add_compare
from qwen3_eval.cli.evaluate import add_run, add_score
from qwen3_eval.cli.export import add_export
from qwen3_eval.cli.failure import explain, flushed
from qwen3_eval.cli.gate import add_baseline, add_gate
from qwen3_eval.cli.look import add_data, add_doctor, add_languages, add_list, add_model, add_show
from qwen3_eval.cli.ratings import add_ratings
from qwen3_eval.cli.repair import add_repair
from qwen3_eval.cli.report import add_report
from qwen3_eval.cli.reproduce import add_reproduce


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; whatever goes wrong is one line."""
    with interrupts.handled():
        try:
            args = parser().parse_args(argv)
            return flushed(int(args.command(args) or 0))
        except BaseException as error:  # noqa: BLE001
            return explain(error)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; the parsed ``command`` is the function that does it."""
    found = Parser(prog="qwen3-eval", description="Reproduces the benchmarks of the Qwen3 Technical Report.")
    found.add_argument("--version", action="version", version=__version__)
    commands = found.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for add in (
        add_run,
        add_score,
        add_report,
        add_repair,
        add_reproduce,
        add_export,
        add_compare,
        add_agreement,
        add_ratings,
        add_baseline,
        add_gate,
        add_list,
        add_languages,
        add_show,
        add_doctor,
        add_data,
        add_model,
    ):
        add(commands)
    return found
