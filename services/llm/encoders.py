"""What embedding and reranking have in common: a model from the hub or a folder, its tokenizer, and one pass."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import nn
from transformers import AutoConfig, AutoTokenizer

from services.llm.hardware import card_dtype, cores
from services.llm.hub import fetch
from services.llm.microbatch import Microbatch
from services.llm.settings import Settings
from services.llm.unloadable import Unloadable

log = logging.getLogger(__name__)

Row = TypeVar("Row")

POOLER = re.compile(r"(\w+\.)?pooler\.")
"""Layers that many models of embeddings come without, since nothing is done with what they say."""
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
BENEFIT = 1.3
"""How much faster bfloat16 has to be on a processor to be worth its coarser numbers."""
PASS_TOKENS = {"cpu": 64}
PASS_TOKENS_OF_A_CARD = 2048
"""What a pass costs by itself, in tokens that could be calculated instead."""


class Unfit(Exception):
    """A text or wish that this model cannot serve; `param` is the field it came in."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__(message)
        self.param = param


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text, or a pair of texts, as the model reads it."""

    ids: Sequence[int]
    types: Sequence[int] | None = None
    """Which of a pair's texts each token belongs to, for models that are told."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Source:
    """A model's files, before its weights are loaded."""

    name: str
    """What callers call the model: its id on the hub, or its folder's own name."""
    folder: Path
    config: Any
    tokenizer: Any
    device: torch.device
    settings: Settings

    def weights(self, kind: Any) -> Any:
        """The model as one of `kind`, such as AutoModel, in the dtype that its device is given weights in.

        Raises Unloadable when weights are missing: they would be random numbers.
        """
        model, told = kind.from_pretrained(
            self.folder,
            config=self.config,
            dtype=_dtype_of_weights(self.device, self.settings.dtype),
            trust_remote_code=self.settings.trusts_remote_code,
            output_loading_info=True,
        )
        if missing := sorted(key for key in told["missing_keys"] if not POOLER.match(key)):
            raise Unloadable(f"{len(missing)} weights are missing, such as {missing[0]}")
        return model


@contextmanager
def opened(setting: str, name: str, settings: Settings, device: torch.device) -> Iterator[Source]:
    """The model's files; whatever goes wrong with them in the block is raised as Unloadable, in one line."""
    trusts = settings.trusts_remote_code
    folder = fetch(setting, name, with_programs=trusts)
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=trusts)
        config.use_cache = False
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=trusts)
        if not tokenizer.is_fast:
            raise Unloadable("it has no fast tokenizer")
        called = folder.resolve().name if Path(name).is_dir() else name
        yield Source(called, folder, config, tokenizer, device, settings)
    except Exception as error:  # transformers and torch raise what they like; all of it means the same
        reason = " ".join(str(error).split())
        raise Unloadable(f"{setting}: {name} cannot be loaded: {reason or repr(error)}") from error


class Pass:
    """One pass of a model over a batch of texts, padded on the right."""

    def __init__(self, model: Any, source: Source) -> None:
        self.device = source.device
        self._model = model.to(self.device).eval()
        self._pad = source.tokenizer.pad_token_id or 0
        self._takes_types = "token_type_ids" in source.tokenizer.model_input_names
        self._dtype = _settle_dtype(model, self.device, source.settings.dtype)
        log.info("%s runs on %s in %s", source.name, self.device, self._dtype)

    def __call__(self, batch: Sequence[Tokens]) -> tuple[Any, torch.Tensor]:
        """What the model says, and how long each text is; raises MemoryError."""
        lengths = np.array([len(text) for text in batch])
        ids = np.full((len(batch), lengths.max()), self._pad)
        mask = np.arange(ids.shape[1]) < lengths[:, None]
        ids[mask] = np.concatenate([text.ids for text in batch])
        inputs = {"input_ids": ids, "attention_mask": mask.astype(np.int64)}
        if self._takes_types and batch[0].types:
            inputs["token_type_ids"] = np.zeros_like(ids)
            inputs["token_type_ids"][mask] = np.concatenate([text.types or () for text in batch])
        placed = {name: torch.from_numpy(array).to(self.device) for name, array in inputs.items()}
        try:
            with self._precision():
                return self._model(**placed), torch.from_numpy(lengths).to(self.device)
        except RuntimeError as error:
            # The processor's allocator has no exception of its own.
            if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
                raise
            reason = str(error)
        # Only now is nothing left that holds on to what was calculated.
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        raise MemoryError(reason)

    def _precision(self) -> AbstractContextManager[Any]:
        on_cpu = self.device.type == "cpu" and self._dtype == torch.bfloat16
        return torch.autocast("cpu", self._dtype) if on_cpu else nullcontext()


class Encoder(Generic[Row]):
    """A model that makes a row of each text, and the threads in which it does so for all requests."""

    def __init__(self, run: Callable[[Sequence[Tokens]], Iterable[Row]], source: Source) -> None:
        self.name = source.name
        self.names = (source.name,)
        """Everything that it is listed as."""
        self.is_draining = False
        self.batches: Microbatch[Tokens, Row] = Microbatch(
            run,
            window_s=source.settings.encoder_window_ms / 1000,
            batch_tokens=source.settings.encoder_batch_tokens,
            pass_tokens=PASS_TOKENS.get(source.device.type, PASS_TOKENS_OF_A_CARD),
            lanes=_lanes(source),
        )

    @property
    def is_alive(self) -> bool:
        """Whether it still answers."""
        return self.batches.is_alive

    @property
    def stalled_s(self) -> float:
        """How long work has been pending since the last batch ended."""
        return self.batches.backlog().stalled_s

    def start(self) -> None:
        """Begin to answer."""
        self.batches.start()

    def stop(self, drain_s: float) -> None:
        """Take nothing more, let what waits go on for so long; blocks."""
        self.is_draining = True
        self.batches.stop(drain_s)


def longest_text(model: nn.Module, source: Source, asked: int | None) -> int:
    """The most tokens that a text may have: the model's own word, its positions, and the room of a batch."""
    positions = getattr(source.config, "max_position_embeddings", None) or source.tokenizer.model_max_length
    for module in model.modules():  # the positions of RoBERTa and its kin begin after that of padding
        table, padding = getattr(module, "position_embeddings", None), getattr(module, "padding_idx", None)
        if isinstance(table, nn.Embedding) and isinstance(padding, int):
            positions = min(positions, table.num_embeddings - padding - 1)
    own = asked or source.tokenizer.model_max_length
    return min(own, positions, source.settings.encoder_batch_tokens)


def _lanes(source: Source) -> int:
    """How many passes run at a time: as many as a processor has cores for, unless a chat model writes there, too.

    On two cores that is two; the second shares its core with everything else, which mostly waits.
    """
    if source.device.type != "cpu" or source.settings.chat_model:
        return 1
    return max(1, cores() // torch.get_num_threads())


def _dtype_of_weights(device: torch.device, wish: str) -> torch.dtype:
    if device.type == "cpu":
        return torch.float32
    return DTYPES.get(wish, card_dtype())


def _settle_dtype(model: Any, device: torch.device, wish: str) -> torch.dtype:
    """Decide the dtype to calculate in; on a processor that gains by it the large matrices become bfloat16.

    There, float16 and int8 are wishes for the chat model and leave the choice open.
    """
    if device.type != "cpu":
        return _dtype_of_weights(device, wish)
    # What comes after the base model, a reranker's last layers, stays exact.
    layers = [module for module in model.base_model.modules() if isinstance(module, nn.Linear)]
    if wish == "float32" or not layers or (wish != "bfloat16" and not _gains(layers[len(layers) // 2])):
        return torch.float32
    for layer in layers:
        layer.to(torch.bfloat16)
    return torch.bfloat16


@torch.inference_mode()
def _gains(layer: nn.Linear) -> bool:
    """Whether bfloat16 makes a layer of the model enough faster on this processor."""

    def seconds(dtype: torch.dtype) -> float:
        weight, rows = layer.weight.to(dtype), torch.randn(256, layer.in_features).to(dtype)
        best = float("inf")
        for _ in range(8):
            began = perf_counter()
            nn.functional.linear(rows, weight)
            best = min(best, perf_counter() - began)
        return best

    return seconds(torch.float32) > BENEFIT * seconds(torch.bfloat16)
