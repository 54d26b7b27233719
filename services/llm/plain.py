"""The runner for every other architecture: each slot has the model's own cache, and its own forward pass.

Slots share nothing but the weights, so linear attention, sliding windows and encoder-decoders come out right.
"""

import inspect
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from services.llm.adapters import use_adapter
from services.llm.generation import Logprob
from services.llm.runner import memory_guard
from services.llm.sampling import choose
from services.llm.scheduler import Move, Step
from services.llm.sequence import Sequence


@dataclass(slots=True)
class _Progress:
    """What one slot has read: whose, how many tokens, and what `generate` would hand on to the next pass."""

    sequence: Sequence | None = None
    tokens: int = 0
    inputs: dict[str, Any] = field(default_factory=dict)


class PlainRunner:
    """Holds any causal or encoder-decoder model; a prompt is read in one piece, once its last chunk is due."""

    reuses_prefixes = False

    def __init__(self, model: Any, slots: int, context_tokens: int) -> None:
        self.slots = slots
        self.context_tokens = context_tokens
        self.chunk_tokens = context_tokens
        self.vocabulary: int = model.get_output_embeddings().weight.shape[0]
        self._model = model
        self._adapter: str | None = None
        takes = inspect.signature(model.forward).parameters
        self._keep: dict[str, Any] = {"use_cache": True} | (
            {"logits_to_keep": 1} if "logits_to_keep" in takes else {}
        )
        self._wants_positions = "position_ids" in takes and not model.config.is_encoder_decoder
        self._progress = [_Progress() for _ in range(slots)]

    def move(self, moves: list[Move]) -> None:
        """Exchange what slots have read; there is nothing to copy, since no prefix is reused."""
        for move in moves:
            slots = self._progress
            slots[move.source], slots[move.target] = slots[move.target], slots[move.source]

    @memory_guard()
    @torch.inference_mode()
    def run(self, step: Step) -> list[Logprob]:
        """One forward pass for each sequence that takes part, and the choice of the next tokens."""
        for slot in range(len(step.running), self.slots):
            self._progress[slot] = _Progress()
        if step.adapter != self._adapter:
            use_adapter(self._model, step.adapter)
            self._adapter = step.adapter
        slots = [*step.decoding, *(chunk.slot for chunk in step.chunks if chunk.is_last)]
        logits = [self._read(slot, sequence) for slot, sequence in zip(slots, step.choosing, strict=True)]
        return choose(torch.cat(logits), step.choosing) if logits else []

    def _read(self, slot: int, sequence: Sequence) -> Tensor:
        """Logits [1, vocabulary] after the last of its tokens."""
        tokens, prompt = sequence.tokens, len(sequence.prompt)
        total = len(tokens)
        progress = self._progress[slot]
        # Another may have left it, or a step that broke off a cache between two states: then all is read anew.
        self._progress[slot] = _Progress()
        is_first = progress.sequence is not sequence or progress.tokens != total - 1
        if is_first:
            progress = self._begin(tokens, prompt)
        if self._model.config.is_encoder_decoder:
            tokens = [self._model.generation_config.decoder_start_token_id, *tokens[prompt:]]
        ids = torch.tensor([tokens], device=self._model.device)
        inputs = self._model.prepare_inputs_for_generation(
            ids, next_sequence_length=None if is_first else 1, is_first_iteration=is_first, **progress.inputs
        )
        output = self._model(**inputs)
        carried = self._model._update_model_kwargs_for_generation(
            output, progress.inputs, is_encoder_decoder=self._model.config.is_encoder_decoder
        )
        self._progress[slot] = _Progress(sequence, total, carried)
        return output.logits[:, -1]

    def _begin(self, tokens: list[int], prompt: int) -> _Progress:
        inputs = dict(self._keep)
        if self._wants_positions:
            inputs["position_ids"] = torch.arange(len(tokens), device=self._model.device)[None]
        if self._model.config.is_encoder_decoder:
            ids = torch.tensor([tokens[:prompt]], device=self._model.device)
            inputs["encoder_outputs"] = self._model.get_encoder()(input_ids=ids)
        return _Progress(inputs=inputs)
