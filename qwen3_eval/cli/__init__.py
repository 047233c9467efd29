"""The commands: parse, delegate, print.

Exit codes: 0 done, 1 a gate failed, 2 the request was wrong, 3 the run could not be completed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from qwen3_eval import __version__, secrets
from qwen3_eval.cli.arguments import Parser
from qwen3_eval.cli.compare import add_compare
from qwen3_eval.cli.evaluate import add_run, add_score
from qwen3_eval.cli.export import add_export
from qwen3_eval.cli.gate import add_baseline, add_gate
from qwen3_eval.cli.look import add_data, add_doctor, add_languages, add_list, add_model, add_show
from qwen3_eval.cli.report import add_report
from qwen3_eval.cli.reproduce import add_reproduce
from qwen3_eval.types import IncompleteError, UsageError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    try:
        args = parser().parse_args(argv)
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
    print(f"qwen3-eval: {' '.join(secrets.redacted(str(message)).split())}", file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; the parsed ``command`` is the function that does it."""
    found = Parser(prog="qwen3-eval", description="Reproduces the benchmarks of the Qwen3 Technical Report.")
    found.add_argument("--version", action="version", version=__version__)
    commands = found.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for add in (
        add_run,
        add_score,
        add_report,
        add_reproduce,
        add_export,
        add_compare,
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
