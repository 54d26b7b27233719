"""The sample shop: a small business, in Chinese and English, that a fresh installation can talk about."""

import json
import shutil
import tempfile
import time
from importlib import resources
from pathlib import Path

from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.sample_entries import sample_entries
from frontdesk.language import Language

_SHOP = resources.files("frontdesk") / "sample_shop"


def load(frontdesk: Frontdesk) -> bool:
    """Fill the web inbox's first knowledge base with the sample shop; False when it has knowledge already."""
    knowledge = frontdesk.knowledge
    base_id, *_ = frontdesk.inboxes.bases("web")
    if any(found.documents or found.entries for found in knowledge.bases()):
        return False
    for name in _documents():
        with tempfile.TemporaryDirectory(dir=frontdesk.settings.files_dir) as folder:
            copy = Path(folder) / "upload"
            with resources.as_file(_SHOP / "documents" / name) as path:
                shutil.copyfile(path, copy)
            knowledge.upload(base_id, name, copy)
    for language in Language:
        knowledge.add_entries(base_id, list(sample_entries(language)))
    frontdesk.inboxes.greet("web", json.loads((_SHOP / "shop.json").read_text("utf-8")))
    return True


def wait_until_indexed(frontdesk: Frontdesk, seconds: float) -> None:
    """Return when the worker owes nothing any more, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and frontdesk.indexing.unfinished():
        time.sleep(0.2)


def _documents() -> list[str]:
    return sorted(path.name for path in (_SHOP / "documents").iterdir() if not path.name.startswith("."))
