"""Rerankers: how well a document answers a query, by a cross-encoder or by a language model that says yes or no."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from services.llm.encoders import Encoder, Pass, Source, Tokens, Unfit, longest_text, opened
from services.llm.settings import Settings
from services.llm.unloadable import Unloadable

SETTING = "LLM_RERANK_MODEL"
Scores = NDArray[np.float32]

INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"
BEFORE = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
    'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
)
AFTER = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
MARKS = ("<|im_start|>", "<|im_end|>", "yes", "no")
"""Tokens without which a language model cannot be asked in the way of Qwen3-Reranker."""
NO_ROOM = "The query is so long that it leaves this model no room for a document."


class CrossEncoder:
    """A classifier with one label that reads query and document together."""

    def __init__(self, model: Any, source: Source) -> None:
        if source.config.num_labels != 1:
            raise Unloadable(f"it has {source.config.num_labels} labels, and a reranker has one")
        self._pass = Pass(model, source)
        _score_in_full(model, source.device)
        self._tokenizer = source.tokenizer.backend_tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True  # nobody's text holds marks of the model's own
        self._tokenizer.enable_truncation(longest_text(model, source, None), strategy="only_second")

    def read(self, query: str, documents: Sequence[str], instruction: str | None) -> list[Tokens]:
        """The pairs as tokens; a document that is too long loses its end. Raises Unfit."""
        if instruction is not None:
            raise Unfit("instruction", "This model takes no instruction.")
        try:
            self._tokenizer.encode(query, "")  # before it is copied for each document
        except Exception as error:  # tokenizers knows no other kind
            if "Truncation error" not in str(error):
                raise
            raise Unfit("query", NO_ROOM) from error
        pairs = self._tokenizer.encode_batch_fast([(query, document) for document in documents])
        return [Tokens(pair.ids, pair.type_ids) for pair in pairs]

    @torch.inference_mode()
    def score(self, batch: Sequence[Tokens]) -> Scores:
        """0 to 1 for each pair. Raises MemoryError."""
        outputs, _ = self._pass(batch)
        return outputs.logits[:, 0].float().sigmoid().cpu().numpy()


class YesNo:
    """A language model that is asked, as Qwen3-Reranker is, whether the document answers the query."""

    def __init__(self, model: Any, source: Source) -> None:
        tokenizer = source.tokenizer
        if missing := [mark for mark in MARKS if mark not in tokenizer.get_vocab()]:
            raise Unloadable(f"it is no reranker that says yes or no: it has no token {', '.join(missing)}")
        yes, no = (tokenizer.convert_tokens_to_ids(word) for word in ("yes", "no"))
        rows = model.get_output_embeddings().weight[[yes, no]].float()
        self._yes_over_no = (rows[0] - rows[1]).to(source.device)
        self._pass = Pass(model.base_model, source)
        self._tokenizer = tokenizer.backend_tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._before, self._after = (self._tokens(mark) for mark in (BEFORE, AFTER))
        self._room = longest_text(model, source, None) - len(self._before) - len(self._after)
        if self._room < 1:
            raise Unloadable(
                "what it is asked around a document leaves no room: set LLM_ENCODER_BATCH_TOKENS higher"
            )
        self._tokenizer.encode_special_tokens = True  # nobody's text holds marks of the model's own
        self._tokenizer.enable_truncation(self._room)

    def read(self, query: str, documents: Sequence[str], instruction: str | None) -> list[Tokens]:
        """The questions as tokens; a document that is too long loses its end. Raises Unfit."""
        head = f"<Instruct>: {instruction or INSTRUCTION}\n<Query>: {query}\n<Document>: "
        if len(self._tokens(head)) >= self._room:
            raise Unfit("query", NO_ROOM)
        questions = [head + document for document in documents]
        read = self._tokenizer.encode_batch_fast(questions, add_special_tokens=False)
        return [Tokens([*self._before, *question.ids, *self._after]) for question in read]

    @torch.inference_mode()
    def score(self, batch: Sequence[Tokens]) -> Scores:
        """0 to 1 for each pair: how much likelier `yes` is than `no`. Raises MemoryError."""
        outputs, lengths = self._pass(batch)
        last = outputs.last_hidden_state[torch.arange(len(batch), device=lengths.device), lengths - 1]
        return (last.float() @ self._yes_over_no).sigmoid().cpu().numpy()

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return tokens


class Reranker(Encoder[np.float32]):
    """Pairs of all requests to scores."""

    def __init__(self, model: CrossEncoder | YesNo, source: Source) -> None:
        self.read = model.read
        super().__init__(model.score, source)


def load_reranker(settings: Settings, name: str, device: torch.device) -> Reranker:
    """Load what LLM_RERANK_MODEL names. Raises Unloadable."""
    with opened(SETTING, name, settings, device) as source:
        if any(kind.endswith("ForCausalLM") for kind in source.config.architectures or ()):
            return Reranker(YesNo(source.weights(AutoModelForCausalLM), source), source)
        return Reranker(CrossEncoder(source.weights(AutoModelForSequenceClassification), source), source)


def _score_in_full(model: nn.Module, device: torch.device) -> None:
    """Let the last layers calculate in float32, so that documents about equally good do not get equal scores."""
    name = "score" if hasattr(model, "score") else "classifier"
    setattr(model, name, _InFull(getattr(model, name), device.type))


class _InFull(nn.Module):
    def __init__(self, head: nn.Module, kind: str) -> None:
        super().__init__()
        self._head = head.float()
        self._kind = kind

    def forward(self, hidden: torch.Tensor, **_: Any) -> torch.Tensor:
        with torch.autocast(self._kind, enabled=False):
            scores: torch.Tensor = self._head(hidden.float())
        return scores
