"""Linear layers for processors: weights laid out once for the way they are multiplied, or made one byte each."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

LIKELY_ROWS = 256
"""How many tokens a step may have; the layout that oneDNN finds for it serves fewer well, too."""


SMALL = 2**20
"""Weights below this number stay in the processor's cache, and another layout gains nothing."""


class PackedLinear(nn.Module):
    """A linear layer in the layout that oneDNN multiplies by, which torch would else make anew in every call.

    Worth a third to a half of the time with the 2 to 64 tokens of a decode step.
    """

    def __init__(self, linear: nn.Linear) -> None:
        """Raises RuntimeError or AttributeError where this build of torch has no oneDNN."""
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.bias = linear.bias
        self.weight = linear.weight.detach().to("meta")
        """Only its shape and type, which some models ask for."""
        self._packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), LIKELY_ROWS)

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., in] to [..., out]."""
        product: Tensor = torch.ops.mkldnn._linear_pointwise(tokens, self._packed, self.bias, "none", [], "")
        return product

    def unpacked(self) -> nn.Linear:
        """The layer as it was."""
        linear = nn.Linear(self.in_features, self.out_features, bias=False, device="meta")
        linear.weight = nn.Parameter(self._packed.to_dense(), requires_grad=False)
        linear.bias = self.bias
        return linear


class Int8Linear(nn.Module):
    """A linear layer with a scale per output for its weights and one per token for what goes in.

    torch's own dynamic quantisation has one scale for all tokens of a call, so that what a request gets would
    depend on the others in its batch. The scheme is that of Dettmers et al. 2022, arXiv 2208.07339, without its
    separate outliers.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weights = linear.weight.detach().float()
        scale = weights.abs().amax(1).clamp(min=1e-8) / 127
        self.out_features, self.in_features = weights.shape
        self.weight = nn.Parameter((weights / scale[:, None]).round().to(torch.int8), requires_grad=False)
        self.scale = nn.Parameter(scale, requires_grad=False)
        self.bias = linear.bias

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., in] to [..., out], in the type that came in."""
        flat = tokens.flatten(0, -2).float()
        scale = flat.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        whole = (flat / scale).round().to(torch.int8)
        product = torch._int_mm(whole, self.weight.t()) * scale * self.scale
        if self.bias is not None:
            product = product + self.bias
        return product.to(tokens.dtype).view(*tokens.shape[:-1], self.out_features)


def _pack(linear: nn.Linear) -> nn.Module:
    return PackedLinear(linear) if linear.weight.numel() >= SMALL else linear


def pack_layers(model: nn.Module) -> None:
    """Have a model multiply by weights in the layout that suits the processor. Raises as PackedLinear does."""
    exchange(model, nn.Linear, _pack)


def unpack_layers(model: nn.Module) -> None:
    """The layers as they were."""
    exchange(model, PackedLinear, PackedLinear.unpacked)


Old = TypeVar("Old", bound=nn.Module)


def exchange(model: nn.Module, old: type[Old], new: Callable[[Old], nn.Module]) -> None:
    """Make every layer of exactly this type another one, in place."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is old:
                setattr(parent, name, new(child))
