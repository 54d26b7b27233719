"""The models that are set. They arrive one after the other, while the server answers already."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from services.llm.chat import Chat
from services.llm.embedding import Embedder
from services.llm.progress import tell
from services.llm.refusals import Refused
from services.llm.reranking import Reranker
from services.llm.unloadable import Unloadable, Unreachable

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 15.0
LONGEST_PAUSE_S = 600.0

Model = TypeVar("Model", Chat, Embedder, Reranker)


class Place(Generic[Model]):
    """Where a model stands once it is there. For one event loop."""

    def __init__(self, setting: str, purpose: str, name: str | None, model: Model | None = None) -> None:
        """`name` is what the setting says; None is a model that nobody wants."""
        self.name = name
        self.model: Model | None = model
        self._setting = setting
        self._purpose = purpose

    @property
    def is_waiting(self) -> bool:
        """Whether the model is still to come."""
        return self.name is not None and self.model is None

    def get(self) -> Model:
        """The model; raises Refused while it is not there."""
        if self.model is not None:
            return self.model
        if self.name is None:
            message = f"This server has no model for {self._purpose}: {self._setting} is not set."
            raise Refused(404, message, "model", "model_not_found")
        raise Refused(503, f"The model {self.name} is still being loaded.", "model", "model_loading")


@dataclass(frozen=True, slots=True)
class Models:
    """The three places."""

    chat: Place[Chat]
    embedder: Place[Embedder]
    reranker: Place[Reranker]

    @classmethod
    def expected(cls, chat: str | None, embedder: str | None, reranker: str | None) -> Self:
        """Places for models that are still to come, by what their settings say."""
        return cls(
            Place("LLM_CHAT_MODEL", "chat", chat),
            Place("LLM_EMBEDDING_MODEL", "embedding", embedder),
            Place("LLM_RERANK_MODEL", "reranking", reranker),
        )

    @classmethod
    def ready(
        cls, chat: Chat | None = None, embedder: Embedder | None = None, reranker: Reranker | None = None
    ) -> Self:
        """Models that are there."""
        names = [model.name if model else None for model in (chat, embedder, reranker)]
        models = cls.expected(*names)
        models.chat.model, models.embedder.model, models.reranker.model = chat, embedder, reranker
        return models

    @property
    def places(self) -> tuple[Place[Any], ...]:
        """All of them."""
        return self.chat, self.embedder, self.reranker

    @property
    def there(self) -> tuple[Any, ...]:
        """The models that have arrived."""
        return tuple(place.model for place in self.places if place.model is not None)


Load = Callable[[], Any]
"""Makes a model; raises Unloadable."""


class Arrivals:
    """Loads models in a thread of its own, and again those whose hub does not answer."""

    def __init__(self, loads: Sequence[tuple[Place[Any], Load]], pause_s: float = FIRST_PAUSE_S) -> None:
        """`pause_s` is how long a hub is left alone that did not answer; it doubles each time."""
        self._left = list(loads)
        self._pause_s = pause_s
        self._ended = threading.Event()

    def start(self, arrive: Callable[[Place[Any], Any], object], give_up: Callable[[str], object]) -> None:
        """Begin. The thread calls `arrive` with each model, or `give_up` with why one can never be had."""
        threading.Thread(target=self._run, args=(arrive, give_up), name="loading", daemon=True).start()

    def stop(self) -> None:
        """Try no more; what is being loaded right now goes with the program."""
        self._ended.set()

    def _run(self, arrive: Callable[[Place[Any], Any], object], give_up: Callable[[str], object]) -> None:
        pause = self._pause_s
        while self._left and not self._ended.is_set():
            for place, load in self._left[:]:
                try:
                    tell(f"loading {place.name}")
                    arrive(place, load())
                    self._left.remove((place, load))
                except Unreachable as error:
                    log.error("%s Trying again in %d s.", error, pause)
                except Unloadable as error:
                    give_up(str(error))
                    return
                except Exception as error:  # what nobody thought of must not leave the server waiting for ever
                    log.exception("A model cannot be loaded")
                    give_up(f"a model cannot be loaded: {error!r}")
                    return
            if self._left:
                tell(f"asking the hub again in {pause:.0f} s")
                self._ended.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
