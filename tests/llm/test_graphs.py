"""Captured decode steps say what steps say that run as they are written. Needs an NVIDIA card."""

import random

import pytest
import torch

from services.llm.graphs import DecodeGraphs
from services.llm.slots import SlotRunner
from tests.llm.tiny import VOCABULARY, Reply, make, make_engine

CONTEXT = 1500


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no NVIDIA card")
@pytest.mark.parametrize("kind", ["qwen3", "llama", "glm4"])
def test_graphs_choose_the_tokens_that_eager_steps_choose_in_every_bucket(kind: str) -> None:
    def written(captured: bool) -> list[list[int]]:
        runner = SlotRunner(make(kind).to("cuda"), 8, CONTEXT, 512)
        assert runner._graphs._captured
        if not captured:
            runner._graphs._captured.clear()
        engine = make_engine(runner)
        engine.start()
        rng = random.Random(3)
        told = []
        for rows in (1, 2, 3, 5, 8):
            for length in (20, 500, 1000, 1400):
                replies = [Reply([rng.randrange(VOCABULARY) for _ in range(length)], 40) for _ in range(rows)]
                for reply in replies:
                    engine.submit(reply.job)
                told += [reply.whole() for reply in replies]
        engine.stop()
        return told

    assert written(captured=True) == written(captured=False)


def test_without_a_card_a_step_runs_as_it_is_written() -> None:
    asked: list[tuple[list[int], list[int], int]] = []

    def decode(tokens: torch.Tensor, positions: torch.Tensor, length: int) -> torch.Tensor:
        asked.append((tokens.tolist(), positions.tolist(), length))
        return torch.zeros(len(tokens), 3)

    graphs = DecodeGraphs(decode, 4, 640, torch.device("cpu"))
    assert graphs.run([7, 8], [3, 200], 256, is_captured=True).shape == (2, 3)
    assert asked == [([7, 8], [3, 200], 256)]
