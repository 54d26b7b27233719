"""The layers for graphics cards, as far as they can be seen without one."""

import pytest
import torch
from torch import nn

from services.llm.compiled import ORIGINAL, Product, SharedLinear, compile_layers, restore_layers
from tests.llm.tiny import make


@pytest.mark.parametrize("has_bias", [True, False])
def test_layers_that_share_their_tokens_say_what_they_said_alone(has_bias: bool) -> None:
    torch.manual_seed(1)
    alone = [nn.Linear(24, width, bias=has_bias) for width in (16, 8, 8)]
    product = Product(alone)
    together = [SharedLinear(product, part) for part in range(3)]
    for order in ([0, 1, 2], [2, 0, 1]):
        tokens = torch.randn(1, 5, 24)
        for part in order:
            assert torch.allclose(together[part](tokens), alone[part](tokens), atol=1e-6)
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(other.alone()(tokens), one(tokens))


@pytest.mark.parametrize("kind", ["qwen3", "llama", "glm4"])
def test_compiled_layers_can_be_given_up(kind: str) -> None:
    model, tokens = make(kind), torch.arange(9)[None]
    with torch.inference_mode():
        expected = model(tokens).logits
        compile_layers(model)
        compile_layers(model)
        first = getattr(model.model.layers[0], ORIGINAL)
        assert not hasattr(first, ORIGINAL)
        assert isinstance(first.self_attn.q_proj, SharedLinear)
        restore_layers(model)
        assert model.model.layers[0] is first
        assert type(first.self_attn.q_proj) is nn.Linear
        assert torch.allclose(model(tokens).logits, expected, atol=1e-5)
