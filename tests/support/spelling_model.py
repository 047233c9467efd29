"""A Qwen3ForCausalLM of the full vocabulary, random but for one thing: after one token of a chain comes the next.

Attention and layers add nothing to what a token's embedding says, and the output layer reads the next token from it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from qwen_like import VOCABULARY

WIDTH = 128
HEADS, HEAD = 2, 64
CONTEXT = 2048
STRENGTH = 20.0


def write_model(folder: Path, chain: Sequence[int], end: int) -> None:
    """Writes weights and settings into a folder; chain: token ids that differ, up to ``WIDTH`` of them."""
    import torch
    from safetensors.torch import save_file

    assert len(set(chain)) == len(chain) <= WIDTH
    torch.manual_seed(0)
    embedded, read = torch.randn(VOCABULARY, WIDTH) * 0.02, torch.zeros(VOCABULARY, WIDTH)
    for place, (token, following) in enumerate(pairwise(chain)):
        embedded[token] = torch.nn.functional.one_hot(torch.tensor(place), WIDTH).float()
        read[following, place] = STRENGTH
    layer = "model.layers.0."
    shapes = {"q": (HEADS * HEAD, WIDTH), "k": (HEADS * HEAD, WIDTH), "v": (HEADS * HEAD, WIDTH)}
    weights = {f"{layer}self_attn.{name}_proj.weight": torch.randn(shape) * 0.02 for name, shape in shapes.items()}
    weights |= {f"{layer}self_attn.{name}_norm.weight": torch.ones(HEAD) for name in "qk"}
    weights |= {f"{layer}mlp.{name}_proj.weight": torch.randn(WIDTH, WIDTH) * 0.02 for name in ("gate", "up")}
    weights |= {f"{layer}mlp.down_proj.weight": torch.zeros(WIDTH, WIDTH)}
    weights |= {f"{layer}self_attn.o_proj.weight": torch.zeros(WIDTH, HEADS * HEAD)}
    norms = (f"{layer}input_layernorm", f"{layer}post_attention_layernorm", "model.norm")
    weights |= {f"{name}.weight": torch.ones(WIDTH) for name in norms}
    weights |= {"model.embed_tokens.weight": embedded, "lm_head.weight": read}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(_settings(end)))


def _settings(end: int) -> dict[str, object]:
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": VOCABULARY,
        "hidden_size": WIDTH,
        "intermediate_size": WIDTH,
        "num_hidden_layers": 1,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "head_dim": HEAD,
        "max_position_embeddings": CONTEXT,
        "rope_theta": 1_000_000.0,
        "rms_norm_eps": 1e-6,
        "hidden_act": "silu",
        "attention_bias": False,
        "tie_word_embeddings": False,
        "dtype": "float32",
        "eos_token_id": end,
    }
