"""What runs a model for the engine: slots.SlotRunner in batches, plain.PlainRunner whatever else there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import torch

from services.llm.generation import Logprob
from services.llm.scheduler import Capacity, Move, Step


class OutOfMemory(Exception):
    """The device has no room for this step; with less to do it may."""


class Runner(Capacity, Protocol):
    """Holds a model and its cache. Used by one thread only, but for its numbers."""

    vocabulary: int
    """Width of the logits."""

    def move(self, moves: list[Move]) -> None:
        """Bring what the slots hold to where the scheduler wants it."""

    def run(self, step: Step) -> list[Logprob]:
        """Read what the step says and choose a token for each of `step.choosing`, in that order.

        May be repeated for the same positions. Raises OutOfMemory.
        """


@contextmanager
def memory_guard() -> Iterator[None]:
    """Tell a lack of memory from other errors, and give back what can be. Raises OutOfMemory."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        torch.cuda.empty_cache()
        raise OutOfMemory(str(error)) from error
    except RuntimeError as error:
        if "can't allocate memory" not in str(error):
            raise
        raise OutOfMemory(str(error)) from error
