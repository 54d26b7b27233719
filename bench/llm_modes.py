"""The ways to write many answers that are compared: transformers' own three, and ours.

Each is opened on a model and gives a function that answers requests which arrive at once, telling a trace of every
token. Opening is not measured: that is what a server does at its start.
"""

import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerFast
from transformers.generation.configuration_utils import ContinuousBatchingConfig
from transformers.generation.stopping_criteria import StoppingCriteria
from transformers.generation.streamers import BaseStreamer

from bench.llm_models import twin
from bench.llm_workload import Request, Trace
from services.llm.engine import Engine
from services.llm.generation import Failure, Finish, Job, Piece, Sampling, Text
from services.llm.loading import make_runner

PAGE_TOKENS = 256
"""transformers' default, which its flash attention asks for."""

BATCH_TOKENS = {"cpu": 512, "cuda": 2048}
"""How many tokens continuous batching takes into one step."""

Answer = Callable[[Sequence[Request], Trace], None]


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to answer."""

    name: str
    title: str
    open: Callable[[PreTrainedModel, Sequence[Request]], AbstractContextManager[Answer]]
    cache_tokens: Callable[[Sequence[Request]], int]
    """How many positions of the cache it needs at once."""


class GenerationDied(Exception):
    """A mode broke off; the text is its own."""


# transformers' generate: so many requests at a time, the prompts padded on the left


class _Rows(BaseStreamer):
    """Passes the tokens of a batch on. What `generate` puts first is the prompt."""

    def __init__(self, trace: Trace, numbers: Sequence[int]) -> None:
        self._trace = trace
        self._numbers = numbers
        self._has_begun = False

    def put(self, value: torch.Tensor) -> None:
        if self._has_begun:
            for number, token in zip(self._numbers, value.tolist(), strict=True):
                self._trace.add(number, [token])
        self._has_begun = True

    def end(self) -> None:
        """Nothing is held back."""


class _OutOfTime(StoppingCriteria):
    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        return torch.full((len(input_ids),), self._trace.remaining_s == 0, device=input_ids.device)


def _generate(model: Any, size: int, requests: Sequence[Request], trace: Trace) -> None:
    for start in range(0, len(requests), size):
        batch = requests[start : start + size]
        longest = max(len(request.prompt) for request in batch)
        rows = [[0] * (longest - len(request.prompt)) + list(request.prompt) for request in batch]
        mask = [[0] * (longest - len(request.prompt)) + [1] * len(request.prompt) for request in batch]
        with torch.inference_mode():
            model.generate(
                torch.tensor(rows, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                max_new_tokens=max(request.answer_tokens for request in batch),
                do_sample=False,
                pad_token_id=0,
                streamer=_Rows(trace, range(start, start + len(batch))),
                stopping_criteria=[_OutOfTime(trace)],
            )
        if trace.remaining_s == 0:
            return


@contextmanager
def _open_generate(size: int, model: PreTrainedModel, requests: Sequence[Request]) -> Iterator[Answer]:
    model.set_attn_implementation("sdpa")
    yield partial(_generate, model, size)


def _batch_tokens(size: int, requests: Sequence[Request]) -> int:
    batches = [requests[start : start + size] for start in range(0, len(requests), size)]
    return max(len(batch) * _longest(batch) for batch in batches)


def _longest(requests: Sequence[Request]) -> int:
    return max(len(request.prompt) for request in requests) + max(request.answer_tokens for request in requests)


# transformers' continuous batching


def _blocks(requests: Sequence[Request]) -> int:
    """Enough for all requests at once, and as many again as one may take."""
    each = [-(-(len(request.prompt) + request.answer_tokens) // PAGE_TOKENS) for request in requests]
    return sum(each) + max(each)


def _paged_tokens(requests: Sequence[Request]) -> int:
    return _blocks(requests) * PAGE_TOKENS


@contextmanager
def _open_continuous(model: Any, requests: Sequence[Request]) -> Iterator[Answer]:
    model.set_attn_implementation("sdpa")
    manager = model.init_continuous_batching(
        generation_config=GenerationConfig(do_sample=False, eos_token_id=-1, pad_token_id=0),
        continuous_batching_config=ContinuousBatchingConfig(
            page_size=PAGE_TOKENS,
            num_blocks=_blocks(requests),
            max_batch_tokens=BATCH_TOKENS[model.device.type],
        ),
    )
    manager.start()
    serial = count()

    def answer(requests: Sequence[Request], trace: Trace) -> None:
        names = {f"request {next(serial)}": number for number in range(len(requests))}
        for name, number in names.items():
            request = requests[number]
            manager.add_request(
                list(request.prompt), request_id=name, max_new_tokens=request.answer_tokens, streaming=True
            )
        while not trace.is_whole and trace.remaining_s:
            output = manager.get_result(timeout=min(1.0, trace.remaining_s))
            if output is None:
                if not manager.is_running():
                    raise GenerationDied(str(manager.background_thread_status.fatal_error))
                continue
            if output.error:
                raise GenerationDied(output.error)
            number = names[output.request_id]
            trace.add(number, output.generated_tokens[len(trace.answers[number]) :])

    try:
        yield answer
    finally:
        manager.stop(hard_stop=True)


# ours


@contextmanager
def open_engine(model: PreTrainedModel, requests: Sequence[Request], *, reuses: bool = True) -> Iterator[Answer]:
    """The model server's engine as it is, in this process, with a slot for every request.

    Without reuse every request is another tenant's.
    """
    if model.device.type == "cpu":
        model = deepcopy(model)  # its weights are laid out anew, and the other modes want them as they were
    model.set_attn_implementation("sdpa")
    engine = Engine(
        make_runner(twin(model), _longest(requests), len(requests)),
        frozenset(),
        _numbers(model.config.vocab_size),
        waiting=len(requests),
        waiting_tokens=sum(len(request.prompt) for request in requests),
    )
    engine.start()

    def answer(requests: Sequence[Request], trace: Trace) -> None:
        ends: queue.SimpleQueue[Finish | Failure] = queue.SimpleQueue()

        def listen(number: int, piece: Piece) -> None:
            if isinstance(piece, Text):
                trace.add(number, [int(word) for word in piece.text.split()])
            elif isinstance(piece, Finish | Failure):
                ends.put(piece)

        jobs = [
            Job(
                request.prompt,
                Sampling(request.answer_tokens, temperature=0),
                partial(listen, number),
                tenant="" if reuses else f"tenant {number}",
            )
            for number, request in enumerate(requests)
        ]
        for job in jobs:
            engine.submit(job)
        for _ in jobs:
            try:
                end = ends.get(timeout=trace.remaining_s)
            except queue.Empty:
                break
            if isinstance(end, Failure):
                raise GenerationDied(end.message)
        for job in jobs:
            engine.cancel(job)

    try:
        yield answer
    finally:
        engine.stop()


def _numbers(vocabulary: int) -> PreTrainedTokenizerFast:
    """A tokenizer whose text of a token is its number, so that the engine has text to make as it always has."""
    words = {str(token): token for token in range(vocabulary)}
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel(words)))


def _slot_tokens(requests: Sequence[Request]) -> int:
    return len(requests) * _longest(requests)


MODES = [
    Mode("one", "`generate`, one at a time", partial(_open_generate, 1), partial(_batch_tokens, 1)),
    Mode("static8", "`generate`, static batch of 8", partial(_open_generate, 8), partial(_batch_tokens, 8)),
    Mode("static32", "`generate`, static batch of 32", partial(_open_generate, 32), partial(_batch_tokens, 32)),
    Mode("continuous", "transformers' continuous batching", _open_continuous, _paged_tokens),
    Mode("no-reuse", "ours, no prefix reused", partial(open_engine, reuses=False), _slot_tokens),
    Mode("ours", "ours", open_engine, _slot_tokens),
]
"""In the order in which they are measured: the others are compared with the first."""
