"""Lines for whoever watches the start: a terminal, a log, a supervisor."""

import sys


def tell(text: str) -> None:
    """Say how far the start is."""
    sys.stderr.write(f"llm: {text}\n")
    sys.stderr.flush()
