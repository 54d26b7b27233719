"""Models small enough to be made on the spot, with random weights, and jobs whose pieces are kept."""

import queue
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from transformers import (
    BambaConfig,
    BambaForCausalLM,
    Glm4Config,
    Glm4ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen3_5ForCausalLM,
    Qwen3_5TextConfig,
    Qwen3Config,
    Qwen3ForCausalLM,
    RwkvConfig,
    RwkvForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from services.llm.engine import Engine
from services.llm.generation import Failure, Finish, Job, Piece, Sampling, Text
from services.llm.runner import Runner

HAS_CARD = torch.cuda.is_available()
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not HAS_CARD, reason="there is no NVIDIA card"))]

VOCABULARY = 600
SHAPE: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "initializer_range": 0.2,
    "pad_token_id": 0,
    "eos_token_id": None,
    "bos_token_id": None,
}
LINEAR = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 2,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
}


def make(kind: str) -> Any:
    """A model of a family, in float32 on the processor; it never ends a reply by itself."""
    torch.manual_seed(7)
    match kind:
        case "qwen3":
            model = Qwen3ForCausalLM(Qwen3Config(**SHAPE, head_dim=32))
        case "llama":
            model = LlamaForCausalLM(LlamaConfig(**SHAPE))
        case "glm4":
            model = Glm4ForCausalLM(Glm4Config(**SHAPE, head_dim=16))
        case "mistral":
            model = MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=None))
        case "sliding":
            model = MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=32))
        case "linear":
            model = Qwen3_5ForCausalLM(Qwen3_5TextConfig(**SHAPE | {"num_hidden_layers": 4}, head_dim=16, **LINEAR))
        case "mamba":  # with attention in between, whose positions it does not count by itself
            mamba = {"mamba_n_heads": 8, "mamba_d_head": 16, "mamba_d_state": 16, "attn_layer_indices": [1]}
            model = BambaForCausalLM(BambaConfig(**SHAPE, **mamba))
        case "rwkv":
            shape = {"vocab_size": VOCABULARY, "hidden_size": 64, "num_hidden_layers": 2, "eos_token_id": None}
            model = RwkvForCausalLM(RwkvConfig(**shape, bos_token_id=None))
            for weights in model.parameters():
                if weights.dim() > 1:
                    torch.nn.init.normal_(weights, std=0.3)
        case "t5":
            shape = {"d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4}
            ends = {"decoder_start_token_id": 0, "pad_token_id": 0, "eos_token_id": None}
            model = T5ForConditionalGeneration(T5Config(vocab_size=VOCABULARY, **shape, **ends))
        case _:
            raise ValueError(kind)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    return model.eval()


@torch.inference_mode()
def generated(model: Any, prompt: Sequence[int], tokens: int) -> list[int]:
    """What transformers' own `generate` says, greedily."""
    ids = torch.tensor([list(prompt)], device=model.device)
    written = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, do_sample=False)[0]
    return (written[1:] if model.config.is_encoder_decoder else written[len(prompt) :]).tolist()


class Reply:
    """A job, and its pieces as they come."""

    def __init__(self, prompt: Sequence[int], tokens: int = 8, **wishes: Any) -> None:
        job = {name: wishes.pop(name) for name in ("tenant", "shared_tokens", "adapter") if name in wishes}
        sampling = Sampling(tokens, **{"temperature": 0.0, "alternatives": 0} | wishes)
        self.pieces: queue.Queue[Piece] = queue.Queue()
        self.job = Job(prompt, sampling, self.pieces.put, **job)
        self.text = ""
        self.tokens: list[int] = []
        self.end: Finish | Failure | None = None

    def next(self) -> Piece:
        """Wait for the next piece."""
        piece = self.pieces.get(timeout=60)
        if isinstance(piece, Text):
            self.text += piece.text
            self.tokens += [logprob.token for logprob in piece.logprobs]
        if isinstance(piece, Finish | Failure):
            self.end = piece
        return piece

    def whole(self) -> list[int]:
        """Wait for the end; the tokens that were chosen."""
        while self.end is None:
            self.next()
        return self.tokens


def make_engine(runner: Runner, **changes: Any) -> Engine:
    """An engine without a tokenizer, with room for every test's queue."""
    return Engine(
        runner, **{"eos": frozenset(), "tokenizer": None, "waiting": 1000, "waiting_tokens": 10**9} | changes
    )
