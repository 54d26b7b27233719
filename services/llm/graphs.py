"""Decode steps as CUDA graphs: one launch instead of hundreds. Without CUDA every step runs as it is written."""

import logging
from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor

log = logging.getLogger(__name__)

LENGTHS = (512, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768)

Decode = Callable[[Tensor, Tensor, int], Tensor]
"""Tokens [rows], positions [rows] and the length of cache to look at, to logits [rows, vocabulary]."""


class DecodeGraphs:
    """Runs decode steps, captured ones for batch sizes 1, 2, 4, ... and some lengths when the device is CUDA."""

    def __init__(self, decode: Decode, slots: int, length: int, device: torch.device) -> None:
        self._decode = decode
        self._device = device
        self._padding = length - 1
        """A position that no sequence reads."""
        self._tokens = torch.zeros(slots, dtype=torch.long, device=device)
        self._positions = torch.full((slots,), self._padding, dtype=torch.long, device=device)
        self._captured: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        self._batches = sorted({min(2**power, slots) for power in range(slots.bit_length() + 1)})
        self._lengths = [bucket for bucket in LENGTHS if bucket < length] + [length]
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

    @torch.inference_mode()
    def _capture(self) -> None:
        """Capture every bucket, the largest first so that the others fit its memory; keep those that agree."""
        pool = torch.cuda.graph_pool_handle()
        for rows, length in product(reversed(self._batches), reversed(self._lengths)):
            tokens, positions = self._tokens[:rows], self._positions[:rows]
            tokens.copy_(torch.arange(rows))
            positions.copy_(torch.arange(rows) * 7 % length)
            try:
                side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
                side.wait_stream(torch.cuda.current_stream())
                with torch.cuda.stream(side):
                    expected = self._decode(tokens, positions, length)
                torch.cuda.current_stream().wait_stream(side)
                graph = torch.cuda.CUDAGraph()
                # The other models' threads go on meanwhile.
                with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
                    logits = self._decode(tokens, positions, length)
                graph.replay()
            except RuntimeError as error:
                log.warning("Decode steps run without CUDA graphs: %s", error)
                return
            if torch.equal(logits.argmax(-1), expected.argmax(-1)):
                self._captured[rows, length] = graph, logits
            else:
                log.warning("The graph for %d rows and %d positions disagrees and is not used.", rows, length)
        log.info("Captured %d CUDA graphs", len(self._captured))
