"""What a decode step does most, as kernels for graphics cards.

Attention has each row read its own part of the cache and no more; keys and values of the step's own tokens are
written on the way. Where a step has few rows, several programs share the positions of one, and their results are
merged by their sums of exponentials (Dao et al. 2022, arXiv 2205.14135). Multiplying by a single token is little
but reading weights, which cuBLAS does at half to three quarters of the memory's bandwidth when they are few.
"""

import logging
from functools import cache

import torch
from torch import Tensor

try:
    import triton
    import triton.language as tl
except ImportError:
    triton = None

log = logging.getLogger(__name__)

BLOCK = 64
"""How many positions are read at once."""
MOST_PARTS = 16
LEAST_QUERIES = 16
"""A product of tiles has so many rows at least."""
MOST_COLUMNS = 4096
"""How many weights of a row are multiplied at once."""
LOG2_E = 1.4426950408889634


@cache
def can_run(device: torch.device) -> bool:
    """Whether these kernels can be had: they take the first NVIDIA card, Triton, and a C compiler for it."""
    if triton is None or device.type != "cuda" or device.index not in (None, torch.cuda.current_device()):
        return False
    try:
        ones = torch.ones(16, 16, device=device)
        return bool((multiply(ones[:1], ones) == 16).all())
    except Exception as error:  # Triton and compilers raise what they like; all of it means the same
        log.warning("Steps are slower than they could be, for Triton cannot compile here: %s", error)
        return False


def attend(
    query: Tensor, key: Tensor, value: Tensor, keys: Tensor, values: Tensor, positions: Tensor, scale: float
) -> Tensor:
    """[rows, heads, width] for one token of each of the first slots, whose place in it `positions` tells.

    Query, key and value are [heads, rows, width], the cache is [slots, key heads, positions, width]. The last
    position of a slot is one that nobody reads: a row that stands there only fills up the batch.
    """
    heads, rows, width = query.shape
    key_heads, room = keys.shape[1:3]
    parts = _parts(rows * key_heads, query.device)
    out = query.new_empty(rows, heads, width)
    partial, logs = out, out
    if parts > 1:
        partial = query.new_empty(rows, heads, parts, width, dtype=torch.float32)
        logs = query.new_empty(rows, heads, parts, dtype=torch.float32)
    padded = triton.next_power_of_2(width)
    group = heads // key_heads
    _attend[rows, key_heads, parts](
        query, key, value, keys, values, positions, partial, logs, scale * LOG2_E, room,
        *query.stride()[:2], *key.stride()[:2], *value.stride()[:2], *keys.stride()[:3],
        key_heads=key_heads, group=group, queries=max(LEAST_QUERIES, triton.next_power_of_2(group)),
        width=width, padded=padded, block=BLOCK, parts=parts, num_warps=4, num_stages=3,
    )  # fmt: skip
    if parts > 1:
        _merge[(rows * heads,)](partial, logs, out, width=width, padded=padded, parts=parts)
    return out


@torch.library.custom_op("frontdesk::multiply", mutates_args=())
def multiply(token: Tensor, weight: Tensor) -> Tensor:
    """[..., out] for a single token [..., in]; the weight is [out, in]. Compiled layers may have it in them."""
    outputs, inputs = weight.shape
    product = _product(token, weight)
    block = min(MOST_COLUMNS, triton.next_power_of_2(inputs))
    _multiply[(outputs,)](token, weight, product, inputs=inputs, block=block, num_warps=8)
    return product


@multiply.register_fake
def _product(token: Tensor, weight: Tensor) -> Tensor:
    return token.new_empty(*token.shape[:-1], weight.shape[0])


@cache
def _parts(programs: int, device: torch.device) -> int:
    """Among how many the positions of a row are shared, so that the card is busy: a power of two."""
    free = 2 * torch.cuda.get_device_properties(device).multi_processor_count // programs
    return min(MOST_PARTS, 1 << (free.bit_length() - 1)) if free else 1


if triton is not None:

    @triton.jit
    def _attend(  # type: ignore[no-untyped-def]
        query, key, value, keys, values, positions, out, logs, scale, room,
        query_head, query_row, key_head, key_row, value_head, value_row, cache_slot, cache_head, cache_position,
        key_heads: tl.constexpr, group: tl.constexpr, queries: tl.constexpr, width: tl.constexpr,
        padded: tl.constexpr, block: tl.constexpr, parts: tl.constexpr,
    ):  # fmt: skip
        """One row, one key head with the heads that share it, one part of the positions."""
        row, head, part = tl.program_id(0), tl.program_id(1), tl.program_id(2)
        last = tl.load(positions + row)
        first = tl.where(last == room - 1, last, 0)
        own = tl.arange(0, queries)
        column = tl.arange(0, padded)
        is_own, is_column = own < group, column < width
        asked = tl.load(
            query + (head * group + own)[:, None] * query_head + row * query_row + column[None, :],
            mask=is_own[:, None] & is_column[None, :],
            other=0.0,
        )
        new_key = tl.load(key + head * key_head + row * key_row + column, mask=is_column, other=0.0)
        new_value = tl.load(value + head * value_head + row * value_row + column, mask=is_column, other=0.0)
        start = row.to(tl.int64) * cache_slot + head * cache_head
        share = tl.cdiv(tl.cdiv(last + 1 - first, block), parts) * block
        begin = first + part * share
        end = tl.minimum(begin + share, last + 1)
        if (begin <= last) & (last < end):
            tl.store(keys + start + last * cache_position + column, new_key, mask=is_column)
            tl.store(values + start + last * cache_position + column, new_value, mask=is_column)
        most = tl.full([queries], float("-inf"), tl.float32)
        total = tl.zeros([queries], tl.float32)
        mixed = tl.zeros([queries, padded], tl.float32)
        for at in range(begin, end, block):
            position = at + tl.arange(0, block)
            place = start + position[:, None] * cache_position + column[None, :]
            is_kept = (position < tl.minimum(end, last))[:, None] & is_column[None, :]
            is_new = (position == last)[:, None]
            kept_keys = tl.where(is_new, new_key[None, :], tl.load(keys + place, mask=is_kept, other=0.0))
            scores = tl.dot(asked, tl.trans(kept_keys), input_precision="ieee") * scale
            scores = tl.where((position < end)[None, :], scores, float("-inf"))
            higher = tl.maximum(most, tl.max(scores, 1))
            weights = tl.exp2(scores - higher[:, None])
            fade = tl.exp2(most - higher)
            kept_values = tl.where(is_new, new_value[None, :], tl.load(values + place, mask=is_kept, other=0.0))
            total = total * fade + tl.sum(weights, 1)
            mixed = mixed * fade[:, None] + tl.dot(
                weights.to(kept_values.dtype), kept_values, input_precision="ieee"
            )
            most = higher
        target = (row * key_heads + head) * group + own
        is_wanted = is_own[:, None] & is_column[None, :]
        mixed = mixed / tl.where(total > 0, total, 1.0)[:, None]
        if parts == 1:
            tl.store(
                out + target[:, None] * width + column[None, :], mixed.to(out.dtype.element_ty), mask=is_wanted
            )
        else:
            tl.store(out + (target * parts + part)[:, None] * width + column[None, :], mixed, mask=is_wanted)
            tl.store(logs + target * parts + part, most + tl.log2(total), mask=is_own)

    @triton.jit
    def _merge(partial, logs, out, width: tl.constexpr, padded: tl.constexpr, parts: tl.constexpr):  # type: ignore[no-untyped-def]
        """One head of one row. A part without positions has the logarithm of nothing."""
        head = tl.program_id(0)
        column = tl.arange(0, padded)
        part = tl.arange(0, parts)
        is_column = column < width
        log = tl.load(logs + head * parts + part)
        share = tl.exp2(log - tl.max(log, 0))
        share = share / tl.sum(share, 0)
        each = tl.load(
            partial + (head * parts + part)[:, None] * width + column[None, :], mask=is_column[None, :], other=0.0
        )
        mixed = tl.sum(each * share[:, None], 0)
        tl.store(out + head * width + column, mixed.to(out.dtype.element_ty), mask=is_column)

    @triton.jit
    def _multiply(token, weight, product, inputs: tl.constexpr, block: tl.constexpr):  # type: ignore[no-untyped-def]
        """One row of the weight."""
        row = tl.program_id(0)
        total = tl.zeros([block], tl.float32)
        for at in range(0, inputs, block):
            column = at + tl.arange(0, block)
            is_column = column < inputs
            weights = tl.load(weight + row.to(tl.int64) * inputs + column, mask=is_column, other=0.0)
            total += weights.to(tl.float32) * tl.load(token + column, mask=is_column, other=0.0).to(tl.float32)
        tl.store(product + row, tl.sum(total, 0).to(product.dtype.element_ty))
