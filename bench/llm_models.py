"""Models of real shapes with random weights, made where they run."""

import copy
from typing import Any

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel, Qwen3Config

from services.llm.hardware import free_memory

CONTEXT_TOKENS = 40_960

SHAPES: dict[str, dict[str, Any]] = {
    "tiny": {
        "vocab_size": 8_000,
        "hidden_size": 256,
        "intermediate_size": 768,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "tie_word_embeddings": True,
    },
    "0.6b": {
        "vocab_size": 151_936,
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "tie_word_embeddings": True,
    },
    "8b": {
        "vocab_size": 151_936,
        "hidden_size": 4096,
        "intermediate_size": 12_288,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "tie_word_embeddings": False,
    },
}
"""Qwen3's, and one small enough for any machine."""


class NoRoom(Exception):
    """The weights do not fit; the text says how large they are."""


def make_model(size: str, device: torch.device, dtype: torch.dtype) -> PreTrainedModel:
    """The same weights each time on the same kind of device. What the model writes depends on all that it has read.

    That takes weights as wide as these: with the usual 0.02 a small random model repeats one token for ever, and
    then every engine agrees with every other. Raises NoRoom.
    """
    shape = SHAPES[size]
    config = Qwen3Config(
        **shape, max_position_embeddings=CONTEXT_TOKENS, initializer_range=shape["hidden_size"] ** -0.5
    )

    def made(where: torch.device) -> PreTrainedModel:
        with where:
            return AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation="sdpa")

    needed = parameters(made(torch.device("meta"))) * dtype.itemsize
    if needed > free_memory(device):
        raise NoRoom(f"its weights take {needed / 1e9:.0f} GB")
    torch.manual_seed(0)
    return made(device).eval().requires_grad_(False)


def twin(model: PreTrainedModel) -> PreTrainedModel:
    """The same weights in layers of its own: whoever exchanges those leaves the first model as it is."""
    shared = {id(weights): weights for weights in (*model.parameters(), *model.buffers())}
    return copy.deepcopy(model, shared)


def parameters(model: PreTrainedModel) -> int:
    """How many weights there are; those that two layers share count once."""
    return sum(weights.numel() for weights in model.parameters())


def cache_bytes(model: PreTrainedModel) -> int:
    """Keys and values of one token in all layers."""
    config = model.config
    return 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * model.dtype.itemsize


def step_bytes(model: Any) -> int:
    """Weights that one step reads whole. Of an embedding table only the rows of its tokens are looked up."""
    count = parameters(model)
    if not model.config.tie_word_embeddings:
        count -= model.get_input_embeddings().weight.numel()
    return count * model.dtype.itemsize
