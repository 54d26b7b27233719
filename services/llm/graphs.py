"""Steps as CUDA graphs: one launch instead of hundreds. Without CUDA every step runs as it is written."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from services.llm.attention import Ragged, Span

log = logging.getLogger(__name__)

LENGTHS = (512, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768)
READ_TOKENS = (32, 64, 128, 256, 384, 512, 768, 1024, 1280, 1536, 2048)
MOST_CHUNKS = 16
"""How many chunks of prompts a captured step reads."""

Decode = Callable[[Tensor, Tensor, int], Tensor]
"""Tokens [rows], positions [rows] and the length of cache to look at, to logits [rows, vocabulary]."""
Read = Callable[[Tensor, Tensor, Ragged, Tensor], Tensor]
"""Tokens and positions [tokens], where these belong, and which are kept, to logits [kept, vocabulary]."""


class DecodeGraphs:
    """Runs decode steps, captured ones for batch sizes 1, 2, 4, ... and some lengths when the device is CUDA."""

    @torch.inference_mode()
    def __init__(
        self, decode: Decode, slots: int, length: int, device: torch.device, lengths: Sequence[int] = LENGTHS
    ) -> None:
        self._decode = decode
        self._device = device
        self._padding = length - 1
        """A position that no sequence reads."""
        self._tokens = torch.zeros(slots, dtype=torch.long, device=device)
        self._positions = torch.full((slots,), self._padding, dtype=torch.long, device=device)
        self._captured: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        self._batches = sorted({min(2**power, slots) for power in range(slots.bit_length() + 1)})
        self._lengths = [bucket for bucket in lengths if bucket < length] + [length]
        if device.type == "cuda":
            self._capture()

    def run(self, tokens: list[int], positions: list[int], length: int, *, is_captured: bool) -> Tensor:
        """Logits [rows, vocabulary] of one token per row; with `is_captured` by a graph if one fits."""
        rows = len(tokens)
        batch = next((size for size in self._batches if size >= rows), 0)
        bucket = batch, next((reach for reach in self._lengths if reach >= length), 0)
        if not is_captured or bucket not in self._captured:
            return self._decode(
                torch.tensor(tokens, device=self._device), torch.tensor(positions, device=self._device), length
            )
        graph, logits = self._captured[bucket]
        filling = batch - rows
        self._tokens[:batch].copy_(torch.tensor(tokens + [0] * filling))
        self._positions[:batch].copy_(torch.tensor(positions + [self._padding] * filling))
        graph.replay()
        return logits[:rows]

    def _capture(self) -> None:
        """Capture every bucket, the largest first so that the others fit its memory; keep those that agree."""
        pool = torch.cuda.graph_pool_handle()
        for rows, length in product(reversed(self._batches), reversed(self._lengths)):
            tokens, positions = self._tokens[:rows], self._positions[:rows]
            tokens.copy_(torch.arange(rows))
            positions.copy_(torch.arange(rows) * 7 % length)
            try:
                captured = _capture(partial(self._decode, tokens, positions, length), pool)
            except RuntimeError as error:
                log.warning("Decode steps run without CUDA graphs: %s", error)
                return
            if captured:
                self._captured[rows, length] = captured
            else:
                log.warning("The graph for %d rows and %d positions disagrees and is not used.", rows, length)
        log.info("Captured %d CUDA graphs for decode steps", len(self._captured))


class ReadGraphs:
    """Runs steps that read prompts, captured ones for some numbers of tokens. Without `read` it takes none."""

    @torch.inference_mode()
    def __init__(self, read: Read | None, length: int, most_tokens: int, device: torch.device) -> None:
        self._room = length
        self._tokens = torch.zeros(most_tokens, dtype=torch.long, device=device)
        self._positions = torch.zeros_like(self._tokens)
        self._places = torch.zeros_like(self._tokens)
        # One chunk more than there may be: the tokens that only fill up a captured step.
        self._begins = torch.zeros(MOST_CHUNKS + 2, dtype=torch.int32, device=device)
        self._slots = torch.zeros_like(self._begins)
        self._lengths = torch.zeros(MOST_CHUNKS + 1, dtype=torch.int32, device=device)
        self._kept = torch.zeros(MOST_CHUNKS, dtype=torch.long, device=device)
        self._captured: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        if read:
            sizes = {min(size, most_tokens) for size in (*READ_TOKENS, most_tokens)}
            self._capture(read, sorted(sizes, reverse=True))

    def takes(self, spans: Sequence[Span]) -> bool:
        """Whether there is a graph for these chunks."""
        tokens = sum(span.tokens for span in spans)
        return len(spans) <= MOST_CHUNKS and any(size >= tokens for size in self._captured)

    def run(self, tokens: list[int], positions: list[int], spans: Sequence[Span], kept: list[int]) -> Tensor:
        """Logits [kept, vocabulary] of the tokens of chunks that `takes` approves of."""
        size = min(size for size in self._captured if size >= len(tokens))
        self._fill(size, tokens, positions, spans, kept)
        graph, logits = self._captured[size]
        graph.replay()
        return logits[: len(kept)]

    def _fill(
        self, size: int, tokens: list[int], positions: list[int], spans: Sequence[Span], kept: list[int]
    ) -> None:
        counts = [span.tokens for span in spans]
        starts = [span.slot * self._room for span in spans]
        places = np.repeat(starts, counts) + np.asarray(positions)
        for target, values, filling in (
            (self._tokens[:size], tokens, 0),
            (self._positions[:size], positions, 0),
            (self._places[:size], places, self._room - 1),
            (self._begins, np.cumsum([0, *counts]), size),
            (self._slots, starts, 0),
            (self._lengths, [span.start + span.tokens for span in spans], 1),
            (self._kept, kept, 0),
        ):
            target.copy_(torch.as_tensor(_filled_up(values, len(target), filling)))

    def _capture(self, read: Read, sizes: Sequence[int]) -> None:
        """The same as for decode steps."""
        pool = torch.cuda.graph_pool_handle()
        for size in sizes:
            count = min(size, self._room - 1)
            self._fill(size, list(range(count)), list(range(count)), [Span(0, 0, count)], [count - 1])
            ragged = Ragged(self._places[:size], self._begins, self._slots, self._lengths)
            tokens, positions = self._tokens[:size], self._positions[:size]
            try:
                captured = _capture(partial(read, tokens, positions, ragged, self._kept), pool)
            except RuntimeError as error:
                log.warning("Prompts are read without CUDA graphs: %s", error)
                return
            if captured:
                self._captured[size] = captured
            else:
                log.warning("The graph for %d tokens of prompts disagrees and is not used.", size)
        log.info("Captured %d CUDA graphs for prompts", len(self._captured))


def _filled_up(values: Sequence[int] | NDArray[np.int64], size: int, filling: int) -> NDArray[np.int64]:
    filled = np.full(size, filling, dtype=np.int64)
    filled[: len(values)] = values
    return filled


def _capture(run: Callable[[], Tensor], pool: Any) -> tuple[torch.cuda.CUDAGraph, Tensor] | None:
    """A graph with the logits that it writes; None if they are others than without it. Raises RuntimeError."""
    side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        expected = run()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    # The other models' threads go on meanwhile.
    with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
        logits = run()
    graph.replay()
    return (graph, logits) if torch.equal(logits.argmax(-1), expected.argmax(-1)) else None
