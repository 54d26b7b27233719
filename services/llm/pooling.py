"""How hidden states become one vector: what sentence-transformers' files say, or else the model's family."""

import json
import logging
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from services.llm.unloadable import Unloadable

log = logging.getLogger(__name__)

QUERY_KEYS = ("query",)
DOCUMENT_KEYS = ("document", "passage", "corpus")
ACTIVATIONS: dict[str, Any] = {"Identity": nn.Identity, "Tanh": nn.Tanh, "ReLU": nn.ReLU, "GELU": nn.GELU}
LEGACY_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


@dataclass(frozen=True, slots=True)
class Family:
    """What models of one name have in common when their files do not say it."""

    name: str
    """A regular expression for the id on the hub or the folder, in lower case."""
    mode: str
    query: str = ""
    document: str = ""
    least_dimensions: int | None = None
    """The fewest dimensions to which a Matryoshka model's vectors may be cut; None for every other model."""


INSTRUCTION = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
FAMILIES = (
    Family(r"bge-m3", "cls"),
    Family(r"bge-\w+-zh", "cls", query="为这个句子生成表示以用于检索相关文章："),
    Family(r"bge-\w+-en", "cls", query="Represent this sentence for searching relevant passages: "),
    Family(r"e5-mistral", "lasttoken", query=f"{INSTRUCTION} "),
    Family(r"\be5-.*instruct", "mean", query=f"{INSTRUCTION} "),
    Family(r"\be5-", "mean", query="query: ", document="passage: "),
    Family(r"qwen3-embedding", "lasttoken", query=INSTRUCTION, least_dimensions=32),
    Family(r"m3e|minilm", "mean"),
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that turns the tokens' hidden states into a vector, except that it gets the length 1."""

    modes: tuple[str, ...]
    """Their results are put one after the other."""
    dense: tuple[Path, ...]
    """Folders of linear layers that follow, in order."""
    prompts: Mapping[str, str]
    """What stands before a `query` and before a `document`."""
    longest: int | None
    """The most tokens of one text; None leaves it to the model."""
    lowercases: bool
    dimensions: frozenset[int]
    """To which widths a Matryoshka model's vectors may be cut."""
    least_dimensions: int | None

    def widths(self, width: int) -> Container[int]:
        """The widths that may be asked of a model whose vectors have `width` numbers."""
        return range(self.least_dimensions, width + 1) if self.least_dimensions else self.dimensions | {width}


def read_recipe(folder: Path, name: str) -> Recipe:
    """The recipe for the model called `name`, whose small files are in `folder`; raises Unloadable."""
    family = next((family for family in FAMILIES if re.search(family.name, name.lower())), None)
    modes, dense = _steps(folder)
    if not modes:
        if family is None:
            log.warning("%s does not say how it pools: taking the mean of its tokens", name)
        modes = (family.mode if family else "mean",)
    if unknown := set(modes) - POOLS.keys():
        raise Unloadable(f"it pools in a way that is not served: {', '.join(sorted(unknown))}")
    config = _read(folder / "config.json")
    sentence = _read(folder / "config_sentence_transformers.json")
    text = next((_read(path) for path in sorted(folder.glob("sentence_*_config.json"))), {})
    named = {key: prompt for key, prompt in sentence.get("prompts", {}).items() if prompt}
    knows_kinds = not named.keys().isdisjoint(QUERY_KEYS + DOCUMENT_KEYS)
    default = "" if knows_kinds else named.get(sentence.get("default_prompt_name"), "")
    if not named and family:
        named = {"query": family.query, "document": family.document}
    return Recipe(
        modes=modes,
        dense=dense,
        prompts={"query": _first(named, QUERY_KEYS, default), "document": _first(named, DOCUMENT_KEYS, default)},
        longest=text.get("max_seq_length"),
        lowercases=bool(text.get("do_lower_case")),
        dimensions=frozenset(sentence.get("matryoshka_dimensions") or config.get("matryoshka_dimensions") or ()),
        least_dimensions=family.least_dimensions if family else None,
    )


def pool(hidden: torch.Tensor, lengths: torch.Tensor, modes: tuple[str, ...]) -> torch.Tensor:
    """One float32 vector per text from `hidden` [texts, tokens, width], padded on the right to equal lengths."""
    return torch.cat([POOLS[mode](hidden, lengths) for mode in modes], dim=-1).float()


def dense_layers(folders: tuple[Path, ...]) -> Any:
    """The linear layers kept in these folders; raises Unloadable for one that is not understood."""
    layers: list[nn.Module] = []
    for folder in folders:
        config = _read(folder / "config.json")
        activation = str(config.get("activation_function", "Tanh")).rpartition(".")[2]
        weights = folder / "model.safetensors"
        if activation not in ACTIVATIONS or config.get("use_residual") or not weights.is_file():
            raise Unloadable(f"its layer {folder.name} is of a kind that is not served")
        linear = nn.Linear(config["in_features"], config["out_features"], bias=config.get("bias", True))
        linear.load_state_dict({key.removeprefix("linear."): value for key, value in load_file(weights).items()})
        layers += [linear, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers)


def _steps(folder: Path) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """How to pool, and the linear layers after it; nothing at all when the folder has no list of steps."""
    path = folder / "modules.json"
    if not path.is_file():
        return (), ()
    modes: tuple[str, ...] = ()
    dense: list[Path] = []
    for step in json.loads(path.read_text("utf-8")):
        kind = step["type"].rpartition(".")[2]
        if kind == "Pooling":
            modes = _modes(_read(folder / step["path"] / "config.json"))
        elif kind == "Dense":
            dense.append(folder / step["path"])
        elif kind not in ("Transformer", "Normalize"):
            raise Unloadable(f"it has a step that is not served: {kind}")
    return modes, tuple(dense)


def _modes(config: Mapping[str, Any]) -> tuple[str, ...]:
    if config.get("include_prompt") is False:
        raise Unloadable("it leaves its prompt out when it pools, which is not served")
    named = config.get("pooling_mode", [mode for key, mode in LEGACY_MODES.items() if config.get(key)])
    return (named,) if isinstance(named, str) else tuple(named)


def _first(prompts: Mapping[str, str], keys: tuple[str, ...], default: str) -> str:
    return next((prompts[key] for key in keys if key in prompts), default)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _weighted(hidden: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    weights = weights.unsqueeze(-1).float()
    return (hidden.float() * weights).sum(1) / weights.sum(1)


def _inside(hidden: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Which positions hold a token of the text: [texts, tokens]."""
    return torch.arange(hidden.shape[1], device=hidden.device) < lengths.unsqueeze(1)


def _places(hidden: torch.Tensor) -> torch.Tensor:
    return torch.arange(1, hidden.shape[1] + 1, device=hidden.device)


POOLS: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "cls": lambda hidden, lengths: hidden[:, 0],
    "lasttoken": lambda hidden, lengths: hidden[torch.arange(len(hidden), device=hidden.device), lengths - 1],
    "mean": lambda hidden, lengths: _weighted(hidden, _inside(hidden, lengths)),
    "weightedmean": lambda hidden, lengths: _weighted(hidden, _inside(hidden, lengths) * _places(hidden)),
    "max": lambda hidden, lengths: hidden.masked_fill(~_inside(hidden, lengths).unsqueeze(-1), -torch.inf).amax(1),
}
