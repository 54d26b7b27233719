"""From a folder to a model that can be run: dtypes, quantisation, defaults, and one line for what cannot be."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from services.llm.generation import Finish
from services.llm.hardware import choose_device, cores, fastest_dtype, free_memory
from services.llm.linear import Int8Linear, PackedLinear, exchange
from services.llm.loading import PLAIN_TEMPLATE, load_chat, make_runner
from services.llm.plain import PlainRunner
from services.llm.runner import OutOfMemory
from services.llm.settings import BadSetting, Settings
from services.llm.slots import SlotRunner
from services.llm.unloadable import Unloadable
from tests.llm.tiny import DEVICES, SHAPE, VOCABULARY, Reply, generated, make, make_engine

CPU = torch.device("cpu")
PROMPT = list(range(5, 45))


def settings(**changes: Any) -> Settings:
    wished = Settings.from_environment({"LLM_CHAT_MODEL": "x", "LLM_DTYPE": "float32", "LLM_CONTEXT_TOKENS": "256"})
    return replace(wished, **{"slots": 2} | changes)


def save(model: Any, folder: Path, template: str | None = "{{ messages[0].content }}") -> Path:
    model.save_pretrained(folder)
    backend = Tokenizer(models.WordLevel({f"w{number}": number for number in range(VOCABULARY)}, unk_token="w0"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return folder


def keep(folder: Path, name: str) -> None:
    """Leave the folder no weights but these."""
    weights = load_file(folder / "model.safetensors")
    save_file({name: weights[name]}, folder / "model.safetensors", metadata={"format": "pt"})


def forget_words(folder: Path) -> None:
    """What transformers makes of a folder that has lost its tokenizer's files."""
    backend = Tokenizer(models.BPE())
    PreTrainedTokenizerFast(tokenizer_object=backend).save_pretrained(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(make("qwen3"), tmp_path_factory.mktemp("models") / "shop-model")


def written(loaded: Any, tokens: int = 12) -> list[int]:
    engine = make_engine(loaded.runner, tokenizer=loaded.tokenizer)
    engine.start()
    reply = Reply(PROMPT, tokens)
    engine.submit(reply.job)
    told = reply.whole()
    assert isinstance(reply.end, Finish)
    engine.stop()
    return told


def test_a_folder_is_served_under_its_name_and_says_what_the_model_says(folder: Path) -> None:
    loaded = load_chat(settings(), str(folder), CPU)
    assert loaded.name == "shop-model"
    assert isinstance(loaded.runner, SlotRunner)
    assert (loaded.runner.slots, loaded.runner.context_tokens) == (2, 256)
    assert written(loaded) == generated(make("qwen3"), PROMPT, 12)


@pytest.mark.parametrize("dtype", ["bfloat16", "int8", "auto"])
def test_coarser_numbers_write_replies_too(folder: Path, dtype: str) -> None:
    assert len(written(load_chat(settings(dtype=dtype), str(folder), CPU))) == 12


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("bits", ["4bit", "8bit"])
def test_weights_can_be_quantised_while_they_load(folder: Path, bits: str, device: str) -> None:
    loaded = load_chat(settings(quantize=bits), str(folder), torch.device(device))
    assert isinstance(loaded.runner, SlotRunner)
    assert len(written(loaded)) == 12


def test_int8_weights_stay_close_and_do_not_depend_on_the_batch() -> None:
    torch.manual_seed(1)
    linear = torch.nn.Linear(256, 512)
    coarse = Int8Linear(linear)
    tokens = torch.randn(6, 256) * torch.tensor([1, 10, 0.1, 100, 1, 3])[:, None]
    exact = linear(tokens)
    assert ((coarse(tokens) - exact).norm(dim=1) / exact.norm(dim=1)).max() < 0.02
    assert torch.equal(coarse(tokens)[2:3], coarse(tokens[2:3]))
    assert coarse(tokens[None]).shape == (1, 6, 512)
    assert coarse(torch.zeros(1, 256)).isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_packed_weights_say_what_they_said_before(dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    model = torch.nn.Sequential(
        torch.nn.Linear(96, 160, dtype=dtype), torch.nn.Linear(160, 64, bias=False, dtype=dtype)
    )
    tokens = torch.randn(2, 5, 96, dtype=dtype)
    expected = model(tokens)
    if dtype == torch.bfloat16 and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        # Such a processor refuses, and whoever packs leaves the weights as they are.
        with pytest.raises(RuntimeError):
            exchange(model, torch.nn.Linear, PackedLinear)
        return
    exchange(model, torch.nn.Linear, PackedLinear)
    with torch.inference_mode():
        assert isinstance(model[0], PackedLinear)
        assert torch.allclose(model(tokens), expected, atol=1e-6 if dtype == torch.float32 else 0.02)
        exchange(model, PackedLinear, PackedLinear.unpacked)
        assert torch.equal(model(tokens), expected)


def test_large_weights_are_packed_and_the_model_says_the_same() -> None:
    torch.manual_seed(1)
    shape = SHAPE | {"hidden_size": 512, "intermediate_size": 2048, "vocab_size": VOCABULARY}
    model = LlamaForCausalLM(LlamaConfig(**shape | {"initializer_range": 0.05})).eval()
    model.generation_config.pad_token_id = 0
    expected = generated(model, PROMPT, 12)
    engine = make_engine(make_runner(model, 256, 2))
    assert isinstance(model.model.layers[0].mlp.up_proj, PackedLinear)
    assert not isinstance(model.model.layers[0].self_attn.k_proj, PackedLinear)
    engine.start()
    reply = Reply(PROMPT, 12)
    engine.submit(reply.job)
    assert reply.whole() == expected
    engine.stop()


def test_adapters_and_int8_do_not_go_together(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Unloadable, match="LLM_ADAPTERS: adapters do not go with LLM_DTYPE=int8"):
        load_chat(settings(dtype="int8", adapters=tmp_path), str(folder), CPU)


def test_an_encoder_decoder_is_asked_in_plain_words(tmp_path: Path) -> None:
    folder = save(make("t5"), tmp_path / "t5", template=None)
    loaded = load_chat(settings(), str(folder), CPU)
    assert isinstance(loaded.runner, PlainRunner)
    assert loaded.tokenizer.chat_template == PLAIN_TEMPLATE
    assert written(loaded) == generated(make("t5"), PROMPT, 12)


def test_the_makers_recommendations_are_the_defaults(folder: Path, tmp_path: Path) -> None:
    assert load_chat(settings(), str(folder), CPU).defaults == {"temperature": 0.0}
    model = make("qwen3")
    model.generation_config.update(do_sample=True, temperature=0.7, top_p=0.8, top_k=20, eos_token_id=[3, 4])
    loaded = load_chat(settings(), str(save(model, tmp_path / "m")), CPU)
    assert loaded.defaults == {"temperature": 0.7, "top_p": 0.8, "top_k": 20}
    assert loaded.eos == {3, 4}


def test_slots_are_as_many_as_the_memory_takes() -> None:
    # Two layers of keys and values, two heads, 288 positions, 32 wide, four bytes: 294,912 bytes a slot.
    assert make_runner(make("qwen3"), 256, 0, memory=294_912 * 11).slots == 3
    assert make_runner(make("qwen3"), 256, 2, memory=294_912 * 11).slots == 2
    with pytest.raises(OutOfMemory, match="set LLM_CONTEXT_TOKENS lower"):
        make_runner(make("qwen3"), 256, 0, memory=294_912)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "config.json").unlink(), "cannot be loaded"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be loaded"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "novel"}'), "cannot be loaded"),
        (lambda folder: (folder / "model.safetensors").unlink(), "cannot be loaded"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\0" * 100), "cannot be loaded"),
        (lambda folder: keep(folder, "model.layers.1.mlp.up_proj.weight"), "24 weights are missing, such as "),
        (lambda folder: (folder / "tokenizer.json").unlink(), "cannot be loaded"),
        (lambda folder: forget_words(folder), "its tokenizer knows no words"),
        (lambda folder: (folder / "chat_template.jinja").unlink(), "no chat template"),
    ],
    ids=[
        "no config",
        "broken config",
        "unknown kind",
        "no weights",
        "broken weights",
        "a part of the weights",
        "no tokenizer",
        "no words",
        "no template",
    ],
)
def test_what_cannot_be_loaded_is_one_line(spoil: Any, reason: str, tmp_path: Path) -> None:
    folder = save(make("qwen3"), tmp_path / "model")
    spoil(folder)
    with pytest.raises(Unloadable, match=f"LLM_CHAT_MODEL: .*{reason}") as refused:
        load_chat(settings(), str(folder), CPU)
    assert "\n" not in str(refused.value)


def test_a_model_with_a_program_of_its_own_is_refused_unless_trusted(tmp_path: Path) -> None:
    folder = save(make("qwen3"), tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(Unloadable, match="trust"):
        load_chat(settings(), str(folder), CPU)


def test_more_slots_than_the_memory_takes_are_refused_by_name(folder: Path) -> None:
    with pytest.raises(
        Unloadable, match="1000000000 slots of 256 tokens; set LLM_SLOTS or LLM_CONTEXT_TOKENS lower"
    ):
        load_chat(settings(slots=10**9), str(folder), CPU)


def test_a_device_that_is_not_there_is_one_line() -> None:
    assert choose_device("cpu") == CPU
    with pytest.raises(Unloadable, match="LLM_DEVICE: nonsense cannot be used here"):
        choose_device("nonsense")
    with pytest.raises(Unloadable, match="LLM_DEVICE: hpu cannot be used here"):
        choose_device("hpu")


def test_int8_is_not_for_cards(folder: Path) -> None:
    with pytest.raises(Unloadable, match="LLM_DTYPE: int8 is for processors"):
        load_chat(settings(dtype="int8"), str(folder), torch.device("cuda"))


def test_a_containers_quota_counts_and_not_the_hosts_cores(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    assert cores(tmp_path) <= 2
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert cores(tmp_path) == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert cores(tmp_path) == cores(tmp_path / "absent") >= 1


def test_a_containers_memory_counts_and_not_the_hosts(tmp_path: Path) -> None:
    assert free_memory(CPU, tmp_path) > 0
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert free_memory(CPU, tmp_path) == 2_000_000
    # What the files read lately take in memory makes room for whoever wants it.
    (tmp_path / "memory.stat").write_text("anon 250000\ninactive_file 600000\nactive_file 150000\n")
    assert free_memory(CPU, tmp_path) == 2_600_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory(CPU, tmp_path) > 2_000_000


def test_the_processor_is_asked_what_it_multiplies_fastest() -> None:
    assert fastest_dtype(256, 512) in ("float32", "bfloat16", "int8")
    assert fastest_dtype(256, 512, exact=True) in ("float32", "bfloat16")


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "LLM_CHAT_MODEL, LLM_EMBEDDING_MODEL or LLM_RERANK_MODEL"),
        ({"LLM_CHAT_MODEL": "none"}, "LLM_CHAT_MODEL, LLM_EMBEDDING_MODEL or LLM_RERANK_MODEL"),
        ({"LLM_CHAT_MODEL": "m", "LLM_DTYPE": "float8"}, "LLM_DTYPE has to be one of"),
        ({"LLM_CHAT_MODEL": "m", "LLM_CONTEXT_TOKENS": "lots"}, "LLM_CONTEXT_TOKENS has to be a whole number"),
        ({"LLM_CHAT_MODEL": "m", "LLM_CONTEXT_TOKENS": "8"}, "64 or more"),
        ({"LLM_CHAT_MODEL": "m", "LLM_PORT": "65536"}, "LLM_PORT has to be a whole number, 1 to 65535"),
        ({"LLM_CHAT_MODEL": "m", "LLM_QUANTIZE": "2bit"}, "LLM_QUANTIZE"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(variables: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        Settings.from_environment(variables)
