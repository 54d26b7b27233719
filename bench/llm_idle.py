"""What our engine does with little to do: the wait for a first token on an idle device, and how near decoding comes
to the bandwidth of the memory, through which each step brings all weights and all it has read before."""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from transformers import PreTrainedModel

from bench.llm_models import cache_bytes, step_bytes
from bench.llm_modes import Answer, open_engine
from bench.llm_workload import Request, Trace, random_tokens
from services.llm.hardware import free_memory
from services.llm.loading import CACHE_SHARE

PROMPT_TOKENS = 1500
KNOWN_TOKENS = 600, 1400
BATCH = 64
DECODE_STEPS = 160
REPEATS = 7


@dataclass(frozen=True, slots=True)
class FirstToken:
    """How long a lone request waits for its first token when so much of its prompt is known from another."""

    prompt_tokens: int
    known_tokens: int
    wall_s: float


@dataclass(frozen=True, slots=True)
class Decoding:
    """Requests that are all past their prompts."""

    requests: int
    prompt_tokens: int
    tokens_per_s: float
    share_of_bandwidth: float
    """Bytes that the steps cannot do without, by the bytes that a copy would have moved in this time."""


@dataclass(frozen=True, slots=True)
class Idle:
    """All on the wall's clock."""

    bandwidth: float
    """Bytes per second that a copy on the device reads and writes."""
    first_tokens: list[FirstToken]
    decoding: list[Decoding]


def measure_idle(model: PreTrainedModel, scale: float) -> Idle:
    """One request after the other, then a batch as large as fits; `scale` shortens the prompts and the batch."""
    dice = random.Random(11)
    length = max(64, round(PROMPT_TOKENS * scale))
    room = int(free_memory(model.device) * CACHE_SHARE[model.device.type]) // cache_bytes(model)
    batch = max(2, min(round(BATCH * scale), room // (length + DECODE_STEPS)))

    def tokens(count: int) -> tuple[int, ...]:
        return random_tokens(dice, model.config.vocab_size, count)

    def beginning_with(head: tuple[int, ...]) -> tuple[int, ...]:
        return head + tokens(length - len(head))

    def crowd(count: int) -> list[Request]:
        return [Request(tokens(length), DECODE_STEPS) for _ in range(count)]

    bandwidth = copy_bandwidth(model.device)
    with open_engine(model, crowd(batch)) as answer:
        ask(answer, [Request(tokens(length), 4)])
        firsts = [FirstToken(length, 0, median_first(answer, partial(tokens, length)))]
        for known in (round(known * scale) for known in KNOWN_TOKENS):
            head = tokens(known)
            ask(answer, [Request(beginning_with(head), 1)])
            wait = median_first(answer, partial(beginning_with, head))
            firsts.append(FirstToken(length, known, wait))
        decoding = []
        for requests in (crowd(1), crowd(batch)):
            # Once all prompts have been read, so that all requests decode together from the beginning.
            ask(answer, [Request(request.prompt, 1) for request in requests])
            decoding.append(decoded(model, ask(answer, requests), bandwidth))
    return Idle(bandwidth, firsts, decoding)


def ask(answer: Answer, requests: list[Request]) -> Trace:
    """What comes back."""
    trace = Trace(requests)
    answer(requests, trace)
    return trace


def median_first(answer: Answer, prompt: Callable[[], tuple[int, ...]]) -> float:
    """Seconds to the first token."""
    return statistics.median(ask(answer, [Request(prompt(), 1)]).moments[0][0].wall for _ in range(REPEATS))


def decoded(model: PreTrainedModel, trace: Trace, bandwidth: float) -> Decoding:
    """The figures of the time in which all requests of a trace were decoding."""
    walls = [[moment.wall for moment in came] for came in trace.moments]
    begin, end = max(came[0] for came in walls), min(came[-1] for came in walls)
    steps = [sum(begin < wall <= end for wall in came) for came in walls]
    # Where each was in the middle of that time.
    held = sum(
        len(request.prompt) + sum(wall <= begin for wall in came) + count / 2
        for request, came, count in zip(trace.requests, walls, steps, strict=True)
    )
    moved = step_bytes(model) + held * cache_bytes(model)
    steps_per_s = statistics.mean(steps) / (end - begin)
    return Decoding(
        requests=len(walls),
        prompt_tokens=len(trace.requests[0].prompt),
        tokens_per_s=sum(steps) / (end - begin),
        share_of_bandwidth=moved * steps_per_s / bandwidth,
    )


def copy_bandwidth(device: torch.device) -> float:
    """Bytes that one large copy reads and writes, per second; the best of some."""
    size = 2**31 if device.type == "cuda" else 2**28
    source = torch.ones(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best = 0.0
    for _ in range(REPEATS):
        _wait(device)
        began = time.perf_counter()
        target.copy_(source)
        _wait(device)
        best = max(best, 2 * size / (time.perf_counter() - began))
    return best


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
