"""The choice of tokens: as transformers' own processors would, exactly, and by nothing but a row's own wishes."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from services.llm.generation import Job, Sampling
from services.llm.sampling import choose
from services.llm.sequence import Sequence

GRID = 4000


def sequence(prompt: list[int] | None = None, **wishes: Any) -> Sequence:
    return Sequence(Job(prompt or [0], Sampling(100, **wishes), print), None, frozenset())


def shares(logits: Tensor, **wishes: Any) -> Tensor:
    """How often each token is chosen, over random numbers that cover 0 to 1 evenly."""
    rows = [sequence(**wishes) for _ in range(GRID)]
    for place, row in enumerate(rows):
        row.uniform = (place + 0.5) / GRID
    chosen = choose(logits.expand(GRID, -1), rows)
    return torch.bincount(torch.tensor([pick.token for pick in chosen]), minlength=len(logits)) / GRID


def peaked(size: int, seed: int = 1) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed)) * 3


CASES: dict[str, tuple[dict[str, float], list[Any]]] = {
    "temperature": ({"temperature": 0.6}, [TemperatureLogitsWarper(0.6)]),
    "hot": ({"temperature": 1.9}, [TemperatureLogitsWarper(1.9)]),
    "top_k": ({"top_k": 7}, [TopKLogitsWarper(7)]),
    "top_p": ({"top_p": 0.8}, [TopPLogitsWarper(0.8)]),
    "tiny top_p": ({"top_p": 0.001}, [TopPLogitsWarper(0.001)]),
    "min_p": ({"min_p": 0.2}, [MinPLogitsWarper(0.2)]),
    "all": (
        {"temperature": 0.7, "top_k": 20, "top_p": 0.9, "min_p": 0.05},
        [TemperatureLogitsWarper(0.7), TopKLogitsWarper(20), TopPLogitsWarper(0.9), MinPLogitsWarper(0.05)],
    ),
}


@pytest.mark.parametrize("size", [50, 3000], ids=["small", "more than is sorted at first"])
@pytest.mark.parametrize("case", CASES)
def test_tokens_are_drawn_as_often_as_transformers_would(case: str, size: int) -> None:
    wishes, processors = CASES[case]
    logits = peaked(size)
    expected = LogitsProcessorList(processors)(torch.zeros(1, 1, dtype=torch.long), logits[None]).softmax(-1)[0]
    assert (shares(logits, **wishes) - expected).abs().max() < 1.5 / GRID


@pytest.mark.parametrize("wishes", [{"top_p": 0.999}, {"top_k": 2500}, {"top_k": 2500, "top_p": 0.9}])
def test_a_flat_distribution_is_cut_beyond_what_is_sorted_at_first(wishes: dict[str, float]) -> None:
    logits = peaked(3000) / 30
    processors = [TopKLogitsWarper(wishes["top_k"])] if "top_k" in wishes else []
    processors += [TopPLogitsWarper(wishes["top_p"])] if "top_p" in wishes else []
    expected = LogitsProcessorList(processors)(torch.zeros(1, 1, dtype=torch.long), logits[None]).softmax(-1)[0]
    assert (shares(logits, **wishes) - expected).abs().max() < 1.5 / GRID


def test_no_temperature_takes_the_likeliest() -> None:
    logits = torch.stack([peaked(100, seed) for seed in range(5)])
    rows = [sequence(temperature=0.0, top_p=0.5) for _ in range(5)]
    assert [pick.token for pick in choose(logits, rows)] == logits.argmax(-1).tolist()


def test_a_row_is_chosen_the_same_whoever_is_beside_it() -> None:
    def mixed() -> list[Sequence]:
        wishes: list[dict[str, Any]] = [{"temperature": 0.0}, {"top_k": 3}, {"top_p": 0.9}, {"min_p": 0.1}, {}]
        return [
            sequence(seed=number, presence_penalty=0.5 * (number % 2), **wishes[number % 5]) for number in range(20)
        ]

    logits = torch.stack([peaked(2000, seed) for seed in range(20)])
    together = [pick.token for pick in choose(logits, mixed())]
    alone = [choose(logits[row : row + 1], [one])[0].token for row, one in enumerate(mixed())]
    assert together == alone
    assert len(set(together)) > 5


def test_equals_are_told_apart_the_same_whoever_is_beside_them() -> None:
    logits = torch.stack([peaked(20_000), torch.zeros(20_000)]).bfloat16()  # in which many are equal
    for seed in range(20):
        for wishes in ({"top_k": 200, "temperature": 1.5}, {"top_p": 0.9}):
            alone = choose(logits[:1], [sequence(seed=seed, **wishes)])
            # The flat row has to be looked at as a whole.
            beside = choose(logits, [sequence(seed=seed, **wishes), sequence(seed=1, top_p=0.9)])
            assert beside[0].token == alone[0].token


def test_repetition_is_punished_in_prompt_and_reply_as_transformers_does() -> None:
    logits = peaked(50)
    one = sequence([3, 7, 7, 11], temperature=0.0, repetition_penalty=5.0, alternatives=0)
    expected = RepetitionPenaltyLogitsProcessor(5.0)(torch.tensor([[3, 7, 7, 11]]), logits[None].clone())[0]
    likeliest = logits.topk(4).indices.tolist()
    again = sequence(likeliest[:3], temperature=0.0, repetition_penalty=5.0)
    assert choose(logits[None], [one])[0].token == int(expected.argmax())
    assert choose(logits[None], [again])[0].token == likeliest[3]


def test_presence_and_frequency_count_the_reply_alone() -> None:
    logits = torch.zeros(10)
    logits[4], logits[5] = 2.0, 1.5
    often = sequence([4, 4, 4], temperature=0.0, frequency_penalty=0.3)
    assert choose(logits[None], [often])[0].token == 4
    often.counts[4] = 1
    assert choose(logits[None], [often])[0].token == 4
    often.counts[4] = 2
    assert choose(logits[None], [often])[0].token == 5
    present = sequence(temperature=0.0, presence_penalty=1.0)
    present.counts[4] = 1
    assert choose(logits[None], [present])[0].token == 5
    wanted = sequence(temperature=0.0, presence_penalty=-2.0)
    wanted.counts[9] = 1
    assert choose(torch.eye(10)[:1], [wanted])[0].token == 9


def test_logprobs_are_the_models_own_before_any_wish() -> None:
    logits = peaked(40)
    one = sequence(temperature=0.3, top_k=2, repetition_penalty=3.0, alternatives=5, seed=1)
    (pick,) = choose(logits[None], [one])
    table = logits.log_softmax(-1)
    assert pick.logprob == pytest.approx(float(table[pick.token]))
    assert [token for token, _ in pick.alternatives] == table.topk(5).indices.tolist()
    assert [logprob for _, logprob in pick.alternatives] == pytest.approx(table.topk(5).values.tolist())
    assert logits.equal(peaked(40))


class OnlyThese:
    """A grammar that allows a few tokens."""

    def __init__(self, tokens: list[int], vocabulary: int) -> None:
        bits = np.zeros(-(-vocabulary // 32) * 32, dtype=np.uint32)
        bits[tokens] = 1
        self._mask = (bits.reshape(-1, 32) << np.arange(32, dtype=np.uint32)).sum(1, dtype=np.uint32).view(np.int32)

    def mask(self) -> Any:
        return self._mask

    def accept(self, token: int) -> None: ...


@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_a_grammar_leaves_only_what_it_allows(temperature: float) -> None:
    logits = peaked(75)
    worst = logits.argsort()[:3].tolist()
    rows = [sequence(temperature=temperature, matcher=lambda: OnlyThese([*worst, 31, 63], 75)) for _ in range(300)]
    chosen = {pick.token for pick in choose(logits.expand(300, -1), rows)}
    assert chosen <= {*worst, 31, 63}
    assert (len(chosen) == 1) == (temperature == 0)


@pytest.mark.parametrize("wishes", [{"top_p": 0.95}, {"min_p": 0.1}, {"top_k": 1}])
def test_the_largest_random_number_still_chooses_a_possible_token(wishes: dict[str, float]) -> None:
    logits = torch.full((1, 2000), -50.0)
    logits[0, 5] = 10
    one = sequence(**wishes)
    one.uniform = 1.0
    assert choose(logits, [one])[0].token == 5
