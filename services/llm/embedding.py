"""An embedding model: texts to tokens as the model wants them, tokens to vectors of length 1."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel

from services.llm.encoders import Encoder, Pass, Source, Tokens, Unfit, longest_text, opened
from services.llm.pooling import Recipe, dense_layers, pool, read_recipe
from services.llm.settings import Settings

SETTING = "LLM_EMBEDDING_MODEL"
Vector = NDArray[np.float32]
InputType = Literal["query", "document"]


class Embedder(Encoder[Vector]):
    """Texts of all requests to vectors."""

    def __init__(self, model: Any, source: Source, recipe: Recipe) -> None:
        self.longest = longest_text(model, source, recipe.longest)
        self._recipe = recipe
        self._pass = Pass(model, source)
        self._dense = dense_layers(recipe.dense).to(source.device)
        self._vocabulary = model.get_input_embeddings().num_embeddings
        # The tokenizer is used from several threads, so that nothing about it is changed from here on.
        self._tokenizer = source.tokenizer.backend_tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.longest)
        self.width = len(self.encode([Tokens([0])])[0])
        super().__init__(self.encode, source)

    def read(self, texts: Sequence[str], kind: InputType, instruction: str | None = None) -> list[Tokens]:
        """The texts with what the model wants before a `kind` of text; what is too long loses its end.

        Raises Unfit. Any thread.
        """
        prompt = self._prompt(kind, instruction)
        if prompt or self._recipe.lowercases:
            texts = [prompt + text for text in texts]
        if self._recipe.lowercases:
            texts = [text.lower() for text in texts]
        read = [Tokens(text.ids) for text in self._tokenizer.encode_batch_fast(texts)]
        if not all(read):
            raise Unfit("input", "There is a text in which this model finds no token.")
        return read

    def take(self, texts: Sequence[Sequence[int]]) -> list[Tokens]:
        """Texts that come as tokens of this model's own vocabulary, to which nothing is added. Raises Unfit."""
        if any(not 0 <= token < self._vocabulary for text in texts for token in text):
            raise Unfit("input", f"The tokens of this model go from 0 to {self._vocabulary - 1}.")
        return [Tokens(text[: self.longest]) for text in texts]

    def check_dimensions(self, dimensions: int) -> None:
        """Raises Unfit when this model's vectors cannot be cut to so many numbers."""
        if dimensions not in self._recipe.widths(self.width):
            raise Unfit("dimensions", f"The vectors of {self.name} cannot have {dimensions} dimensions.")

    @torch.inference_mode()
    def encode(self, batch: Sequence[Tokens]) -> Vector:
        """One vector per text, [texts, width]; only threads of `batches` may call it.

        Raises MemoryError, and ValueError when the numbers of a vector are none.
        """
        outputs, lengths = self._pass(batch)
        vectors = self._dense(pool(outputs.last_hidden_state, lengths, self._recipe.modes))
        if not vectors.isfinite().all():
            raise ValueError("a text comes to no finite vector")
        return torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy()

    def _prompt(self, kind: InputType, instruction: str | None) -> str:
        prompt = self._recipe.prompts[kind]
        if instruction is None:
            return prompt
        head, mark, _ = prompt.partition("Instruct: ")
        at = prompt.find("\nQuery:")
        if not mark or at < 0:
            raise Unfit("instruction", f"{self.name} takes no instruction for a {kind}.")
        return head + mark + instruction + prompt[at:]


def shorten(vector: Vector, dimensions: int) -> Vector:
    """The first `dimensions` numbers of a Matryoshka model's vector, brought back to length 1."""
    short = vector[:dimensions]
    return short / max(np.linalg.norm(short), np.float32(1e-12))


def load_embedder(settings: Settings, name: str, device: torch.device) -> Embedder:
    """Load what LLM_EMBEDDING_MODEL names. Raises Unloadable."""
    with opened(SETTING, name, settings, device) as source:
        return Embedder(source.weights(AutoModel), source, read_recipe(source.folder, name))
