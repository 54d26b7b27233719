"""LoRA adapters: what PEFT itself says, also while others write with another adapter or none."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from services.llm.adapters import load_adapters
from services.llm.loading import make_runner
from services.llm.unloadable import Unloadable
from tests.llm.tiny import VOCABULARY, Reply, generated, make, make_engine

ADAPTERS = ("complaints", "sales")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two adapters as PEFT saves them."""
    folder = tmp_path_factory.mktemp("adapters")
    for seed, name in enumerate(ADAPTERS):
        model = get_peft_model(make("llama"), LoraConfig(r=4, target_modules=["q_proj", "v_proj", "up_proj"]))
        torch.manual_seed(seed)
        for parameter_name, parameter in model.named_parameters():
            if "lora_B" in parameter_name:
                torch.nn.init.normal_(parameter, std=0.5)
        model.save_pretrained(folder / name)
    return folder


@pytest.fixture(scope="module")
def prompts() -> list[list[int]]:
    rng = random.Random(4)
    head = [rng.randrange(VOCABULARY) for _ in range(90)]
    return [head + [rng.randrange(VOCABULARY) for _ in range(rng.randint(1, 40))] for _ in range(12)]


@pytest.fixture(scope="module")
def expected(folder: Path, prompts: list[list[int]]) -> Mapping[str | None, list[list[int]]]:
    told: dict[str | None, list[list[int]]] = {None: [generated(make("llama"), prompt, 10) for prompt in prompts]}
    for name in ADAPTERS:
        model: Any = PeftModel.from_pretrained(make("llama"), str(folder / name)).merge_and_unload()
        told[name] = [generated(model, prompt, 10) for prompt in prompts]
    return told


def test_each_request_gets_its_adapter_whoever_is_beside_it(
    folder: Path, prompts: list[list[int]], expected: Mapping[str | None, list[list[int]]]
) -> None:
    model = make("llama")
    assert load_adapters(model, folder) == ADAPTERS
    runner = make_runner(model, 256, 4)
    assert runner.reuses_prefixes
    engine = make_engine(runner)
    engine.start()
    turn: list[str | None] = [None, *ADAPTERS]
    wanted = [turn[number % 3] for number in range(36)]
    replies = [Reply(prompts[number // 3], 10, adapter=name) for number, name in enumerate(wanted)]
    for reply in replies:
        engine.submit(reply.job)
    for number, (name, reply) in enumerate(zip(wanted, replies, strict=True)):
        assert reply.whole() == expected[name][number // 3]
    assert engine.counts.cached_tokens > 30 * 80
    engine.stop()
    assert len({tuple(map(tuple, told)) for told in expected.values()}) == 3


def test_a_folder_without_adapters_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Unloadable, match="LLM_ADAPTERS: no folder in"):
        load_adapters(make("llama"), tmp_path)
    with pytest.raises(Unloadable, match="LLM_ADAPTERS: there is no folder"):
        load_adapters(make("llama"), tmp_path / "absent")


def test_an_adapter_for_another_model_is_one_line(folder: Path) -> None:
    with pytest.raises(Unloadable, match="LLM_ADAPTERS: complaints cannot be loaded") as refused:
        load_adapters(make("glm4"), folder)
    assert "\n" not in str(refused.value)
