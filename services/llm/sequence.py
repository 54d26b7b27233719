"""One reply on its way: its tokens, how far the model has read them, and the text they make."""

import random
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers.decoders import DecodeStream

from services.llm.generation import Finish, Job, Logprob, Matcher, Text


class Sequence:
    """A job that the engine has taken. `tokens` are the prompt and what was chosen since."""

    def __init__(self, job: Job, tokenizer: Any | None, eos: frozenset[int]) -> None:
        self.job = job
        self.prompt: NDArray[np.int64] = np.asarray(job.prompt, dtype=np.int64)
        self.tokens = list(job.prompt)
        self.known = 0
        """How many of the tokens stand in the cache."""
        self.turn = 0
        """When it left the queue; who comes later has a higher number."""
        self.cached_tokens = 0
        self.rank = 0
        """Its place in the queue: the lower, the sooner."""
        self.matcher: Matcher | None = job.sampling.matcher() if job.sampling.matcher else None
        self.counts: Counter[int] = Counter()
        """How often each token was chosen."""
        self._eos = eos
        self._random = random.Random(job.sampling.seed)  # noqa: S311 - to be repeatable is the point
        self.uniform = self._random.random()
        """The random number, 0 to 1, that chooses the next token."""
        self._backend = tokenizer.backend_tokenizer if tokenizer else None
        self._decoder = DecodeStream(skip_special_tokens=not job.sampling.shows_control_tokens)
        self._scanner = StopScanner(job.sampling.stop)

    @property
    def pending(self) -> int:
        """How many tokens the model has not read yet; with 1 the next token can be chosen in a batch."""
        return len(self.tokens) - self.known

    def take(self, chosen: Logprob) -> tuple[Text | None, Finish | None]:
        """Go on by the chosen token: the piece of text it makes certain, and the end if this is it."""
        token = chosen.token
        self.known = len(self.tokens)
        self.tokens.append(token)
        self.counts[token] += 1
        self.uniform = self._random.random()
        if self.matcher:
            self.matcher.accept(token)
        ended = token in self._eos
        text = "" if ended and not self.job.sampling.shows_control_tokens else self._text(token)
        written = len(self.tokens) - len(self.prompt)
        finish: Finish | None = None
        if ended or self._scanner.found:
            finish = self._finish("stop", written)
        elif written >= self.job.sampling.max_tokens:
            finish = self._finish("length", written)
        if finish:
            text += self._scanner.rest()
        logprobs = () if self.job.sampling.alternatives is None or ended else (chosen,)
        return (Text(text, logprobs) if text or logprobs else None), finish

    def _text(self, token: int) -> str:
        if self._backend is None:
            return ""
        return self._scanner.feed(self._decoder.step(self._backend, token) or "")

    def _finish(self, reason: Any, written: int) -> Finish:
        return Finish(reason, len(self.prompt), written, self.cached_tokens)


class StopScanner:
    """Passes text on up to the first stop sequence, which it keeps back together with what follows."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""
        self.found = False

    def feed(self, text: str) -> str:
        """The part of the text so far that certainly comes before a stop sequence and was not passed on yet."""
        if self.found:
            return ""
        self._held += text
        ends = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if ends:
            self.found = True
            return self._take(min(ends))
        return self._take(len(self._held) - self._doubtful())

    def rest(self) -> str:
        """What was kept back in case a stop sequence would follow; for the end of the text."""
        return "" if self.found else self._take(len(self._held))

    def _take(self, length: int) -> str:
        taken, self._held = self._held[:length], self._held[length:]
        return taken

    def _doubtful(self) -> int:
        """Length of the longest end of the held text that begins a stop sequence."""
        return max(
            (
                length
                for stop in self._stops
                for length in range(min(len(stop) - 1, len(self._held)), 0, -1)
                if self._held.endswith(stop[:length])
            ),
            default=0,
        )
