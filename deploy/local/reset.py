"""`python -m deploy.local.reset`: delete everything that the local platform keeps. Standard library only."""

import os
import shutil
import sys

from deploy.local.home import LOCK, lock_folder
from deploy.local.settings import LocalSettings, Refusal


def main() -> int:
    """Ask, then delete the data folder; returns the exit code."""
    try:
        folder = LocalSettings.from_environment(os.environ).folder
        if not folder.exists():
            print(f"Nothing to delete: {folder} does not exist.")
            return 0
        if not (folder / LOCK).exists():
            raise Refusal(f"{folder} is not Frontdesk's: set FRONTDESK_DATA_DIR to what to delete.")
        lock_folder(folder, patience_s=10.0)
        if not _is_confirmed(f"Delete every conversation, document and account in {folder}? [y/N] "):
            print("Nothing was deleted.")
            return 1
        shutil.rmtree(folder)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Cannot delete {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"Deleted {folder}.")
    return 0


def _is_confirmed(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        print()
        return False


if __name__ == "__main__":
    sys.exit(main())
