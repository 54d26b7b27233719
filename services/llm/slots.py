"""The batched runner: a cache of fixed slots, one forward pass per step over all of them."""

import logging
import math
import time
from collections.abc import Callable
from collections.abc import Sequence as Series
from typing import Any

import torch
from torch import Tensor

from services.llm.adapters import use_adapter
from services.llm.attention import NAME, Layout, Ragged, Span, Unsupported
from services.llm.compiled import compile_layers, restore_layers
from services.llm.generation import Logprob
from services.llm.graphs import LENGTHS, DecodeGraphs, ReadGraphs
from services.llm.kernels import can_run
from services.llm.linear import pack_layers, unpack_layers
from services.llm.runner import memory_guard
from services.llm.sampling import choose
from services.llm.scheduler import Move, Step

log = logging.getLogger(__name__)

LENGTH_STEP = 32
"""Attention reads the cache up to a multiple of this, so that few shapes occur."""
SHORT_LENGTH = 256
"""Up to here a processor attends for all rows in one call; beyond, the padding costs more than the calls do."""
MOST_FLASH_WIDTH = 256
TRIAL_TOKENS = 32
TOLERANCE = 0.15
"""How much the difference between the logits of the slots and the model's own may spread, as a share of theirs.
A deep model in bfloat16 or int8 has 0.05 already when it reads the same tokens in other portions."""

Quicken = Callable[[Any], None]
QUICKER: dict[str, tuple[Quicken, Quicken]] = {
    "cpu": (pack_layers, unpack_layers),
    "cuda": (compile_layers, restore_layers),
}
"""By device: exchanges a model's layers for such as calculate faster there, and brings them back."""


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
            self._cache = self._allocate(2 * config.num_hidden_layers, *shape)
            self._spare = torch.empty_like(self._cache[0, 0])
        self._keys, self._values = (list(layers) for layers in self._cache.chunk(2))
        self._has_kernels = can_run(self._device)
        self._prepare()
        lengths = () if self._has_kernels else LENGTHS
        self._graphs = DecodeGraphs(self._decode, slots, shape[2], self._device, lengths)
        read = self._read if self._has_kernels and _flashes(model, shape[3]) else None
        self._reads = ReadGraphs(read, shape[2], chunk_tokens, self._device)

    @memory_guard()
    @torch.inference_mode()
    def move(self, moves: list[Move]) -> None:
        """Copy or exchange what slots hold; the latter layer by layer, so that it takes little memory."""
        for move in moves:
            source, target = (self._cache[:, slot, :, : move.tokens] for slot in (move.source, move.target))
            if not move.swaps:
                target.copy_(source)
                continue
            spare = self._spare[:, : move.tokens]
            for one, other in zip(source, target, strict=True):
                kept = spare.copy_(other)
                other.copy_(one)
                one.copy_(kept)

    @memory_guard()
    @torch.inference_mode()
    def run(self, step: Step) -> list[Logprob]:
        """One forward pass and the choice of the next tokens."""
        if step.adapter != self._adapter:
            use_adapter(self._model, step.adapter)
            self._adapter = step.adapter
        return choose(self._mixed(step) if step.chunks else self._decoded(step), step.choosing)

    @torch.inference_mode()
    def tokens_per_second(self) -> float:
        """How fast this reads a prompt, by a short trial; only while nothing runs."""
        count = min(TRIAL_TOKENS, self.context_tokens)
        tokens = torch.zeros(count, dtype=torch.long, device=self._device)
        positions = torch.arange(count, device=self._device)
        began = time.perf_counter()
        self._forward(tokens, positions, 0, 0, [Span(0, 0, count)], [count - 1])
        return count / (time.perf_counter() - began)

    def _decoded(self, step: Step) -> Tensor:
        """Logits [decoding, vocabulary]; the other slots that run are beside it and not told."""
        positions, tokens = _next_tokens(step)
        length = _rounded(max(positions) + 1)
        logits = self._graphs.run(tokens, positions, length, is_captured=step.adapter is None)
        return logits if len(step.decoding) == len(step.running) else logits[list(step.decoding)]

    def _mixed(self, step: Step) -> Tensor:
        """Logits [choosing, vocabulary] of a step that reads chunks of prompts, and decodes if anything does."""
        spans, positions, tokens, kept = _chunks(step)
        if step.adapter is None and self._reads.takes(spans):
            # A slot that does not decode yet is written to all the same, so that its chunk has to come after.
            decoded = [self._decoded(step)] if step.decoding else []
            return torch.cat([*decoded, self._reads.run(tokens, positions, spans, kept)])
        ahead, first = _next_tokens(step) if step.decoding else ([], [])
        rows, length = len(ahead), _rounded(max(ahead, default=0) + 1)
        kept = [*step.decoding, *(rows + place for place in kept)]
        placed = torch.tensor(ahead + positions, device=self._device)
        return self._forward(torch.tensor(first + tokens, device=self._device), placed, rows, length, spans, kept)

    def _read(self, tokens: Tensor, positions: Tensor, ragged: Ragged, kept: Tensor) -> Tensor:
        """Logits [kept, vocabulary] of chunks of prompts."""
        layout = Layout(self._keys, self._values, 0, positions[:0], 0, None, ragged=ragged)
        return self._logits(tokens, positions, kept, layout)

    def _decode(self, tokens: Tensor, positions: Tensor, length: int) -> Tensor:
        """Logits [rows, vocabulary] for one token in each of the first slots."""
        return self._forward(tokens, positions, len(tokens), length, (), None)

    def _allocate(self, layers: int, slots: int, heads: int, positions: int, width: int) -> Tensor:
        """The cache, [layers of keys and then of values, slots, key heads, positions, width]."""
        kind = {"dtype": self._model.dtype, "device": self._device}
        if self._device.type == "cpu":
            return torch.zeros(layers, slots, heads, positions, width, **kind)
        # Token by token, as the kernels for cards read it.
        return torch.zeros(layers, slots, positions, heads, width, **kind).transpose(2, 3)

    def _forward(
        self, tokens: Tensor, positions: Tensor, rows: int, length: int, spans: Series[Span], kept: list[int] | None
    ) -> Tensor:
        mask, ends = None, None
        if rows and self._device.type == "cpu" and length > SHORT_LENGTH:
            ends = (positions[:rows] + 1).tolist()
        elif rows and not self._has_kernels:
            seen = torch.arange(length, device=self._device) <= positions[:rows, None]
            mask = torch.zeros(seen.shape, dtype=self._model.dtype, device=self._device)
            mask = mask.masked_fill(~seen, -torch.inf)[:, None, None]
        layout = Layout(self._keys, self._values, rows, positions[:rows], length, mask, ends, spans)
        keep = 0 if kept is None else torch.tensor(kept, device=self._device, dtype=torch.long)
        return self._logits(tokens, positions, keep, layout)

    def _logits(self, tokens: Tensor, positions: Tensor, keep: Tensor | int, layout: Layout) -> Tensor:
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
        """Have the model attend through the slots, by layers that suit a processor or a card.

        Either has to leave what it says as it is; the second is given up otherwise.
        """
        chooser = torch.Generator().manual_seed(0)
        tokens = torch.randint(self.vocabulary, (min(24, self.context_tokens),), generator=chooser).to(self._device)
        expected = self._model(input_ids=tokens[None], use_cache=False).logits[0, [-2, -1]].float()
        self._model.set_attn_implementation(NAME)
        self._require_agreement(tokens, expected)
        can_quicken = self._has_kernels or self._device.type == "cpu"
        if not can_quicken or getattr(self._model, "_hf_peft_config_loaded", False):
            return
        quicken, restore = QUICKER[self._device.type]
        try:
            quicken(self._model)
            self._require_agreement(tokens, expected)
        except (Unsupported, RuntimeError, AttributeError) as error:
            log.info("Layers stay as they are: %s", error)
            restore(self._model)

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


def _flashes(model: Any, width: int) -> bool:
    """Whether torch has flash attention for this card, for these numbers and for heads of this width."""
    return (
        torch.backends.cuda.is_flash_attention_available()
        and torch.cuda.get_device_capability(model.device) >= (8, 0)
        and model.dtype in (torch.float16, torch.bfloat16)
        and width <= MOST_FLASH_WIDTH
        and width % 8 == 0
    )


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


def _chunks(step: Step) -> tuple[list[Span], list[int], list[int], list[int]]:
    """The chunks of a step: where they belong, positions and tokens, and after which of these one is chosen."""
    spans = [Span(chunk.slot, chunk.start, chunk.tokens) for chunk in step.chunks]
    positions: list[int] = []
    tokens: list[int] = []
    kept: list[int] = []
    for chunk in step.chunks:
        reach = chunk.start + chunk.tokens
        positions.extend(range(chunk.start, reach))
        tokens.extend(chunk.sequence.tokens[chunk.start : reach])
        if chunk.is_last:
            kept.append(len(tokens) - 1)
    return spans, positions, tokens, kept


def _next_tokens(step: Step) -> tuple[list[int], list[int]]:
    """Positions and tokens of a decode step over all running slots.

    A slot that takes no part in it writes where its next chunk will write over it.
    """
    known = [sequence.known for sequence in step.running]
    return known, [sequence.tokens[sequence.known] for sequence in step.running]


def _rounded(length: int) -> int:
    return -(-length // LENGTH_STEP) * LENGTH_STEP
