"""Coroutines beside the browser's tests, whose library keeps an event loop marked as running in the main thread."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """What the coroutine returns, from a loop of its own. A browser's stands still meanwhile."""
    browsers = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return asyncio.run(work)
    finally:
        asyncio._set_running_loop(browsers)
