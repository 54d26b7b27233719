"""What the slots cannot hold runs one by one, and says what transformers' own `generate` says."""

import random
from typing import Any

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from services.llm.generation import Finish
from services.llm.loading import make_runner
from services.llm.plain import PlainRunner
from services.llm.runner import OutOfMemory
from services.llm.slots import SlotRunner
from tests.llm.tiny import SHAPE, VOCABULARY, Reply, generated, make, make_engine


def requests(count: int) -> list[tuple[list[int], int]]:
    rng = random.Random(5)
    return [
        ([rng.randrange(3, VOCABULARY) for _ in range(rng.randint(2, 120))], rng.randint(2, 20))
        for _ in range(count)
    ]


@pytest.mark.parametrize("kind", ["qwen3", "llama", "glm4", "mistral"])
def test_full_attention_runs_in_slots(kind: str) -> None:
    assert isinstance(make_runner(make(kind), 256, 2), SlotRunner)


def test_coarse_numbers_in_many_layers_are_no_reason_to_run_one_by_one() -> None:
    torch.manual_seed(7)
    model = Qwen3ForCausalLM(Qwen3Config(**SHAPE | {"num_hidden_layers": 24}, head_dim=32)).eval()
    assert isinstance(make_runner(model.to(torch.bfloat16), 256, 2), SlotRunner)


def test_attention_that_is_not_as_the_model_means_it_keeps_out_of_the_slots() -> None:
    model = make("qwen3")
    for layer in model.model.layers:
        # What only the model's own kinds of attention honour.
        layer.self_attn.is_causal = False
    assert isinstance(make_runner(model, 256, 2), PlainRunner)


@pytest.mark.parametrize("kind", ["sliding", "linear", "mamba", "rwkv", "t5"])
def test_the_rest_runs_as_generate_would(kind: str) -> None:
    model = make(kind)
    expected = [generated(model, prompt, length) for prompt, length in requests(12)]
    runner = make_runner(model, 256, 3)
    assert isinstance(runner, PlainRunner)
    engine = make_engine(runner)
    engine.start()
    replies = [Reply(prompt, length) for prompt, length in requests(12)]
    for reply in replies:
        engine.submit(reply.job)
    assert [reply.whole() for reply in replies] == expected
    engine.stop()


@pytest.mark.parametrize("kind", ["sliding", "linear", "mamba", "t5"])
def test_a_step_that_broke_off_half_way_leaves_the_others_right(kind: str) -> None:
    class Breaking(PlainRunner):
        passes = 0

        def _read(self, *arguments: Any) -> Any:
            self.passes += 1
            logits = super()._read(*arguments)
            if self.passes % 7 == 0:
                raise OutOfMemory("injected after the cache has grown")
            return logits

    model = make(kind)
    asked = requests(9)
    expected = [generated(model, prompt, length) for prompt, length in asked]
    engine = make_engine(Breaking(model, 3, 256))
    engine.start()
    replies = [Reply(prompt, length) for prompt, length in asked]
    for reply in replies:
        engine.submit(reply.job)
    right = [reply.whole() == tokens for reply, tokens in zip(replies, expected, strict=True)]
    whole = [isinstance(reply.end, Finish) for reply in replies]
    assert right == whole
    assert 0 < sum(whole) < 9
    engine.stop()


@pytest.mark.parametrize("kind", ["sliding", "linear", "t5"])
def test_a_prompt_as_long_as_what_the_last_one_left_does_not_go_on_from_it(kind: str) -> None:
    model = make(kind)
    former, prompt = [5, 6, 7, 8], list(range(9, 17))
    expected = generated(model, prompt, 5)
    engine = make_engine(PlainRunner(model, 2, 256))
    engine.start()
    for words, length in [(former, len(prompt) - len(former)), (prompt, 5)]:
        reply = Reply(words, length)
        engine.submit(reply.job)
        reply.whole()
    assert reply.tokens == expected
    engine.stop()


def test_a_slot_that_is_left_gives_its_cache_back() -> None:
    runner = PlainRunner(make("sliding"), 3, 256)
    engine = make_engine(runner)
    engine.start()
    replies = [Reply(prompt, 4) for prompt, _ in requests(3)]
    for reply in replies:
        engine.submit(reply.job)
    for reply in replies:
        reply.whole()
    last = Reply([1, 2, 3], 4)
    engine.submit(last.job)
    last.whole()
    engine.stop()
    assert [bool(progress.inputs) for progress in runner._progress] == [True, False, False]
