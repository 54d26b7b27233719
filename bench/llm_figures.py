"""What a way to answer achieved: its speed, its waits, and whether it wrote what it should."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from transformers import PreTrainedModel

from bench.llm_workload import Trace

TIE_GAP = 1e-4
"""Two logits of float32 as close as this are the same: the order of summation decides which is larger."""
TIE_STEPS = 2
"""In a coarser type they are the same within so many of its steps."""

Waits = tuple[float | None, float | None]
"""The median and the 95th percentile, in seconds; None when so many did not come in time."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many finished answers are token by token those that `generate` writes one at a time."""

    compared: int
    identical: int
    ties: int
    """Go apart where two tokens are equally likely; every answer beyond identical and ties is wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one mode; or why there are none."""

    mode: str
    title: str
    requests: int
    finished: int = 0
    tokens: int = 0
    """Those that were asked for and came, of unfinished answers too."""
    wall_s: float = 0.0
    """From the arrival to the last token, or to where it was cut."""
    cpu_s: float = 0.0
    first_wall_s: Waits = (None, None)
    """The wait for the first token: half of the requests waited no longer, and nineteen of twenty."""
    first_cpu_s: Waits = (None, None)
    agreement: Agreement | None = None
    failure: str = ""

    @classmethod
    def of(cls, mode: str, title: str, trace: Trace, agreement: Agreement | None) -> Self:
        """The figures of a trace."""
        return cls(
            mode=mode,
            title=title,
            requests=len(trace.requests),
            finished=trace.finished,
            tokens=trace.tokens,
            wall_s=trace.end.wall,
            cpu_s=trace.end.cpu,
            first_wall_s=_waits([first.wall if first else None for first in trace.firsts]),
            first_cpu_s=_waits([first.cpu if first else None for first in trace.firsts]),
            agreement=agreement,
        )

    def speed(self, on_card: bool) -> float:
        """Tokens per second on the wall with a card, else per second of CPU time; 0 without figures."""
        seconds = self.wall_s if on_card else self.cpu_s
        return self.tokens / seconds if seconds else 0.0


def _waits(waits: Sequence[float | None]) -> Waits:
    ranked: list[float | None] = [*sorted(wait for wait in waits if wait is not None)]
    ranked += [None] * (len(waits) - len(ranked))
    return ranked[math.ceil(0.5 * len(ranked)) - 1], ranked[math.ceil(0.95 * len(ranked)) - 1]


def compare(model: PreTrainedModel, reference: Trace, trace: Trace) -> Agreement:
    """Hold those answers against each other that both have finished."""
    compared = identical = ties = 0
    for number, request in enumerate(reference.requests):
        if not (reference.is_finished(number) and trace.is_finished(number)):
            continue
        compared += 1
        right = reference.answers[number]
        pairs = zip(right, trace.answers[number], strict=True)
        apart = next((place for place, (one, other) in enumerate(pairs) if one != other), None)
        if apart is None:
            identical += 1
        else:
            ties += _is_tie(model, [*request.prompt, *right[:apart]])
    return Agreement(compared, identical, ties)


def _is_tie(model: PreTrainedModel, tokens: Sequence[int]) -> bool:
    """Whether the two likeliest next tokens are equally likely, as far as the arithmetic can tell."""
    model.set_attn_implementation("sdpa")
    with torch.inference_mode():
        logits = model(torch.tensor([tokens], device=model.device), logits_to_keep=1).logits[0, -1]
    best, second = logits.float().topk(2).values.tolist()
    if model.dtype == torch.float32:
        return best - second < TIE_GAP
    return best - second < TIE_STEPS * torch.finfo(model.dtype).eps * abs(best)
