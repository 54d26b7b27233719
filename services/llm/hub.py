"""A model's files: a folder as it is, or a hub id from the local cache or, if it is not all there, from the hub."""

import shutil
import time
from pathlib import Path
from typing import Any

from huggingface_hub import DryRunFileInfo, constants, snapshot_download
from huggingface_hub.errors import (
    DryRunError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import get_session  # type: ignore[attr-defined]
from tqdm.auto import tqdm

from services.llm.progress import tell
from services.llm.unloadable import Unloadable, Unreachable

DESCRIPTIONS = ["*.json", "*.txt", "*.model", "*.jinja", "*.tiktoken"]
WEIGHTS = ["*.safetensors"]
OLD_WEIGHTS = ["pytorch_model*.bin"]
LINE_SECONDS = 2.0
LASTING = (HFValidationError, RepositoryNotFoundError)
"""What asking again will not change; a model that one has to sign for is among it."""
SILENCE_SECONDS = 10.0
"""How long the hub may say nothing; its client alone would wait for ever."""


def fetch(setting: str, name: str, *, with_programs: bool = False) -> Path:
    """The folder with a model's files. What is complete in the cache is taken without asking the hub.

    `setting` is the variable that named the model, for the error; `with_programs` takes the repository's Python
    too. Raises Unloadable when the files cannot be had: Unreachable when that may pass.
    """
    try:
        if Path(name).is_dir():
            return Path(name)
    except OSError as error:
        raise Unloadable(f"{setting}: the folder {name} cannot be read: {error.strerror}.") from error
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise Unloadable(f"{setting}: there is no folder {name}.")
    patterns = DESCRIPTIONS + WEIGHTS + (["*.py"] if with_programs else [])
    try:
        for wanted in (patterns, patterns + OLD_WEIGHTS):
            folder = _cached(name, wanted)
            if folder and _has_weights(folder):
                return folder
        session = get_session()
        session.event_hooks = {"request": [*session.event_hooks["request"], _limit_silence]}
        missing = _missing(name, patterns)
        if not any(Path(file.filename).match(WEIGHTS[0]) for file in missing):
            patterns += OLD_WEIGHTS
            missing = _missing(name, patterns)
        size = sum(file.file_size or 0 for file in missing if file.will_download)
        _require_room(setting, name, size)
        folder = Path(snapshot_download(name, allow_patterns=patterns, tqdm_class=_progress(name, size)))
        tell(f"downloaded {name}, {_size(size)}")
        return folder
    except Unloadable:
        raise
    except Exception as error:  # the hub's client raises its own, httpx's, and OSError; all of it means the same
        told: BaseException = error
        if isinstance(error, DryRunError) and error.__cause__:  # which only says that nothing can be reached
            told = error.__cause__
        reason = " ".join(str(told).split()).split(" For more details")[0] or type(told).__name__
        reason = reason if told is error else f"{constants.ENDPOINT}: {reason.removesuffix('.')}."
        kind = Unloadable if isinstance(error, LASTING) or constants.HF_HUB_OFFLINE else Unreachable
        raise kind(f"{setting}: {name} is not on this machine and cannot be downloaded: {reason}") from error


def _cached(name: str, patterns: list[str]) -> Path | None:
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=True))
    except LocalEntryNotFoundError:
        return None


def _has_weights(folder: Path) -> bool:
    return any(path.match(pattern) for pattern in WEIGHTS + OLD_WEIGHTS for path in folder.iterdir())


def _missing(name: str, patterns: list[str]) -> list[DryRunFileInfo]:
    return snapshot_download(name, allow_patterns=patterns, dry_run=True, tqdm_class=_progress(name, 0))


def _limit_silence(request: Any) -> None:
    limits = request.extensions["timeout"]
    request.extensions["timeout"] = {kind: limit or SILENCE_SECONDS for kind, limit in limits.items()}


def _require_room(setting: str, name: str, size: int) -> None:
    cache = Path(constants.HF_HUB_CACHE)
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if size > free:
        raise Unloadable(f"{setting}: {name} takes {_size(size)}, and {cache} has room for {_size(free)}.")


def _progress(name: str, size: int) -> type[tqdm]:
    """A progress bar as whole lines, which a log or a supervisor can show; silent when there is nothing to get."""

    class Lines(tqdm):  # type: ignore[misc]
        told_at = time.monotonic()

        def display(self, *_: Any, **__: Any) -> None:
            """Tell how much is there, not more often than people read."""
            now = time.monotonic()
            if size and self.unit == "B" and self.n and now - Lines.told_at >= LINE_SECONDS:
                Lines.told_at = now
                tell(f"downloading {name} {min(100, int(100 * self.n / size))}% of {_size(size)}")

        def close(self) -> None:
            """End without a last line."""
            self.disable = True
            super().close()

    return Lines


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
