"""Captured steps say what steps say that run as they are written. Needs an NVIDIA card."""

import itertools
import random

import pytest
import torch
from torch._dynamo import OptimizedModule

from services.llm import slots
from services.llm.attention import Span
from services.llm.graphs import DecodeGraphs
from services.llm.slots import SlotRunner
from tests.llm.tiny import HAS_CARD, VOCABULARY, Reply, make, make_engine

CONTEXT = 1500
NEEDS_CARD = pytest.mark.skipif(not HAS_CARD, reason="there is no NVIDIA card")


@pytest.fixture(autouse=True)
def nothing_compiled() -> None:
    """As many models as here are more than one program has, and torch gives compiling up at some number."""
    torch.compiler.reset()


@NEEDS_CARD
@pytest.mark.parametrize("kind", ["qwen3", "llama", "glm4"])
def test_graphs_choose_the_tokens_that_eager_steps_choose_in_every_bucket(kind: str) -> None:
    def written(captured: bool) -> list[list[int]]:
        runner = SlotRunner(make(kind).to("cuda"), 8, CONTEXT, 512)
        assert runner._graphs._captured
        assert isinstance(runner._model.model.layers[0], OptimizedModule)
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


@NEEDS_CARD
@pytest.mark.parametrize("kind", ["qwen3", "llama", "glm4"])
def test_prompts_read_by_graphs_get_the_logits_that_eager_steps_give_them(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(slots.QUICKER, "cuda", (lambda model: None, lambda model: None))
    runner = SlotRunner(make(kind).to("cuda", torch.bfloat16), 8, CONTEXT, 512)
    assert runner._reads._captured
    rng = random.Random(3)
    known = [0] * 8
    for counts in ({0: 1}, {0: 200, 3: 17}, {3: 300, 1: 5, 7: 60}, dict.fromkeys(range(8), 50), {2: 512}):
        spans = [Span(slot, known[slot], count) for slot, count in counts.items()]
        positions = [place for span in spans for place in range(span.start, span.start + span.tokens)]
        tokens = [rng.randrange(VOCABULARY) for _ in positions]
        ends = list(itertools.accumulate(counts.values()))
        kept = [end - 1 for end in ends[:-1]] or [ends[-1] - 1]
        assert runner._reads.takes(spans)
        with torch.inference_mode():
            captured = runner._reads.run(tokens, positions, spans, kept).clone()
            placed = torch.tensor(positions, device="cuda")
            eager = runner._forward(torch.tensor(tokens, device="cuda"), placed, 0, 0, spans, kept)
        assert captured.shape == eager.shape
        assert (captured.float() - eager.float()).std() < 0.03 * eager.float().std()
        for slot, count in counts.items():
            known[slot] += count
    assert not runner._reads.takes([Span(slot, 0, 100) for slot in range(8)])


def test_without_a_card_a_step_runs_as_it_is_written() -> None:
    asked: list[tuple[list[int], list[int], int]] = []

    def decode(tokens: torch.Tensor, positions: torch.Tensor, length: int) -> torch.Tensor:
        asked.append((tokens.tolist(), positions.tolist(), length))
        return torch.zeros(len(tokens), 3)

    graphs = DecodeGraphs(decode, 4, 640, torch.device("cpu"))
    assert graphs.run([7, 8], [3, 200], 256, is_captured=True).shape == (2, 3)
    assert asked == [([7, 8], [3, 200], 256)]
