"""`python -m services.llm`: serve the models that are set, each as soon as it is loaded."""

import logging
import os
import sys
from contextlib import suppress
from functools import partial

from transformers.utils import logging as transformers_logging

from services.llm.app import Server, requests_log
from services.llm.chat import Chat
from services.llm.embedding import load_embedder
from services.llm.hardware import choose_device, limit_threads
from services.llm.loading import load_chat
from services.llm.models import Arrivals, Models
from services.llm.reranking import load_reranker
from services.llm.settings import BadSetting, Settings
from services.llm.unloadable import Unloadable


def main() -> str | None:
    """Serve until the end; the reason if it should not have come, in one line."""
    try:
        settings = Settings.from_environment(os.environ)
        device = choose_device(settings.device)
    except (BadSetting, Unloadable) as error:
        return str(error)
    limit_threads()
    models = Models.expected(settings.chat_model, settings.embedding_model, settings.rerank_model)

    def load_whole_chat(name: str) -> Chat:
        return Chat(load_chat(settings, name, device), settings)

    # The smaller ones first; the cache of the chat model takes what memory is left.
    loads = (
        (models.embedder, partial(load_embedder, settings, device=device)),
        (models.reranker, partial(load_reranker, settings, device=device)),
        (models.chat, load_whole_chat),
    )
    arrivals = Arrivals([(place, partial(load, place.name)) for place, load in loads if place.name is not None])
    server = Server(models, arrivals, settings)
    with suppress(KeyboardInterrupt):  # all has ended in good order by then
        server.run()
    return server.failure


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # A request's line is JSON and nothing else.
    lines = logging.StreamHandler(sys.stdout)
    requests_log.addHandler(lines)
    requests_log.propagate = False
    # What goes wrong is told in one line; the libraries would tell each of their attempts.
    for library in ("huggingface_hub", "httpx", "httpx2"):
        logging.getLogger(library).setLevel(logging.ERROR)
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if failure := main():
        sys.exit(f"llm: {failure}")
