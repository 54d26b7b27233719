"""Files on disk that rows speak of."""

import os
from pathlib import Path


def settle(path: Path, place: Path) -> None:
    """Move a file to its place so that it is there, whole, before any row speaks of it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
