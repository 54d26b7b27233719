"""Attention over the slots of the cache, for any transformers model that goes through its AttentionInterface.

The tokens of one step lie one behind the other in a batch of one: first one token for each of the slots 0..rows-1,
then the chunks of prompts. Everything in a model but attention treats each token
alone, so that it needs to know nothing of this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention.bias import causal_lower_right
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from services.llm.kernels import attend

NAME = "frontdesk_slots"


class Unsupported(Exception):
    """The model attends in a way that the slots do not serve; the text says which."""


@dataclass(frozen=True, slots=True)
class Span:
    """A chunk of one slot's prompt: `tokens` of them from position `start` on."""

    slot: int
    start: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Ragged:
    """Chunks of prompts as tensors tell them, so that one captured step reads any; flash attention takes int32."""

    places: Tensor
    """[tokens]: where each is written in the cache, its slots laid one behind the other."""
    begins: Tensor
    """[chunks + 1]: where each chunk's tokens begin among those of the step, and the end."""
    slots: Tensor
    """[chunks + 1]: where each chunk's slot begins in the cache, and anything."""
    lengths: Tensor
    """[chunks]: how much of its slot is there once the chunk is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the tokens of a step belong, and the cache: per layer [slots, key heads, positions, head width]."""

    keys: Sequence[Tensor]
    values: Sequence[Tensor]
    rows: int
    positions: Tensor
    """[rows]: where each of the first tokens goes in its slot."""
    length: int
    """How much of the cache the rows may have to look at."""
    mask: Tensor | None
    """[rows, 1, 1, length]: 0 where a row may look, else minus infinity; the kernel of our own needs none."""
    ends: Sequence[int] | None = None
    """Where each row's own part of the cache ends; given, each is attended to by itself, without padding."""
    spans: Sequence[Span] = ()
    ragged: Ragged | None = None
    """Given, there are no rows and no spans."""


def slot_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: None,
    scaling: float | None = None,
    *,
    layout: Layout,
    **rest: Any,
) -> tuple[Tensor, None]:
    """Write the new keys and values into the slots and attend; query is [1, heads, tokens, width].

    Raises Unsupported for kinds of attention that this is not.
    """
    keys, values = layout.keys[module.layer_idx], layout.values[module.layer_idx]
    window = rest.get("sliding_window")
    is_windowed = window is not None and window < keys.shape[2]
    if is_windowed or rest.get("softcap") is not None or rest.get("s_aux") is not None:
        raise Unsupported("its attention has a window, a cap or sinks")
    if layout.ragged is not None:
        return _read_ragged(query, key, value, keys, values, scaling, layout.ragged)[None], None
    parts = []
    if layout.rows:
        parts.append(_decode(query, key, value, keys, values, scaling, layout))
    at = layout.rows
    for span in layout.spans:
        here, there = slice(at, at + span.tokens), slice(span.start, span.start + span.tokens)
        keys[span.slot, :, there] = key[0, :, here]
        values[span.slot, :, there] = value[0, :, here]
        parts.append(_read(query[:, :, here], keys, values, scaling, span))
        at += span.tokens
    return torch.cat(parts)[None] if len(parts) > 1 else parts[0][None], None


def _decode(
    query: Tensor, key: Tensor, value: Tensor, keys: Tensor, values: Tensor, scaling: float | None, layout: Layout
) -> Tensor:
    """[rows, heads, width] for one token of each row. The heads that share a key head become its queries."""
    if layout.mask is None and layout.ends is None:
        own = slice(layout.rows)
        scale = scaling or query.shape[-1] ** -0.5
        return attend(query[0, :, own], key[0, :, own], value[0, :, own], keys, values, layout.positions, scale)
    rows = torch.arange(layout.rows, device=query.device)
    keys[rows, :, layout.positions] = key[0, :, : layout.rows].transpose(0, 1)
    values[rows, :, layout.positions] = value[0, :, : layout.rows].transpose(0, 1)
    _, heads, _, width = query.shape
    groups = query[0, :, : layout.rows].transpose(0, 1).reshape(layout.rows, keys.shape[1], -1, width)
    if layout.ends is not None:
        each = [
            scaled_dot_product_attention(
                groups[row : row + 1], keys[row : row + 1, :, :end], values[row : row + 1, :, :end], scale=scaling
            )
            for row, end in enumerate(layout.ends)
        ]
        return torch.cat(each).reshape(layout.rows, heads, width)
    seen_keys, seen_values = (cache[: layout.rows, :, : layout.length] for cache in (keys, values))
    attended = scaled_dot_product_attention(groups, seen_keys, seen_values, attn_mask=layout.mask, scale=scaling)
    return attended.reshape(layout.rows, heads, width)


def _read(query: Tensor, keys: Tensor, values: Tensor, scaling: float | None, span: Span) -> Tensor:
    """[tokens, heads, width] for a chunk, each token looking at all before it."""
    end = span.start + span.tokens
    if span.start and query.device.type == "cpu":
        return _read_in_two(query, keys[span.slot, None, :, :end], values[span.slot, None, :, :end], scaling, span)
    attended = scaled_dot_product_attention(
        query,
        keys[span.slot : span.slot + 1, :, :end],
        values[span.slot : span.slot + 1, :, :end],
        attn_mask=causal_lower_right(span.tokens, end) if span.start else None,
        is_causal=not span.start,
        scale=scaling,
        enable_gqa=query.shape[1] != keys.shape[1],
    )
    return attended[0].transpose(0, 1)


def _read_in_two(query: Tensor, keys: Tensor, values: Tensor, scaling: float | None, span: Span) -> Tensor:
    """The same without a mask: what came before and the chunk itself, merged by their sums of exponentials.

    The kernel for processors reads no part of the cache for a mask to throw away; the merging is that of Dao et al.
    2022, arXiv 2205.14135.
    """
    attend = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    before, before_log = attend(query, keys[:, :, : span.start], values[:, :, : span.start], scale=scaling)
    own, own_log = attend(
        query, keys[:, :, span.start :], values[:, :, span.start :], is_causal=True, scale=scaling
    )
    share = torch.sigmoid(before_log - own_log)[..., None].to(own.dtype)
    merged: Tensor = torch.lerp(own, before, share)
    return merged[0].transpose(0, 1)


def _read_ragged(
    query: Tensor, key: Tensor, value: Tensor, keys: Tensor, values: Tensor, scaling: float | None, ragged: Ragged
) -> Tensor:
    """[tokens, heads, width] for chunks, each token looking at all before it in its slot."""
    flat_keys, flat_values = (cache.transpose(1, 2).flatten(0, 1) for cache in (keys, values))
    flat_keys[ragged.places] = key[0].transpose(0, 1)
    flat_values[ragged.places] = value[0].transpose(0, 1)
    is_causal, tells_mask = True, False
    attended: Tensor = torch.ops.aten._flash_attention_forward(
        query[0].transpose(0, 1),
        flat_keys,
        flat_values,
        ragged.begins,
        ragged.slots,
        query.shape[2],
        keys.shape[2],
        0.0,
        is_causal,
        tells_mask,
        scale=scaling,
        seqused_k=ragged.lengths,
    )[0]
    return attended


AttentionInterface.register(NAME, slot_attention)
