"""What the engine writes is what the model writes by itself, whoever else is answered meanwhile."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from services.llm.engine import Engine
from services.llm.slots import SlotRunner
from tests.llm.tiny import DEVICES, VOCABULARY, Reply, generated, make, make_engine

REQUESTS = 200
CONTEXT_TOKENS = 256
LONGEST_ANSWER = 32
TIE_GAP = 1e-4
"""Logits closer than this are the same: the order of summation decides which is larger."""

WISHES: list[dict[str, Any]] = [
    {"temperature": 0.7},
    {"temperature": 1.5},
    {"temperature": 1.0, "top_p": 0.8},
    {"temperature": 1.2, "top_k": 20},
    {"temperature": 1.2, "min_p": 0.05},
    {"temperature": 0.9, "top_p": 0.95, "top_k": 40, "min_p": 0.01},
    {"temperature": 0.8, "presence_penalty": 0.6, "frequency_penalty": 0.4},
    {"temperature": 1.0, "repetition_penalty": 1.3, "top_p": 0.9},
    {"temperature": 0.0, "repetition_penalty": 1.2, "frequency_penalty": 1.0},
]


@dataclass(frozen=True)
class Request:
    """A prompt, and what the model answers it by itself."""

    prompt: tuple[int, ...]
    answer: list[int]


@dataclass(frozen=True)
class Family:
    """A model of an architecture, and requests with the answers of its `generate`."""

    model: Any
    requests: list[Request]


def tokens(dice: random.Random, least: int, most: int) -> tuple[int, ...]:
    return tuple(dice.randrange(VOCABULARY) for _ in range(dice.randint(least, most)))


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """More would only wait for each other over models this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    """Where the model is. On a card it is compiled once for all its tests."""
    return request.param


@pytest.fixture(scope="module", params=["qwen3", "llama", "glm4"])
def family(request: pytest.FixtureRequest, device: str) -> Family:
    """Prompts of all lengths: fresh ones, some that begin as others do, some that go on where another one ended."""
    model, dice = make(request.param).to(device), random.Random(request.param)
    heads = [tokens(dice, 20, 90) for _ in range(3)]
    requests: list[Request] = []
    while len(requests) < REQUESTS:
        kind = dice.choice(["fresh", "shared", "later"])
        prompt = tokens(dice, 1, 80)
        if kind == "shared":
            prompt = dice.choice(heads) + prompt
        elif kind == "later" and requests:
            before = dice.choice(requests)
            prompt = before.prompt + tuple(before.answer) + prompt
        if len(prompt) + LONGEST_ANSWER <= CONTEXT_TOKENS:
            requests.append(Request(prompt, generated(model, prompt, dice.randint(1, LONGEST_ANSWER))))
    return Family(model, requests)


@contextmanager
def engine_of(model: Any, slots: int, chunk_tokens: int) -> Iterator[Engine]:
    model.set_attn_implementation("sdpa")
    engine = make_engine(SlotRunner(model, slots, CONTEXT_TOKENS, chunk_tokens))
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def ask_in_random_order(engine: Engine, replies: Sequence[Reply], dice: random.Random) -> None:
    """Each arrives at a random moment: after some of the tokens of some that came before it."""
    arrived: list[Reply] = []
    for reply in dice.sample(replies, len(replies)):
        for _ in range(dice.choice([0, 0, 0, 1, 5, 15])):
            if unfinished := [one for one in arrived if one.end is None]:
                dice.choice(unfinished).next()
        engine.submit(reply.job)
        arrived.append(reply)
    for reply in arrived:
        reply.whole()


def is_tie(model: Any, prompt: Sequence[int]) -> bool:
    """Whether the model itself finds two tokens equally likely."""
    model.set_attn_implementation("sdpa")
    with torch.inference_mode():
        best, second = model(torch.tensor([prompt], device=model.device)).logits[0, -1].topk(2).values.tolist()
    return best - second < TIE_GAP


@pytest.mark.parametrize("reuses", [True, False], ids=["with reuse", "without reuse"])
def test_greedy_answers_are_those_of_generate(family: Family, reuses: bool) -> None:
    dice = random.Random(3)
    replies = [
        Reply(one.prompt, len(one.answer), tenant="" if reuses else f"tenant {number}")
        for number, one in enumerate(family.requests)
    ]
    with engine_of(family.model, slots=8, chunk_tokens=48) as engine:
        ask_in_random_order(engine, replies, dice)
        cached = engine.counts.cached_tokens
    assert cached > 1000 if reuses else cached == 0
    ties = 0
    for one, reply in zip(family.requests, replies, strict=True):
        if reply.tokens == one.answer:
            continue
        assert len(reply.tokens) == len(one.answer)
        apart = next(place for place, token in enumerate(reply.tokens) if token != one.answer[place])
        assert is_tie(family.model, [*one.prompt, *one.answer[:apart]]), f"{one.prompt} goes wrong at {apart}"
        ties += 1
    assert ties < REQUESTS / 100


def test_a_seed_chooses_the_same_tokens_whoever_else_is_answered(family: Family) -> None:
    dice = random.Random(4)
    prompts = [dice.choice(family.requests).prompt for _ in WISHES]

    def seeded() -> list[Reply]:
        pairs = enumerate(zip(prompts, WISHES, strict=True))
        return [Reply(prompt, LONGEST_ANSWER, seed=seed, **wishes) for seed, (prompt, wishes) in pairs]

    alone, in_company = seeded(), seeded()
    with engine_of(family.model, slots=1, chunk_tokens=CONTEXT_TOKENS) as engine:
        for reply in alone:
            engine.submit(reply.job)
            reply.whole()
    others = [Reply(tokens(dice, 1, 100), dice.randint(1, LONGEST_ANSWER), temperature=1.0) for _ in range(40)]
    with engine_of(family.model, slots=6, chunk_tokens=32) as engine:
        ask_in_random_order(engine, [*in_company, *others], dice)
    assert [reply.tokens for reply in in_company] == [reply.tokens for reply in alone]
    assert all(len(reply.tokens) == LONGEST_ANSWER for reply in alone)


def test_another_seed_chooses_other_tokens(family: Family) -> None:
    replies = [Reply([1, 2, 3], LONGEST_ANSWER, temperature=1.0, seed=seed) for seed in (1, 1, 2)]
    with engine_of(family.model, slots=3, chunk_tokens=32) as engine:
        for reply in replies:
            engine.submit(reply.job)
        one, same, other = (reply.whole() for reply in replies)
    assert one == same != other
