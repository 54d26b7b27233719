"""Chat models small enough to be made on the spot, as folders and behind a server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from tests.llm import families
from tests.llm.serving import Serving, serve


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model as the hub would give it. It never ends by itself: no token means the end."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    families.tokenizer("qwen").save_pretrained(folder)
    families.model("qwen", ends=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def served() -> Iterator[Callable[[str], Serving]]:
    """A server for each family of models, started when it is first asked for; it ends its replies by itself."""
    with serve("qwen") as qwen, serve("llama") as llama, serve("glm") as glm, serve("mistral") as mistral:
        servers = {"qwen": qwen, "llama": llama, "glm": glm, "mistral": mistral}
        yield servers.__getitem__


@pytest.fixture(scope="session")
def endless() -> Iterator[Serving]:
    """A server with one slot and room for two more requests, whose replies end at their longest only."""
    with serve("qwen", ends=False, slots=1, context_tokens=60_000, LLM_WAITING="2") as serving:
        yield serving
