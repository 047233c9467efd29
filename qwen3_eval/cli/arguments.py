"""Arguments that several commands take."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from qwen3_eval.config import (
    GRADERS_CHOICES,
    PROTOCOL_CHOICES,
    RENDERINGS,
    SANDBOX_CHOICES,
    STOP_TEXTS,
    EngineConfig,
    GradersChoice,
    JudgeConfig,
    LongConfig,
    Rendering,
    RunConfig,
    SandboxChoice,
    StopText,
)
from qwen3_eval.engines import BUNDLED, default_engine, engine_name
from qwen3_eval.money import TokenPrice
from qwen3_eval.task.registry import Registry, load_tasks
from qwen3_eval.types import MODES, JsonValue, UsageError, nearest

if TYPE_CHECKING:
    from qwen3_eval.reproduce.makespan import OnPaper

LONGEST_COUNT = 15
JUDGE_PARSES = ("official", "lenient")
# Far beyond what a model reads, and what a user can have meant.
MOST_TOKENS, MOST_SAMPLES, MOST_YARN, MOST_REPLICAS = 10_000_000, 100_000, 128, 100_000
# For so many a dry run says when a run would end.
MOST_PLANNED = 1_024
DURATION, UNITS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([smh]?)"), {"": 1, "s": 1, "m": 60, "h": 3_600}
LONGEST_WAIT = 30 * 24 * 3_600
YARN_WORDS = ("off", "served")


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError instead of printing the usage."""
        raise UsageError(f"{message}; see `{self.prog} --help`")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Raises UsageError that names the option."""
        name = "/".join(action.option_strings)
        try:
            return super()._get_value(action, arg_string)
        except UsageError as error:
            if not name or name in str(error):
                raise
            raise UsageError(f"{name}: {error}") from error

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Raises UsageError where ``--option=--`` would become an empty list, and for what is no text in UTF-8."""
        if action.nargs is None and action.option_strings and arg_strings == ["--"]:
            self.error(f"argument {'/'.join(action.option_strings)}: expected one argument")
        for text in arg_strings:
            if isinstance(text, str) and not text.isascii() and text != text.encode("utf-8", "replace").decode():
                self.error(f"{text!r} is no text in UTF-8")
        return super()._get_values(action, arg_strings)


def add_command(commands: Any, name: str, function: Callable[[argparse.Namespace], int | None], text: str) -> Parser:
    """A command with its help and the function that does it."""
    parser = cast(Parser, commands.add_parser(name, help=text, description=text))
    parser.set_defaults(command=function)
    return parser


def tasks_at_hand(args: argparse.Namespace, names: Iterable[str] = (), suite: str = "") -> Registry:
    """All tasks; says on stderr which plugins cannot be loaded.

    Raises UsageError as ``load_tasks`` does, and for one of ``names`` or a suite that is not there, which says it too.
    """
    registry = load_tasks(args.tasks_dir)
    for name in names:
        registry.get(name)
    if suite:
        registry.suite(suite)
    for failure in registry.failures:
        print(f"warning: {' '.join(failure.split())}", file=sys.stderr)
    return registry


def choice(options: Iterable[str]) -> Callable[[str], str]:
    """An argument that must be one of ``options``; the error names the nearest."""
    options = list(options)

    def parse(text: str) -> str:
        if text not in options:
            raise UsageError(f"unknown value {text!r}{nearest(text, options)}; one of {', '.join(options)}")
        return text

    return parse


def count(text: str) -> int:
    """An argument that is a positive whole number."""
    if not re.fullmatch(r"[0-9]+", text) or len(text) > LONGEST_COUNT or int(text) < 1:
        raise UsageError(f"{text[:20]!r} is not a positive whole number of at most {LONGEST_COUNT} digits")
    return int(text)


def whole(text: str) -> int:
    """An argument that is a whole number of 64 bits."""
    if not re.fullmatch(r"-?[0-9]{1,20}", text) or not -(2**63) <= int(text) < 2**63:
        raise UsageError(f"{text[:30]!r} is not a whole number of 64 bits")
    return int(text)


def draw(text: str) -> int:
    """An argument that is a seed of drawn rows, not negative: that of a number and of its negative are the same."""
    if (found := whole(text)) < 0:
        raise UsageError(f"{text[:30]!r} is not a whole number from 0 to {2**63 - 1}")
    return found


def tokens_at_most(text: str) -> int:
    """An argument that is a number of tokens, or -1 for all of them, in 32 bits."""
    if not -1 <= (found := whole(text)) < 2**31:
        raise UsageError(f"{text[:30]!r} is not a whole number from -1 to {2**31 - 1}")
    return found


def number(low: float, high: float) -> Callable[[str], float]:
    """An argument that is a number between two others."""

    def parse(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = float("nan")
        if not low <= found <= high:
            raise UsageError(f"{text[:30]!r} is not a number from {low:g} to {high:g}")
        return found

    return parse


def replica_count(text: str) -> int:
    """A number; 0 for ``auto``."""
    return 0 if text == "auto" else between(1, MOST_REPLICAS)(text)


def on_paper(args: argparse.Namespace, tokens_per_s: float | None) -> OnPaper | None:
    """The replicas that a dry run plans for; None where none are named, or their speed is unknown.

    Raises UsageError for ``auto`` and for too many.
    """
    from qwen3_eval.engines.ray import gpus_of
    from qwen3_eval.reproduce.makespan import OnPaper

    replicas: int | None = args.replicas
    if replicas is None:
        return None
    if not 1 <= replicas <= MOST_PLANNED:
        said = f"--replicas with --dry-run takes a number from 1 to {MOST_PLANNED:,}, got {replicas or 'auto'}"
        raise UsageError(said)
    gpus = gpus_of(engine_config(args))
    return OnPaper(replicas, tokens_per_s, gpus, args.slots, args.seed) if tokens_per_s else None


def throughput(text: str) -> float:
    """An argument that is a positive number."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or float(text) <= 0:
        raise UsageError(f"--throughput takes tokens a second, got {text!r}")
    return float(text)


def add_throughput(parser: argparse.ArgumentParser) -> None:
    """``--throughput``."""
    text = "decoded tokens a second and GPU, for --dry-run; with --replicas N it says when a run on so many would end"
    parser.add_argument("--throughput", type=throughput, metavar="TOKENS_PER_S", help=text)


def duration(text: str) -> float:
    """Seconds of ``90``, ``90s``, ``10m`` or ``2h``. Raises UsageError for anything else, and for none at all."""
    found = DURATION.fullmatch(text.strip())
    seconds = float(found[1]) * UNITS[found[2]] if found else 0.0
    if not 0 < seconds <= LONGEST_WAIT:
        raise UsageError(f"takes a time such as 90s, 10m or 2h, up to 30 days, got {text[:30]!r}")
    return seconds


def counts(text: str) -> tuple[int, ...]:
    """Positive whole numbers, separated by commas."""
    return tuple(count(part.strip()) for part in text.split(","))


def between(low: int, high: int) -> Callable[[str], int]:
    """An argument that is a whole number from one to another."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,15}", text) or not low <= int(text) <= high:
            raise UsageError(f"{text[:20]!r} is not a whole number from {low} to {high}")
        return int(text)

    return parse


def lengths(text: str) -> tuple[int, ...]:
    """Numbers of tokens, separated by commas."""
    return tuple(between(1, MOST_TOKENS)(part.strip()) for part in text.split(","))


def yarn(text: str) -> str:
    """An argument that is a factor of YaRN, or a word in its place."""
    if text in YARN_WORDS:
        return text
    try:
        return f"{number(1, MOST_YARN)(text):g}"
    except UsageError as error:
        raise UsageError(
            f"{text[:30]!r} is neither a factor from 1 to {MOST_YARN} nor {' nor '.join(YARN_WORDS)}"
        ) from error


def names(text: str) -> tuple[str, ...]:
    """Names, separated by commas, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def setting(text: str, option: str = "--engine-arg") -> tuple[str, str]:
    """An argument for an engine, ``NAME=VALUE``. option: that takes it."""
    name, found, value = text.partition("=")
    if not found:
        raise UsageError(f"{option} takes NAME=VALUE, got {text!r}")
    return name.strip().replace("-", "_"), value


def judge_setting(text: str) -> tuple[str, str]:
    """An argument for the judge's engine, ``NAME=VALUE``."""
    return setting(text, "--judge-engine-arg")


def template_argument(text: str) -> tuple[str, JsonValue]:
    """An argument for the chat template, ``NAME=VALUE``; the value is JSON where it can be read as such, else text."""
    name, stated, value = text.partition("=")
    if not stated or not name.strip().isidentifier():
        raise UsageError(f"--template-arg takes NAME=VALUE, got {text!r}")
    try:
        read: JsonValue = json.loads(value)
        # NaN, the infinities and halves of surrogate pairs cannot be written down again: they stay text.
        json.dumps(read, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return name.strip(), value
    return name.strip(), read


def template_arguments(args: argparse.Namespace) -> dict[str, JsonValue]:
    """All of ``--template-arg``. Raises UsageError for one that is given twice."""
    found: dict[str, JsonValue] = {}
    for name, value in args.template_arg:
        if name in found:
            raise UsageError(f"--template-arg {name} is given twice; give it once")
        found[name] = value
    return found


# Options that several commands take, each stated once.
SHARED: Mapping[str, Mapping[str, Any]] = {
    "model": {"required": True, "help": "hub id, folder, or 'demo' for the bundled model"},
    "samples": {"type": count, "help": "samples a question; default: the report's"},
    "limit": {"type": count, "help": "only the first N docs of each task"},
    "full": {"action": "store_true", "help": "all docs of tasks that otherwise ask a sample of them"},
    "max-tokens": {"type": count, "help": "new tokens without a budget; default: the report's, or the card's"},
    "answer-tokens": {"type": count, "help": "tokens of the answer under a budget"},
    "family": {"default": "", "help": "family of the model, by name or .toml file; default: recognised"},
    "template-arg": {
        "type": template_argument,
        "action": "append",
        "default": [],
        "metavar": "NAME=VALUE",
        "help": "argument for the chat template; VALUE is JSON, else text",
    },
    "sampling": {"default": "", "help": "report, card, or a TOML file by mode; default: as the family says"},
    "stop-text": {"type": choice(STOP_TEXTS), "default": "docs", "help": "text put after cut thinking"},
    "seed": {"type": whole, "default": 0},
    "draw-seed": {"type": draw, "help": "a fresh set of tasks that draw their rows; default: the fixed one"},
}


def add_shared(parser: argparse.ArgumentParser, *names: str) -> None:
    """Options of ``SHARED``, in this order."""
    for name in names:
        parser.add_argument(f"--{name}", **SHARED[name])


def shared_config(args: argparse.Namespace, tasks: tuple[str, ...]) -> RunConfig:
    """What ``SHARED``, ``add_engine``, ``add_judge`` and the others here asked for; the rest as by default."""
    return RunConfig(
        model=args.model,
        tasks=tasks,
        samples=args.samples,
        limit=args.limit,
        full=args.full,
        seed=args.seed,
        draw_seed=args.draw_seed,
        max_tokens=args.max_tokens,
        answer_tokens=args.answer_tokens,
        stop_text=cast(StopText, args.stop_text),
        family=args.family,
        template_args=template_arguments(args),
        sampling_from=args.sampling,
        native_budget=not args.no_native_budget,
        sandbox=cast(SandboxChoice, args.sandbox),
        graders=cast(GradersChoice, args.graders),
        node_wheels=args.node_wheels,
        engine=engine_config(args),
        judge=judge_config(args),
        long=long_config(args),
        data_dir=args.data_dir,
        tasks_dir=args.tasks_dir,
    )


def add_protocol(parser: argparse.ArgumentParser, text: str) -> None:
    """``--protocol``."""
    parser.add_argument("--protocol", type=choice(PROTOCOL_CHOICES), default="auto", help=text)


def add_languages_choice(parser: argparse.ArgumentParser) -> None:
    """``--languages``."""
    text = "only these languages: codes, families or scripts, separated by commas"
    parser.add_argument("--languages", type=names, default=(), help=text)


def add_sandbox(parser: argparse.ArgumentParser) -> None:
    """``--sandbox``."""
    text = (
        "what isolates programs that a model wrote: bubblewrap, docker (or podman), or none, which marks the run; "
        "auto is the first that can be had, never none; default: $QWEN3_EVAL_SANDBOX, else auto"
    )
    default = os.environ.get("QWEN3_EVAL_SANDBOX") or "auto"
    parser.add_argument("--sandbox", type=choice(SANDBOX_CHOICES), default=default, help=text)


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """``--data-dir`` and ``--tasks-dir``."""
    parser.add_argument("--data-dir", type=Path, help="mirror of the datasets; default: $QWEN3_EVAL_DATA, else the hub")
    parser.add_argument("--tasks-dir", type=Path, help="folder with further task files")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """What answers, and how it is reached."""
    parser.add_argument("--engine", type=engine_name, default=None, help=", ".join(BUNDLED))
    servers = "OpenAI-compatible server, or several of one model with commas; empty starts one (engine server)"
    parser.add_argument("--base-url", default="", metavar="URL[,URL...]", help=servers)
    parser.add_argument("--rendering", type=choice(RENDERINGS), default="auto", help="who applies the chat template")
    parser.add_argument("--tokenizer", default="", help="folder or hub id; default: the model's own")
    parser.add_argument("--slots", type=count, help="requests in flight")
    tokens = "tokens of prompts in flight; default: what the engine can hold"
    parser.add_argument("--tokens-in-flight", type=count, metavar="N", help=tokens)
    parser.add_argument(
        "--engine-arg", type=setting, action="append", default=[], metavar="NAME=VALUE", help="argument for vLLM"
    )
    replicas = "engine ray: how many models answer; default: auto, as many as there is room for"
    parser.add_argument("--replicas", type=replica_count, metavar="N|auto", help=replicas)
    accepted = "go on with a run although dtype, quantisation or version of its engine are others; marks the run"
    parser.add_argument("--accept-engine-change", action="store_true", help=accepted)
    parser.add_argument("--no-native-budget", action="store_true", help="cut a single budget here, not in the engine")
    parser.add_argument("--replay-from", type=Path, help="run directory that engine replay answers from")


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """The Ray cluster, and whether answers are judged on it."""
    cluster = "the Ray cluster, auto for the one on this machine, local to start one here; default: auto"
    parser.add_argument("--ray-address", default="auto", metavar="auto|local|HOST:PORT", help=cluster)
    graders = "where answers are judged: on this machine, or on all nodes of the cluster; default: driver"
    parser.add_argument("--graders", type=choice(GRADERS_CHOICES), default="driver", help=graders)
    wheels = "packages with tasks of yours that graders on nodes need, as wheels, separated by commas"
    parser.add_argument("--node-wheels", type=wheel_files, default=(), metavar="FILE[,FILE...]", help=wheels)


def wheel_files(text: str) -> tuple[Path, ...]:
    """An argument that is wheels. Raises UsageError for a file that is none."""
    found = tuple(Path(each) for each in names(text))
    for path in found:
        if path.suffix != ".whl" or not path.is_file():
            raise UsageError(f"--node-wheels takes wheels (NAME-VERSION-py3-none-any.whl), and {path} is none")
    return found


def add_patience(parser: argparse.ArgumentParser) -> None:
    """How long what answers may be away, the judge included."""
    wait = "how long what went away is waited for: 90s, 10m, 2h; default: an hour for servers, 10m for replicas"
    parser.add_argument("--wait-for-server", "--wait-for-replicas", type=duration, metavar="TIME", help=wait)


def engine_config(args: argparse.Namespace) -> EngineConfig:
    """What ``add_engine`` asked for."""
    return EngineConfig(
        kind=args.engine or default_engine(args.base_url),
        base_url=args.base_url,
        rendering=cast(Rendering, args.rendering),
        tokenizer=args.tokenizer,
        slots=args.slots,
        tokens_in_flight=args.tokens_in_flight,
        args=dict(args.engine_arg),
        replay_from=args.replay_from,
        wait_s=args.wait_for_server,
        ray_address=args.ray_address,
        replicas=args.replicas or None,
        accept_change=args.accept_engine_change,
    )


def add_judge(parser: argparse.ArgumentParser) -> None:
    """The model that judges answers, and how it is reached."""
    group = parser.add_argument_group("the judge of tasks that need one")
    group.add_argument("--judge-model", default="", help="hub id, folder, or its name on the server at --judge-url")
    group.add_argument("--judge-url", default="", help="OpenAI-compatible server; key: $QWEN3_EVAL_JUDGE_API_KEY")
    group.add_argument("--judge-engine", type=engine_name, help=", ".join(BUNDLED))
    group.add_argument(
        "--judge-engine-arg",
        type=judge_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="argument for vLLM",
    )
    group.add_argument("--judge-mode", type=choice(MODES), help="default: non-thinking where it has it")
    group.add_argument("--judge-family", default="", help="family of the judge; default: recognised")
    group.add_argument("--judge-tokenizer", default="", help="folder or hub id; default: the judge's own")
    group.add_argument("--judge-slots", type=count, help="calls in flight")
    group.add_argument("--judge-max-tokens", type=count, help="tokens of a reply; default: the benchmark's")
    group.add_argument("--judge-temperature", type=number(0, 100), help="default: the benchmark's")
    group.add_argument("--judge-top-p", type=number(1e-9, 1), help="default: the benchmark's; 1 is not sent")
    group.add_argument("--judge-parse", type=choice(JUDGE_PARSES), default="official", help="official or lenient")
    group.add_argument("--judge-replay-from", type=Path, help="run directory that --judge-engine replay answers from")


def add_long(parser: argparse.ArgumentParser) -> None:
    """How tasks are asked whose prompts are fitted to a length."""
    group = parser.add_argument_group("tasks of long prompts")
    group.add_argument("--lengths", type=lengths, default=(), help="in tokens, separated by commas")
    text = "of each part at each length; default: the benchmark's"
    group.add_argument("--samples-per-task", type=between(1, MOST_SAMPLES), help=text)
    text = "off: answers do not begin with the benchmark's words (which they do where the model does not think)"
    group.add_argument("--ruler-prefix", type=choice(("on", "off")), default="on", help=text)
    text = "factor for the context of the model, off, or served where a running server has it; default: the benchmark's"
    group.add_argument("--yarn", type=yarn, metavar="FACTOR|off|served", help=text)


def long_config(args: argparse.Namespace) -> LongConfig:
    """What ``add_long`` asked for."""
    return LongConfig(args.lengths, args.samples_per_task, args.ruler_prefix == "on", args.yarn or "")


def add_judge_price(parser: argparse.ArgumentParser) -> None:
    """``--judge-price``."""
    text = "price of a million tokens that a judge reads and writes, such as 2.5,10"
    parser.add_argument("--judge-price", type=token_price, metavar="IN,OUT", help=text)


def token_price(text: str) -> TokenPrice:
    """An argument that is two prices, separated by a comma."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", part) for part in parts):
        raise UsageError(f"--judge-price takes two prices of a million tokens, IN,OUT, got {text[:30]!r}")
    return TokenPrice(*map(float, parts))


def judge_config(args: argparse.Namespace) -> JudgeConfig | None:
    """What ``add_judge`` asked for; None for no judge. Raises UsageError for settings of a judge that is not named."""
    if not args.judge_model:
        if args.judge_url or args.judge_engine or args.judge_engine_arg or args.judge_replay_from:
            raise UsageError("--judge-url, --judge-engine and the like are of a judge: name it with --judge-model")
        return None
    stated = {"temperature": args.judge_temperature, "top_p": args.judge_top_p}
    return JudgeConfig(
        model=args.judge_model,
        engine=EngineConfig(
            kind=args.judge_engine or default_engine(args.judge_url),
            base_url=args.judge_url,
            tokenizer=args.judge_tokenizer,
            slots=args.judge_slots,
            args=dict(args.judge_engine_arg),
            replay_from=args.judge_replay_from,
            wait_s=args.wait_for_server,
        ),
        mode=args.judge_mode or "",
        family=args.judge_family,
        lenient=args.judge_parse == "lenient",
        sampling={name: value for name, value in stated.items() if value is not None},
        max_tokens=args.judge_max_tokens,
    )
