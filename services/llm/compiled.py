"""Decoder layers for graphics cards: what multiplies the same tokens does so at once, and what lies between two
multiplications becomes a kernel or two instead of a dozen."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import AttentionInterface

from services.llm.attention import NAME, slot_attention
from services.llm.hardware import free_memory
from services.llm.kernels import multiply
from services.llm.linear import exchange

SHARING = ("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj")
"""Linear layers that the families of models give the same input, under the names they all use."""

ORIGINAL = "_orig_mod"
"""Where a compiled layer keeps the one that it was made of."""


class Product:
    """The weights of some linear layers over the same tokens, and what they made of these until it is asked for."""

    def __init__(self, linears: list[nn.Linear]) -> None:
        biases = [each.bias.detach() for each in linears if each.bias is not None]
        weights = [each.weight.detach() for each in linears]
        self.weight = torch.cat(weights) if len(weights) > 1 else weights[0]
        self.bias = torch.cat(biases) if biases else None
        self.widths = [each.out_features for each in linears]
        self._parts: dict[int, Tensor] = {}

    def take(self, part: int, tokens: Tensor) -> Tensor:
        """[..., out] of one of the layers; the first that is asked multiplies for all."""
        if part not in self._parts:
            self._parts = dict(enumerate(torch.split(self._multiply(tokens), self.widths, dim=-1)))
        return self._parts.pop(part)

    def _multiply(self, tokens: Tensor) -> Tensor:
        if tokens.shape[:-1].numel() > 1:
            return linear(tokens, self.weight, self.bias)
        product = multiply(tokens, self.weight)
        return product if self.bias is None else product + self.bias


class SharedLinear(nn.Module):
    """A linear layer that may share its input, and so its multiplication, with others."""

    def __init__(self, product: Product, part: int) -> None:
        super().__init__()
        self._product, self._part = product, part

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., in] to [..., out]."""
        return self._product.take(self._part, tokens)

    def alone(self) -> nn.Linear:
        """The layer as it was."""
        product, part = self._product, self._part
        weight = torch.split(product.weight, product.widths)[part]
        plain = nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
        plain.weight = nn.Parameter(weight, requires_grad=False)
        if product.bias is not None:
            plain.bias = nn.Parameter(torch.split(product.bias, product.widths)[part], requires_grad=False)
        return plain


def compile_layers(model: Any) -> None:
    """Exchange a decoder's layers for such as are compiled when they are first run, but for their attention."""
    AttentionInterface.register(NAME, torch.compiler.disable(slot_attention))  # type: ignore[no-untyped-call]
    layers = model.get_decoder().layers
    weights = sum(each.numel() * each.element_size() for each in layers.parameters())
    # For a while, or as holes between others for good, weights that are joined take their room twice.
    has_room = free_memory(model.device) > 2 * weights
    for index, layer in enumerate(layers):
        if not hasattr(layer, ORIGINAL):
            _exchange_linears(layer, joined=has_room)
            layers[index] = torch.compile(layer, dynamic=True)


def restore_layers(model: Any) -> None:
    """The layers as they were."""
    AttentionInterface.register(NAME, slot_attention)
    layers = model.get_decoder().layers
    for index, layer in enumerate(layers):
        layers[index] = getattr(layer, ORIGINAL, layer)
        exchange(layers[index], SharedLinear, SharedLinear.alone)


def _exchange_linears(layer: nn.Module, *, joined: bool) -> None:
    for parent in list(layer.modules()):
        plain = {name: child for name, child in parent.named_children() if type(child) is nn.Linear}
        groups = [names for names in SHARING if joined and _is_alike([plain.get(name) for name in names])]
        grouped = {name for names in groups for name in names}
        for names in (*groups, *((name,) for name in plain if name not in grouped)):
            product = Product([plain[name] for name in names])
            for part, name in enumerate(names):
                setattr(parent, name, SharedLinear(product, part))


def _is_alike(linears: list[nn.Linear | None]) -> bool:
    """Whether these are all there, and all with a bias or all without."""
    return all(linears) and len({each.bias is None for each in linears if each}) == 1
