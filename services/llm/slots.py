"""The batched runner: a cache of fixed slots, one forward pass per step over all of them."""

import logging
import math
import time
from collections.abc import Sequence as Series
from typing import Any

import torch
from torch import Tensor, nn

from services.llm.adapters import use_adapter
from services.llm.attention import HAS_FLASH, NAME, Layout, Span, Unsupported
from services.llm.generation import Logprob
from services.llm.graphs import DecodeGraphs
from services.llm.linear import PackedLinear, exchange, pack
from services.llm.runner import memory_guard
from services.llm.sampling import choose
from services.llm.scheduler import Move, Step

log = logging.getLogger(__name__)

LENGTH_STEP = 32
"""Attention reads the cache up to a multiple of this, so that few shapes occur."""
SHORT_LENGTH = 256
"""Up to here a processor attends for all rows in one call; beyond, the padding costs more than the calls do."""
TRIAL_TOKENS = 32
TOLERANCE = 0.15
"""How much the difference between the logits of the slots and the model's own may spread, as a share of theirs.
A deep model in bfloat16 or int8 has 0.05 already when it reads the same tokens in other portions."""


class SlotRunner:
    """Holds a decoder whose layers all attend fully; the cache is allocated here, once."""

    reuses_prefixes = True

    def __init__(self, model: Any, slots: int, context_tokens: int, chunk_tokens: int) -> None:
        """Raises Unsupported when the logits over the slots are not the model's own, OutOfMemory."""
        self.slots = slots
        self.context_tokens = context_tokens
        self.chunk_tokens = chunk_tokens
        self._model = model
        self._device = model.device
        self._adapter: str | None = None
        config = model.config.get_text_config(decoder=True)
        self.vocabulary: int = model.get_output_embeddings().weight.shape[0]
        shape = (slots, *_slot_shape(config, context_tokens))
        with memory_guard():
            layers = range(config.num_hidden_layers)
            self._keys = [torch.zeros(shape, dtype=model.dtype, device=self._device) for _ in layers]
            self._values = [torch.zeros_like(keys) for keys in self._keys]
            self._spare = torch.empty(shape[1:], dtype=model.dtype, device=self._device)
        self._flashes = HAS_FLASH and model.dtype in (torch.float16, torch.bfloat16) and _is_ampere(self._device)
        self._prepare()
        self._graphs = DecodeGraphs(self._decode, slots, shape[2], self._device)

    @memory_guard()
    @torch.inference_mode()
    def move(self, moves: list[Move]) -> None:
        """Copy or exchange what slots hold, layer by layer, without taking memory for it."""
        for move in moves:
            part = slice(None), slice(move.tokens)
            for layer in (*self._keys, *self._values):
                source, target = layer[move.source][part], layer[move.target][part]
                if move.swaps:
                    kept = self._spare[part].copy_(target)
                    target.copy_(source)
                    source.copy_(kept)
                else:
                    target.copy_(source)

    @memory_guard()
    @torch.inference_mode()
    def run(self, step: Step) -> list[Logprob]:
        """One forward pass and the choice of the next tokens."""
        if step.adapter != self._adapter:
            use_adapter(self._model, step.adapter)
            self._adapter = step.adapter
        positions, tokens = _next_tokens(step)
        if step.chunks:
            logits = self._mixed(step, positions, tokens)
        else:
            length = _rounded(max(positions) + 1)
            logits = self._graphs.run(tokens, positions, length, is_captured=step.adapter is None)
            if len(step.decoding) < len(step.running):
                logits = logits[list(step.decoding)]
        return choose(logits, step.choosing)

    @torch.inference_mode()
    def tokens_per_second(self) -> float:
        """How fast this reads a prompt, by a short trial; only while nothing runs."""
        count = min(TRIAL_TOKENS, self.context_tokens)
        tokens = torch.zeros(count, dtype=torch.long, device=self._device)
        positions = torch.arange(count, device=self._device)
        began = time.perf_counter()
        self._forward(tokens, positions, 0, 0, [Span(0, 0, count)], [count - 1])
        return count / (time.perf_counter() - began)

    def _mixed(self, step: Step, positions: list[int], tokens: list[int]) -> Tensor:
        """Logits [choosing, vocabulary] of a step that reads chunks of prompts, and decodes if anything does."""
        rows = len(positions) if step.decoding else 0
        positions, tokens = positions[:rows], tokens[:rows]
        spans, kept, at = [], list(step.decoding), rows
        for chunk in step.chunks:
            spans.append(Span(chunk.slot, chunk.start, chunk.tokens))
            positions.extend(range(chunk.start, chunk.start + chunk.tokens))
            tokens.extend(chunk.sequence.tokens[chunk.start : chunk.start + chunk.tokens])
            at += chunk.tokens
            if chunk.is_last:
                kept.append(at - 1)
        placed = torch.tensor(positions, device=self._device)
        length = _rounded(max(positions[:rows], default=0) + 1)
        return self._forward(torch.tensor(tokens, device=self._device), placed, rows, length, spans, kept)

    def _decode(self, tokens: Tensor, positions: Tensor, length: int) -> Tensor:
        """Logits [rows, vocabulary] for one token in each of the first slots."""
        return self._forward(tokens, positions, len(tokens), length, (), None)

    def _forward(
        self, tokens: Tensor, positions: Tensor, rows: int, length: int, spans: Series[Span], kept: list[int] | None
    ) -> Tensor:
        mask, ends = None, None
        if rows and self._device.type == "cpu" and length > SHORT_LENGTH:
            ends = (positions[:rows] + 1).tolist()
        elif rows and not self._flashes:
            seen = torch.arange(length, device=self._device) <= positions[:rows, None]
            mask = torch.zeros(seen.shape, dtype=self._model.dtype, device=self._device)
            mask = mask.masked_fill(~seen, -torch.inf)[:, None, None]
        layout = Layout(self._keys, self._values, rows, positions[:rows], length, mask, ends, spans)
        keep = 0 if kept is None else torch.tensor(kept, device=self._device, dtype=torch.long)
        output = self._model(
            input_ids=tokens[None],
            position_ids=positions[None],
            use_cache=False,
            logits_to_keep=keep,
            layout=layout,
        )
        return output.logits[0]

    @torch.inference_mode()
    def _prepare(self) -> None:
        """Have the model attend through the slots, with its weights laid out for a processor.

        Either has to leave what it says as it is; the second is given up otherwise.
        """
        chooser = torch.Generator().manual_seed(0)
        tokens = torch.randint(self.vocabulary, (min(24, self.context_tokens),), generator=chooser).to(self._device)
        expected = self._model(input_ids=tokens[None], use_cache=False).logits[0, [-2, -1]].float()
        self._model.set_attn_implementation(NAME)
        self._require_agreement(tokens, expected)
        if self._device.type == "cpu" and not getattr(self._model, "_hf_peft_config_loaded", False):
            try:
                exchange(self._model, nn.Linear, pack)
                self._require_agreement(tokens, expected)
            except (Unsupported, RuntimeError, AttributeError) as error:
                log.info("Weights stay as they are: %s", error)
                exchange(self._model, PackedLinear, PackedLinear.unpacked)

    def _require_agreement(self, tokens: Tensor, expected: Tensor) -> None:
        """Read tokens in two chunks and the last one by itself, and compare the logits; raises Unsupported."""
        count = len(tokens)
        positions = torch.arange(count, device=self._device)
        try:
            half = count // 2
            self._forward(tokens[:half], positions[:half], 0, 0, [Span(0, 0, half)], [half - 1])
            rest = slice(half, count - 1)
            chunk = self._forward(
                tokens[rest], positions[rest], 0, 0, [Span(0, half, count - 1 - half)], [count - 2 - half]
            )
            last = self._decode(tokens[-1:], positions[-1:], _rounded(count))
        except (Unsupported, TypeError, ValueError, KeyError, AttributeError, IndexError, RuntimeError) as error:
            raise Unsupported(f"its attention does not go through the slots: {error}") from error
        if not self._keys[-1][0, :, :count].any(-1).any(0).all():
            raise Unsupported("its attention does not go through the slots")
        distance = (torch.cat([chunk, last]).float() - expected).std() / expected.std()
        if not distance <= TOLERANCE:
            raise Unsupported("its logits over the slots are not its own")


def slot_bytes(model: Any, context_tokens: int) -> int:
    """What one slot of the cache takes. Raises Unsupported for a model that cannot have slots."""
    config = model.config.get_text_config(decoder=True)
    shape = _slot_shape(config, context_tokens)
    return int(2 * config.num_hidden_layers * math.prod(shape) * model.dtype.itemsize)


def _is_ampere(device: torch.device) -> bool:
    """Whether this is a card of the kind that flash attention is written for, or a later one."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


def _slot_shape(config: Any, context_tokens: int) -> tuple[int, int, int]:
    """One slot in one layer's keys: key heads, positions, width."""
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    ropes = getattr(config, "rope_parameters", None) or {}
    if config.is_encoder_decoder:
        raise Unsupported("it is an encoder-decoder")
    if kinds != {"full_attention"}:
        raise Unsupported(f"it has layers of kind {', '.join(sorted(kinds))}")
    if ropes.get("rope_type") in ("dynamic", "longrope"):
        raise Unsupported("its positions depend on the length of the text")
    if not getattr(config, "num_attention_heads", None):
        raise Unsupported("it has no heads of attention")
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    # One position more than any sequence has: there the rows write that only fill up a captured batch.
    return heads, _rounded(context_tokens + 1), width


def _next_tokens(step: Step) -> tuple[list[int], list[int]]:
    """Positions and tokens of a decode step over all running slots.

    A slot that takes no part in it writes where its next chunk will write over it.
    """
    known = [sequence.known for sequence in step.running]
    return known, [sequence.tokens[sequence.known] for sequence in step.running]


def _rounded(length: int) -> int:
    return -(-length // LENGTH_STEP) * LENGTH_STEP
