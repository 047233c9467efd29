"""GGUF import: what it refuses, and a tiny model made here, taken through."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from qwen3_eval import models
from qwen3_eval.models import find_gguf, import_gguf
from qwen3_eval.types import UsageError

MISSING = [name for name in models.NEEDED if importlib.util.find_spec(name) is None]
WORDS = ["<s>", "</s>", *"abcdefgh", "ab"]
TEMPLATE = "{{ messages[0].content }}"
WIDTH, HEADS, LAYERS, INNER = 16, 2, 1, 32


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        find_gguf(tmp_path / "none")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no \.gguf file"):
        find_gguf(tmp_path)


def test_a_folder_with_several_models(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(models.MAGIC)
    with pytest.raises(UsageError, match=r"several models \(a.gguf, b.gguf\)"):
        find_gguf(tmp_path)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"PK\3\4")
    with pytest.raises(UsageError, match="not a GGUF file"):
        find_gguf(tmp_path)


def test_the_model_of_an_installed_package_is_found(tmp_path: Path) -> None:
    file = tmp_path / "package" / "deep" / "a.gguf"
    file.parent.mkdir(parents=True)
    file.write_bytes(models.MAGIC)
    assert find_gguf(tmp_path) == file


def test_a_result_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(models.MAGIC)
    with pytest.raises(UsageError, match="is there already"):
        import_gguf(tmp_path / "a.gguf", tmp_path)


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.gguf").write_bytes(models.MAGIC)
    monkeypatch.setattr(models, "NEEDED", ("no_such_package",))
    with pytest.raises(UsageError, match=r"needs no_such_package; pip install 'qwen3-eval\[gguf\]'"):
        import_gguf(tmp_path / "a.gguf", tmp_path / "out")


@pytest.mark.long
@pytest.mark.skipif(bool(MISSING), reason=f"import-gguf needs {', '.join(MISSING)}")
def test_a_tiny_model_is_taken_through(tmp_path: Path) -> None:
    weights = write_tiny_llama(tmp_path / "tiny.gguf")
    out = tmp_path / "made" / "tiny"
    import_gguf(tmp_path / "tiny.gguf", out)
    config = json.loads((out / "config.json").read_text())
    assert (config["architectures"], config["hidden_size"]) == (["LlamaForCausalLM"], WIDTH)
    assert "quantization_config" not in config
    from safetensors.torch import load_file

    found = load_file(out / "model.safetensors")["model.embed_tokens.weight"].float().numpy()
    assert abs(found - weights).max() < 0.01
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(out)
    assert tokenizer.decode(tokenizer.encode("abcd", add_special_tokens=False)) == "abcd"
    assert tokenizer.chat_template == TEMPLATE
    assert [path.name for path in out.parent.iterdir()] == ["tiny"]


@pytest.mark.skipif(bool(MISSING), reason=f"import-gguf needs {', '.join(MISSING)}")
def test_a_torn_file_leaves_nothing(tmp_path: Path) -> None:
    write_tiny_llama(tmp_path / "tiny.gguf")
    whole = (tmp_path / "tiny.gguf").read_bytes()
    (tmp_path / "tiny.gguf").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(UsageError, match="cannot be converted"):
        import_gguf(tmp_path / "tiny.gguf", tmp_path / "made" / "tiny")
    assert not list((tmp_path / "made").iterdir())


def write_tiny_llama(path: Path) -> Any:
    """A llama of one layer with random weights and a tokenizer of eight letters; returns its embedding."""
    import numpy as np
    from gguf import GGUFWriter

    writer = GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(len(WORDS))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(WORDS)
    writer.add_token_types([3, 3, *[1] * (len(WORDS) - 2)])
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_chat_template(TEMPLATE)
    random = np.random.default_rng(0)
    shapes = {"token_embd": (len(WORDS), WIDTH), "output": (len(WORDS), WIDTH), "output_norm": (WIDTH,)}
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        shapes[f"blk.0.{name}"] = (WIDTH, WIDTH)
    shapes |= {"blk.0.ffn_gate": (INNER, WIDTH), "blk.0.ffn_up": (INNER, WIDTH), "blk.0.ffn_down": (WIDTH, INNER)}
    shapes |= {"blk.0.attn_norm": (WIDTH,), "blk.0.ffn_norm": (WIDTH,)}
    tensors = {name: random.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()}
    for name, tensor in tensors.items():
        writer.add_tensor(f"{name}.weight", tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tensors["token_embd"]
