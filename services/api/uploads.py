"""Files that are sent in."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fastapi import UploadFile

from frontdesk.errors import Invalid


@contextmanager
def uploaded(file: UploadFile, folder: Path) -> Iterator[tuple[Path, str]]:
    """Where an uploaded file lies meanwhile, below a folder, and its name; raises Invalid for one without.

    Whoever keeps the file moves it away: it has to be on the same disk for that.
    """
    if not file.filename:
        raise Invalid("The file has no name.", code="text_empty")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".upload-") as own:
        path = Path(own) / "file"
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
        yield path, file.filename


@contextmanager
def all_uploaded(files: Sequence[UploadFile], folder: Path) -> Iterator[list[tuple[Path, str]]]:
    """The same for several files."""
    with ExitStack() as stack:
        yield [stack.enter_context(uploaded(file, folder)) for file in files]
