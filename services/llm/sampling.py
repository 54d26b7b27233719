"""Choosing the next token for many sequences at once, each by its own wishes, on the device of the logits."""

from collections.abc import Sequence as Rows

import numpy as np
import torch
from torch import Tensor

from services.llm.generation import Logprob, Sampling
from services.llm.sequence import Sequence

LIKELIEST = 1024
"""How many tokens are sorted as long as nothing beyond them can be chosen."""
COLDEST = 1e-5
"""Below this temperature only the likeliest token is left."""


def choose(logits: Tensor, sequences: Rows[Sequence]) -> list[Logprob]:
    """The next token of each sequence; `logits` is [sequences, vocabulary].

    What one row draws depends on nothing in the others: each brings its own random number.
    """
    own = logits = logits.float()
    penalised = [row for row, sequence in enumerate(sequences) if _is_penalised(sequence.job.sampling)]
    constrained = [row for row, sequence in enumerate(sequences) if sequence.matcher]
    if penalised or constrained:
        logits = logits.clone()
    for row in penalised:
        _penalise(logits[row], sequences[row])
    if constrained:
        logits[constrained] = logits[constrained].masked_fill(~_allowed(logits, sequences, constrained), -torch.inf)
    tokens = logits.argmax(-1)
    drawn = [row for row, sequence in enumerate(sequences) if sequence.job.sampling.temperature > COLDEST]
    if drawn:
        tokens[drawn] = _draw(logits[drawn], [sequences[row] for row in drawn])
    return _told(own, tokens, sequences)


def _told(logits: Tensor, tokens: Tensor, sequences: Rows[Sequence]) -> list[Logprob]:
    """The chosen tokens with what the model itself says of them, for the rows that want to be told."""
    told = [Logprob(token, 0.0) for token in tokens.tolist()]
    wanted = {row: n for row, s in enumerate(sequences) if (n := s.job.sampling.alternatives) is not None}
    if wanted:
        rows = list(wanted)
        table = logits[rows].log_softmax(-1)
        chosen = table.gather(1, tokens[rows][:, None])[:, 0].tolist()
        values, ids = (ranked.tolist() for ranked in table.topk(max(wanted.values()), sorted=True))
        for index, (row, count) in enumerate(wanted.items()):
            alternatives = tuple(zip(ids[index][:count], values[index][:count], strict=True))
            told[row] = Logprob(told[row].token, chosen[index], alternatives)
    return told


def _is_penalised(sampling: Sampling) -> bool:
    return bool(sampling.presence_penalty or sampling.frequency_penalty or sampling.repetition_penalty != 1)


def _penalise(row: Tensor, sequence: Sequence) -> None:
    """Presence and frequency as OpenAI documents them; repetition after Keskar et al. 2019, arXiv 1909.05858."""
    sampling, device = sequence.job.sampling, row.device
    if sampling.repetition_penalty != 1:
        seen = torch.as_tensor(np.unique(sequence.tokens), device=device)
        scores = row[seen]
        factor = sampling.repetition_penalty
        row[seen] = torch.where(scores < 0, scores * factor, scores / factor)
    if sequence.counts and (sampling.presence_penalty or sampling.frequency_penalty):
        chosen = torch.tensor(list(sequence.counts), device=device)
        counts = torch.tensor(list(sequence.counts.values()), device=device, dtype=row.dtype)
        row[chosen] -= sampling.presence_penalty + sampling.frequency_penalty * counts


def _allowed(logits: Tensor, sequences: Rows[Sequence], constrained: list[int]) -> Tensor:
    masks = np.stack([matcher.mask() for row in constrained if (matcher := sequences[row].matcher)])
    words = torch.as_tensor(masks, device=logits.device)
    bits = torch.arange(32, dtype=torch.int32, device=logits.device)
    return ((words[:, :, None] >> bits) & 1).bool().flatten(1)[:, : logits.shape[1]]


def _draw(logits: Tensor, sequences: Rows[Sequence]) -> Tensor:
    """One token for each row by the inverse of its cumulated distribution."""
    wishes = [sequence.job.sampling for sequence in sequences]

    def column(values: list[float]) -> Tensor:
        return torch.tensor(values, device=logits.device, dtype=torch.float32)[:, None]

    scaled = logits / column([wish.temperature for wish in wishes])
    least = column([wish.min_p for wish in wishes]).log()
    uniform = column([sequence.uniform for sequence in sequences])
    truncated = [row for row, wish in enumerate(wishes) if wish.top_k or wish.top_p < 1]
    whole = [row for row in range(len(wishes)) if row not in set(truncated)]
    tokens = torch.empty(len(wishes), dtype=torch.long, device=logits.device)
    if whole:
        rows = scaled[whole]
        rows = rows.masked_fill(rows < rows.amax(-1, keepdim=True) + least[whole], -torch.inf)
        tokens[whole] = _pick(rows.softmax(-1), uniform[whole])
    if truncated:
        top_k = column([wish.top_k or logits.shape[1] for wish in wishes])[truncated]
        top_p = column([wish.top_p for wish in wishes])[truncated]
        tokens[truncated] = _nucleus(scaled[truncated], top_k, top_p, least[truncated], uniform[truncated])
    return tokens


def _nucleus(
    scaled: Tensor, top_k: Tensor, top_p: Tensor, least: Tensor, uniform: Tensor, most: int = LIKELIEST
) -> Tensor:
    """Top-k, then top-p (Holtzman et al. 2019, arXiv 1904.09751) of what that leaves, then min-p.

    The `most` likeliest tokens are looked at, and all for the rows where they do not suffice.
    """
    vocabulary = scaled.shape[1]
    width = min(most, vocabulary)
    values, ids = _likeliest(scaled, width)
    probabilities = (values - scaled.logsumexp(-1, keepdim=True)).exp()
    holds_nucleus = (top_k >= vocabulary) & (probabilities.sum(-1, keepdim=True) >= top_p)
    ranks = torch.arange(width, device=scaled.device)
    probabilities = probabilities.masked_fill(ranks >= top_k, 0)
    mass = torch.where(top_k <= width, probabilities.sum(-1, keepdim=True), 1.0)
    before = probabilities.cumsum(-1) - probabilities
    excluded = (before >= top_p * mass) | (values < values[:, :1] + least)
    excluded[:, 0] = False
    tokens = ids.gather(1, _pick(probabilities.masked_fill(excluded, 0), uniform)[:, None])[:, 0]
    short = ~((top_k <= width) | holds_nucleus)[:, 0]
    if width < vocabulary and bool(short.any()):
        tokens[short] = _nucleus(
            scaled[short], top_k[short], top_p[short], least[short], uniform[short], vocabulary
        )
    return tokens


def _likeliest(scaled: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """The values and ids of so many tokens, likeliest first; of equals, which are many in bfloat16, by id."""
    # The order that topk itself gives to equals depends on the shape.
    ids = scaled.topk(width, sorted=False).indices.sort(-1).values
    values, order = scaled.gather(1, ids).sort(dim=-1, descending=True, stable=True)
    return values, ids.gather(1, order)


def _pick(weights: Tensor, uniform: Tensor) -> Tensor:
    cumulated = weights.cumsum(-1)
    last = weights.shape[1] - 1
    picked = torch.searchsorted(cumulated, uniform * cumulated[:, -1:], right=True)[:, 0].clamp(max=last)
    # Rounding may point one past the last token that has any weight.
    final = last - (weights.flip(-1) > 0).int().argmax(-1)
    return torch.minimum(picked, final)
