"""What the model server's benchmark asks, and the record of what came back when."""

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SHARED_HEAD_TOKENS = 600
"""What the prompts of retrieval begin with: the operator's instructions."""

SHOWN_EVERY_S = {True: 0.5, False: 30.0}
"""How often progress is told, by whether somebody watches."""


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt and how many tokens to write after it; the model never ends by itself."""

    prompt: tuple[int, ...]
    answer_tokens: int


def short(count: int, vocabulary: int, scale: float, seed: int) -> list[Request]:
    """Prompts of 32 to 256 tokens, answers of 16 to 160."""
    dice = random.Random(seed)
    return [
        Request(
            random_tokens(dice, vocabulary, _scaled(dice.randint(32, 256), scale)),
            _scaled(dice.randint(16, 160), scale),
        )
        for _ in range(count)
    ]


def retrieval(count: int, vocabulary: int, scale: float, seed: int) -> list[Request]:
    """Prompts of 1000 to 2000 tokens that begin with the same 600, answers of 50 to 150."""
    dice = random.Random(seed)
    head = random_tokens(dice, vocabulary, _scaled(SHARED_HEAD_TOKENS, scale))
    return [
        Request(
            head + random_tokens(dice, vocabulary, _scaled(dice.randint(1000, 2000), scale) - len(head)),
            _scaled(dice.randint(50, 150), scale),
        )
        for _ in range(count)
    ]


WORKLOADS: dict[str, Callable[[int, int, float, int], list[Request]]] = {"short": short, "retrieval": retrieval}
"""Each takes how many requests, the size of the vocabulary, a factor on all lengths, and a seed."""


def one_like(requests: Sequence[Request], vocabulary: int) -> Request:
    """A request as long as the longest and with nothing in common with any, to warm a mode up."""
    longest = max(len(request.prompt) for request in requests)
    return Request(random_tokens(random.Random(-1), vocabulary, longest), 2)


def _scaled(tokens: int, scale: float) -> int:
    return max(2, round(tokens * scale))


def random_tokens(dice: random.Random, vocabulary: int, count: int) -> tuple[int, ...]:
    """A prompt that says nothing."""
    return tuple(dice.randrange(vocabulary) for _ in range(count))


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds since the requests arrived: on the wall, and of this process on all processors."""

    wall: float
    cpu: float


class Trace:
    """The tokens of every answer, and when each came. Written by one thread at a time."""

    def __init__(self, requests: Sequence[Request], budget_s: float = 3600, label: str = "") -> None:
        """With a label the progress is told on stderr."""
        self.requests = requests
        self.answers: list[list[int]] = [[] for _ in requests]
        self.moments: list[list[Moment]] = [[] for _ in requests]
        self.finished = 0
        self.end = Moment(0, 0)
        """When the last token came, or the answering was cut."""
        self._budget_s = budget_s
        self._label = label
        self._shown_s = 0.0
        self.begin()

    def begin(self) -> None:
        """All requests arrive now."""
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def close(self) -> None:
        """Nothing comes any more."""
        last = max((came[-1] for came in self.moments if came), key=lambda moment: moment.wall, default=self.end)
        self.end = last if self.is_whole else self.now

    def add(self, number: int, tokens: Sequence[int]) -> None:
        """Tokens came for a request. Those beyond what was asked for, as in the rows of a batch, do not count."""
        answer = self.answers[number]
        wanted = tokens[: self.requests[number].answer_tokens - len(answer)]
        if not wanted:
            return
        now = self.now
        answer.extend(wanted)
        self.moments[number] += [now] * len(wanted)
        self.finished += self.is_finished(number)
        if self._label and (self.is_whole or now.wall - self._shown_s > SHOWN_EVERY_S[sys.stderr.isatty()]):
            self._shown_s = now.wall
            told = f"{self.finished} of {len(self.requests)} answers, {self.tokens} tokens, {now.wall:.0f} s"
            print(f"\r{self._label}: {told} ", end="", file=sys.stderr, flush=True)

    def is_finished(self, number: int) -> bool:
        """Whether this answer has all its tokens."""
        return len(self.answers[number]) >= self.requests[number].answer_tokens

    @property
    def is_whole(self) -> bool:
        """Whether every answer is finished."""
        return self.finished == len(self.requests)

    @property
    def tokens(self) -> int:
        """How many tokens came that were asked for."""
        return sum(map(len, self.answers))

    @property
    def now(self) -> Moment:
        """What both clocks show."""
        return Moment(time.perf_counter() - self._wall, time.process_time() - self._cpu)

    @property
    def firsts(self) -> list[Moment | None]:
        """When the first token of each answer came; None where none did."""
        return [came[0] if came else None for came in self.moments]

    @property
    def remaining_s(self) -> float:
        """How much of the budget is left; 0 when none is."""
        return max(0.0, self._budget_s - self.now.wall)
