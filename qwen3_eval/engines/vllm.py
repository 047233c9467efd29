"""vLLM in process: its asynchronous engine, continuous batching, prefix caching on."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.arguments import (
    INSTALL,
    check_names,
    command_line,
    default_slots,
    engine_arguments,
    on_cpu,
    reasoning_config,
    vllm_environment,
    vllm_version,
)
from qwen3_eval.engines.base import Completion, EngineError, Request, TooLong
from qwen3_eval.engines.budgeted import ThinkingBudget
from qwen3_eval.engines.context import LoadingEngine
from qwen3_eval.engines.gathered import SCHEDULER
from qwen3_eval.engines.launch import Guard
from qwen3_eval.engines.log import EngineLog
from qwen3_eval.engines.ranks import Ranks
from qwen3_eval.thinking import tags_of
from qwen3_eval.types import IncompleteError, Json, JsonValue, UsageError

if TYPE_CHECKING:
    from vllm import RequestOutput
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.sampling_params import SamplingParams
    from vllm.v1.engine.async_llm import AsyncLLM


# Nothing is left to be saved when the engine is stopped: every answer that counts has come.
SHUTDOWN_SECONDS = 2.0


class VllmEngine(LoadingEngine):
    """Tokens in, tokens out, through ``AsyncLLM``. vLLM is imported when it is started.

    It starts its engine in a process of its own, by spawning: the program needs an importable
    ``__main__``. That process ends with this one, even when this one is killed. Its output goes to a
    file that is quoted when something fails; ``QWEN3_EVAL_VLLM_LOG=info`` (or another level) shows it
    on the terminal instead.
    """

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self.slots = config.engine.slots or default_slots(config.engine.args)
        self.native_budget = False
        self.max_context: int | None = None
        self._arguments: dict[str, JsonValue] = {}
        self._llm: Any = None
        self._budget: ThinkingBudget | None = None
        self._ids = itertools.count()
        self._ranks = Ranks(1)
        self._log = EngineLog()
        self._guard = Guard()

    def check(self) -> None:
        """Reads the arguments that were given, as vLLM does; that it cannot be imported is said by ``start``."""
        if self._config.engine.args:
            os.environ.update(vllm_environment())
            with suppress(ImportError):
                _read(engine_arguments(self._config))

    async def start(self) -> None:
        """Loads the model: 20 to 60 s on a CPU. Raises UsageError when vLLM refuses, with its reason."""
        os.environ.update(vllm_environment())
        self._arguments = engine_arguments(self._config)
        with self._log.capture():
            self._guard.open()
            try:
                self._llm = self._build()
            except UsageError:
                raise
            except ImportError as error:
                raise UsageError(f"vLLM cannot be imported ({error}); {INSTALL}") from error
            except Exception as error:
                raise UsageError(f"vLLM cannot start: {self._log.reason() or error}") from error
        self.max_context = int(self._llm.model_config.max_model_len)
        self._ranks = Ranks(len(self._llm.engine_core.core_engines))
        self._budget = await self._thinking_budget()
        self.native_budget = self._budget is not None
        self.holds = held_tokens(self._llm.vllm_config.cache_config)

    def _build(self) -> AsyncLLM:
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.usage.usage_lib import UsageContext
        from vllm.v1.engine.async_llm import AsyncLLM

        if "reasoning_config" in _names(AsyncEngineArgs):
            self._arguments.setdefault("reasoning_config", self._reasoning())
        self._arguments.setdefault("disable_log_stats", True)
        read = _read(self._arguments)
        config = read.create_engine_config(UsageContext.ENGINE_CONTEXT)
        gather(config.scheduler_config)
        logs = {"enable_log_requests": read.enable_log_requests, "disable_log_stats": read.disable_log_stats}
        return AsyncLLM.from_vllm_config(config, **logs)

    async def _thinking_budget(self) -> ThinkingBudget | None:
        """The tags and stop text in the model's tokens; None where the engine cannot enforce a budget with them."""
        accepted = getattr(self._llm.vllm_config, "reasoning_config", None)
        wanted = self._reasoning()
        if self._arguments.get("reasoning_config") != wanted or accepted is None:
            return None
        tokenizer = self._llm.get_tokenizer()
        tokenizer = await tokenizer if asyncio.iscoroutine(tokenizer) else tokenizer

        def token_of(text: str) -> int | None:
            ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
            return ids[0] if len(ids) == 1 else None

        tags = tags_of(self.reader.own, token_of)
        stop = tokenizer.encode(wanted["reasoning_end_str"], add_special_tokens=False)
        return ThinkingBudget(tags, tuple(stop)) if tags is not None and tags.close in stop else None

    def _reasoning(self) -> dict[str, str]:
        return reasoning_config(self._config, self.reader.own)

    async def close(self) -> None:
        """Stops the engine's process; of one that did not come to its end of loading, whatever it has started."""
        llm, self._llm = self._llm, None
        if llm is None:
            self._guard.abandon()
        else:
            with self._log.capture():
                llm.shutdown(timeout=SHUTDOWN_SECONDS)
        self._guard.close()
        self._log.close()

    def describe(self) -> Json:
        """Version, arguments and hardware."""
        return {
            "name": "vllm",
            "version": vllm_version(),
            "arguments": self._arguments,
            "device": "cpu" if on_cpu() else _gpu_names(),
            "dtype": str(self._llm.model_config.dtype) if self._llm else None,
            "max_context": self.max_context,
            "native_budget": self.native_budget,
            "slots": self.slots,
        }

    async def generate(self, request: Request) -> Completion:
        """One completion. Raises EngineError, and IncompleteError when the engine has died."""
        if request.thinking_budget is not None:
            if self._budget is None:
                raise EngineError("this engine cannot enforce a thinking budget")
            return await self._budget.generate(request, self._stream)
        last = Completion()
        async for output in self._outputs(request, final_only=True):
            part = output.outputs[0]
            last = _completion(output, tuple(part.token_ids), part.text, request)
        return last

    async def stream(self, request: Request) -> AsyncGenerator[Completion, None]:
        """Growing completions, by as many tokens as the request wants at once. Raises as ``generate`` does."""
        async with aclosing(self._stream(replace(request, thinking_budget=None))) as parts:
            async for completion in parts:
                yield completion

    async def _stream(self, request: Request) -> AsyncGenerator[Completion, None]:
        """As ``stream``; a thinking budget is vLLM's own limit."""
        tokens: list[int] = []
        text = ""
        async with aclosing(self._outputs(request, final_only=False)) as outputs:
            async for output in outputs:
                tokens += output.outputs[0].token_ids
                text += output.outputs[0].text
                yield _completion(output, tokens, text, request)

    async def _outputs(self, request: Request, *, final_only: bool) -> AsyncGenerator[RequestOutput, None]:
        """vLLM's outputs; closing this generator early aborts the request."""
        from vllm.exceptions import VLLMClientError, VLLMError
        from vllm.inputs.engine import tokens_input
        from vllm.v1.engine.exceptions import EngineDeadError

        ended, tokens = False, self._checked(request)
        try:
            params, name = _sampling_params(request, final_only=final_only), f"q{next(self._ids)}"
            with self._ranks.turn(request.unit.trace) as rank:
                made = self._llm.generate(tokens_input(tokens), params, name, data_parallel_rank=rank)
                async with aclosing(made) as outputs:
                    async for output in outputs:
                        ended = output.outputs[0].finish_reason is not None
                        yield output
        except EngineDeadError as error:
            reason = self._log.reason() or str(error)
            raise IncompleteError(f"the vLLM engine died ({reason}); run the same command again to go on") from error
        except (VLLMClientError, ValueError, TypeError) as error:
            raise EngineError(f"vLLM refuses the request: {error}", refused=True) from error
        # Whatever it calls them: a failed generation, a request that may be made again, a full queue.
        except VLLMError as error:
            raise EngineError(f"vLLM: {error.__cause__ or error}") from error
        if not ended:
            raise EngineError("vLLM's outputs ended before the answer did")

    def _checked(self, request: Request) -> list[int]:
        """The prompt's tokens. Raises EngineError when there are none or they fill the context."""
        if self._llm is None:
            raise EngineError("the engine is not running")
        if not request.token_ids:
            raise EngineError("engine vllm needs a rendered prompt of at least one token")
        size, room = len(request.token_ids), self.max_context or 0
        if size >= room:
            raise TooLong(f"the prompt has {size} tokens, the context {room}", size)
        return list(request.token_ids)


def gather(settings: Any) -> None:
    """Has vLLM gather the tokens that it sends, unless a user or the kind of model wants a scheduler of its own."""
    if settings.scheduler_cls is None:
        settings.scheduler_cls = SCHEDULER


def _read(arguments: Json) -> AsyncEngineArgs:
    """Arguments as vLLM's own command line reads them. Raises UsageError for a name or a value that it refuses."""
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    check_names(arguments, _names(AsyncEngineArgs))
    parser = AsyncEngineArgs.add_cli_args(FlexibleArgumentParser())
    parser.error = _refuse
    return AsyncEngineArgs.from_cli_args(parser.parse_args(command_line(arguments)))


def _names(args_class: type[AsyncEngineArgs]) -> list[str]:
    return [field.name for field in fields(args_class)]


def _refuse(message: str) -> None:
    raise UsageError(f"--engine-arg: {message}")


def _sampling_params(request: Request, *, final_only: bool) -> SamplingParams:
    """Greedy requests need no generator; a text is made only where a stop string has to be found in it."""
    from vllm.sampling_params import RequestOutputKind, SamplingParams

    sampling, stop = request.sampling, _stop_strings(request)
    return SamplingParams(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        min_p=sampling.min_p,
        presence_penalty=sampling.presence_penalty,
        seed=request.seed if sampling.temperature > 0 else None,
        max_tokens=request.max_tokens,
        stop=list(stop) or None,
        detokenize=bool(stop),
        allowed_token_ids=list(request.allowed) or None,
        thinking_token_budget=request.thinking_budget,
        output_kind=RequestOutputKind.FINAL_ONLY if final_only else RequestOutputKind.DELTA,
        stream_interval=request.together,
        # Made for one request, so that vLLM needs no copy: that is a third of what a request costs here.
        skip_clone=True,
    )


def _stop_strings(request: Request) -> Sequence[str]:
    return request.prompt.stop if request.prompt.completion is not None else ()


def _completion(output: RequestOutput, tokens: Sequence[int], text: str, request: Request) -> Completion:
    """tokens and text: all so far; there is text only where stop strings are looked for."""
    return Completion(
        token_ids=tokens,
        text=text,
        finish_reason=output.outputs[0].finish_reason,
        prompt_tokens=len(request.token_ids or ()),
        completion_tokens=len(tokens),
        cached_tokens=output.num_cached_tokens,
    )


def held_tokens(cache: Any) -> int | None:
    """Tokens that the KV cache has room for; None where vLLM does not tell."""
    blocks, size = getattr(cache, "num_gpu_blocks", None), getattr(cache, "block_size", None)
    return blocks * size if isinstance(blocks, int) and isinstance(size, int) and blocks > 0 < size else None


def _gpu_names() -> list[str]:
    import torch

    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
