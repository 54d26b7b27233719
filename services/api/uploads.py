"""Files that are sent in."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
