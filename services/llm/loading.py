"""From settings to a chat model that can be run: weights, numbers, adapters, cache."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    BitsAndBytesConfig,
)

from services.llm.adapters import load_adapters
from services.llm.attention import Unsupported
from services.llm.hardware import card_dtype, fastest_dtype, free_memory
from services.llm.hub import fetch
from services.llm.linear import Int8Linear, exchange
from services.llm.plain import PlainRunner
from services.llm.prompting import PLAIN_TEMPLATE
from services.llm.runner import OutOfMemory, Runner
from services.llm.settings import Settings
from services.llm.slots import SlotRunner, slot_bytes
from services.llm.unloadable import Unloadable

log = logging.getLogger(__name__)

SETTING = "LLM_CHAT_MODEL"
CACHE_SHARE = {"cuda": 0.85, "cpu": 0.3}
"""How much of the free memory the cache takes; the rest is for what a step calculates."""
MOST_SLOTS = {"cuda": 64, "cpu": 16}
CHUNK_TOKENS = {"cuda": 2048, "cpu": 512}
LEAST_CHUNK_TOKENS = 128
STEP_SECONDS = 1.0
"""How long a step may keep the others waiting on a processor."""
PLAIN_SLOTS = 4
WISHES = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A model with its runner, and what the HTTP side needs to know of it."""

    name: str
    tokenizer: Any
    runner: Runner
    eos: frozenset[int]
    defaults: Mapping[str, float]
    """Sampling wishes that the model's makers recommend, under the names of Sampling."""
    adapters: tuple[str, ...]


def load_chat(settings: Settings, name: str, device: torch.device) -> ChatModel:
    """Load what LLM_CHAT_MODEL names. Raises Unloadable."""
    folder = fetch(SETTING, name, with_programs=settings.trusts_remote_code)
    log.info("Loading %s for %s", name, device)
    try:
        model, tokenizer = _load(settings, folder, device)
        adapters = load_adapters(model, settings.adapters) if settings.adapters else ()
        context = _context(model, settings)
        runner = make_runner(model, context, settings.slots, free_memory(device))
    except Unloadable:
        raise
    except OutOfMemory as error:
        reason = (
            f"there is no memory for its cache, {settings.slots or 1} slots of {settings.context_tokens} tokens"
        )
        raise Unloadable(f"{SETTING}: {name}: {reason}; set LLM_SLOTS or LLM_CONTEXT_TOKENS lower.") from error
    except Exception as error:  # transformers and torch raise what they like; all of it means the same
        reason = " ".join(str(error).split())
        raise Unloadable(f"{SETTING}: {name} cannot be loaded: {reason or repr(error)}") from error
    log.info("%s: %s, %d slots of %d tokens", name, type(runner).__name__, runner.slots, runner.context_tokens)
    served = folder.resolve().name if Path(name).is_dir() else name
    return ChatModel(served, tokenizer, runner, _eos(model), _defaults(model), adapters)


def make_runner(model: Any, context_tokens: int, slots: int, memory: int = 0) -> Runner:
    """The batched runner if the model's attention allows, else the plain one; 0 slots: as many as `memory` takes.

    Raises OutOfMemory when there is no room for one.
    """
    kind = model.device.type
    chunk = CHUNK_TOKENS.get(kind, CHUNK_TOKENS["cpu"])
    try:
        count = slots or _slots_that_fit(model, context_tokens, memory)
        runner = SlotRunner(model, count, context_tokens, chunk)
        if kind == "cpu":
            suiting = int(runner.tokens_per_second() * STEP_SECONDS)
            runner.chunk_tokens = min(chunk, max(LEAST_CHUNK_TOKENS, suiting))
        return runner
    except Unsupported as error:
        log.info("Requests are not batched: %s", error)
        model.set_attn_implementation("sdpa" if model._supports_sdpa else "eager")
        return PlainRunner(model, slots or PLAIN_SLOTS, context_tokens)


def _slots_that_fit(model: Any, context_tokens: int, memory: int) -> int:
    kind = model.device.type
    slot = slot_bytes(model, context_tokens)
    room = int(memory * CACHE_SHARE.get(kind, CACHE_SHARE["cpu"]))
    if room < slot:
        raise OutOfMemory(
            f"a slot of {context_tokens} tokens takes {slot / 1e9:.2f} GB, and the cache may have "
            f"{room / 1e9:.2f} GB; set LLM_CONTEXT_TOKENS lower"
        )
    return min(room // slot, MOST_SLOTS.get(kind, MOST_SLOTS["cpu"]))


def _load(settings: Settings, folder: Path, device: torch.device) -> tuple[Any, Any]:
    trust = {"trust_remote_code": settings.trusts_remote_code}
    config = AutoConfig.from_pretrained(folder, **trust)
    tokenizer = AutoTokenizer.from_pretrained(folder, **trust)
    if not tokenizer.is_fast:
        raise Unloadable(f"{SETTING}: {folder.name} cannot be served here: it has no fast tokenizer.")
    if not tokenizer.encode("Hello", add_special_tokens=False):
        raise Unloadable(f"{SETTING}: {folder.name} cannot be served here: its tokenizer knows no words.")
    if tokenizer.chat_template is None:
        if not config.is_encoder_decoder:
            raise Unloadable(f"{SETTING}: {folder.name} cannot be served here: it has no chat template.")
        tokenizer.chat_template = PLAIN_TEMPLATE
    family = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    dtype, is_int8 = _dtype(settings, config, device)
    weights: dict[str, Any] = {"dtype": dtype, "device_map": {"": device}}
    if settings.quantize != "none":
        is_4bit = settings.quantize == "4bit"
        weights["quantization_config"] = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=is_4bit,
            load_in_8bit=not is_4bit,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=card_dtype(),
        )
    loaded: Any = family.from_pretrained(folder, config=config, output_loading_info=True, **weights, **trust)
    model, told = loaded
    if missing := sorted(told["missing_keys"]):  # they would be random numbers
        lack = f"{len(missing)} weights are missing, such as {missing[0]}."
        raise Unloadable(f"{SETTING}: {folder.name} cannot be loaded: {lack}")
    if is_int8:
        exchange(model, nn.Linear, Int8Linear)
    return model.eval(), tokenizer


def _dtype(settings: Settings, config: Any, device: torch.device) -> tuple[torch.dtype | str, bool]:
    """What the weights are loaded as, and whether they become int8 then."""
    name = settings.dtype
    if name == "int8" and settings.adapters:
        raise Unloadable("LLM_ADAPTERS: adapters do not go with LLM_DTYPE=int8.")
    if getattr(config, "quantization_config", None) or settings.quantize != "none":
        return "auto", False
    if name == "auto" and device.type == "cpu":
        text = config.get_text_config(decoder=True)
        inner = getattr(text, "intermediate_size", 0) or 4 * text.hidden_size
        name = fastest_dtype(text.hidden_size, inner, exact=settings.adapters is not None)
        log.info("This processor is fastest with %s", name)
    if name == "auto":
        return card_dtype(), False
    if name == "int8":
        if device.type != "cpu":
            raise Unloadable("LLM_DTYPE: int8 is for processors; for a card there is LLM_QUANTIZE=8bit.")
        return torch.float32, True
    return getattr(torch, name), False


def _context(model: Any, settings: Settings) -> int:
    config = model.config.get_text_config(decoder=True)
    longest = getattr(config, "max_position_embeddings", None) or settings.context_tokens
    return min(longest, settings.context_tokens)


def _eos(model: Any) -> frozenset[int]:
    eos = model.generation_config.eos_token_id
    return frozenset([eos] if isinstance(eos, int) else eos or ())


def _defaults(model: Any) -> Mapping[str, float]:
    """The model's own wishes; one that does not sample by itself takes the likeliest token."""
    config = model.generation_config
    wishes = {name: value for name in WISHES if (value := getattr(config, name, None)) is not None}
    return wishes if config.do_sample else wishes | {"temperature": 0.0}
