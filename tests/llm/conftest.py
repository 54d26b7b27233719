"""A model small enough to be made on the spot: random weights from a config, a tokenizer of made-up words."""

import json
from pathlib import Path
from typing import Any

import pytest

CONTROLS = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
WORDS = [f"word{number}" for number in range(200)]
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'system' and not loop.first %}"
    "{{ raise_exception('the system speaks first') }}{% endif %}"
    "<|{{ m.role }}|> {{ m.content }} <|end|> {% endfor %}<|assistant|> "
)
WITHOUT_TORCH = "torch is in the image of the model server and not in the ordinary test installation"


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model as the hub would give it. It never ends by itself: no token means the end."""
    torch = pytest.importorskip("torch", reason=WITHOUT_TORCH)
    transformers = pytest.importorskip("transformers", reason=WITHOUT_TORCH)
    tokenizers = pytest.importorskip("tokenizers", reason=WITHOUT_TORCH)

    folder = tmp_path_factory.mktemp("models") / "tiny"
    vocabulary = {word: number for number, word in enumerate(["<unk>", *CONTROLS, *WORDS])}
    backend = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token="<unk>", extra_special_tokens=CONTROLS
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(2)
    config = transformers.LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=100_000,
        bos_token_id=None,
        eos_token_id=None,
        initializer_range=0.3,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def events(body: str) -> list[Any]:
    """What the data lines of a stream say, the mark of its end as the text that it is."""
    lines = [line.removeprefix("data: ") for line in body.split("\n\n") if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]
