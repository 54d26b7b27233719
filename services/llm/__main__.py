"""`python -m services.llm`: load the model, then serve it."""

import logging
import os
import sys

import uvicorn
from transformers.utils import logging as transformers_logging

from services.llm.app import make_app
from services.llm.engine import Engine
from services.llm.model import Unloadable, load
from services.llm.settings import BadSetting, Settings
from services.llm.writing import Served

GOODBYE_SECONDS = 20

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
# What goes wrong is told in one line below; the hub would tell each of its attempts.
for library in ("huggingface_hub", "httpx"):
    logging.getLogger(library).setLevel(logging.ERROR)
transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()
try:
    settings = Settings.from_environment(os.environ)
    model = load(settings)
except (BadSetting, Unloadable) as error:
    sys.exit(f"llm: {error}")
uvicorn.run(
    make_app(
        Served(model.name, model.context_tokens, settings.reply_tokens, model.encode),
        Engine(model.write, settings.waiting),
    ),
    host=settings.host,
    port=settings.port,
    access_log=False,
    timeout_graceful_shutdown=GOODBYE_SECONDS,
)
