"""What happens when a library stumbles over a file: damage is the file's, not ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import broken, too_large

log = logging.getLogger(__name__)


@contextmanager
def damage_refused(what: str) -> Iterator[None]:
    """Turns whatever goes wrong inside into Invalid: file_broken, or file_too_large where memory runs out.

    Invalid itself passes unchanged. What libraries raise on a damaged file is whatever their parsing happens to
    trip over.
    """
    try:
        yield
    except Invalid:
        raise
    except MemoryError as error:
        raise too_large() from error
    except Exception as error:
        log.warning("%s can not be read.", what, exc_info=True)
        raise broken() from error
