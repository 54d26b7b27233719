"""Compressed bodies, unpacked no further than a limit: a small one may hold gigabytes of nothing."""

import zlib
from collections.abc import Iterable, Iterator

from frontdesk.errors import Invalid

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
GZIP_SIGNATURE = b"\x1f\x8b"


def limited(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """The same chunks; raises Invalid with page_too_large as soon as they are more than `most` bytes."""
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > most:
            raise too_large(most)
        yield chunk


def inflated(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """What gzip or zlib packed, at most `most` bytes of it; raises Invalid: page_too_large, page_broken."""
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    left = most
    try:
        for chunk in chunks:
            found = unpacking.decompress(chunk, left + 1)
            left -= len(found)
            if left < 0:
                raise too_large(most)
            yield found
    except zlib.error as error:
        raise Invalid("The site sent a damaged page.", code="page_broken") from error


def too_large(most: int) -> Invalid:
    """What is said of a page with more than `most` bytes."""
    size = f"{most // 1024 // 1024} MB" if most >= 1024 * 1024 else f"{most} bytes"
    return Invalid(f"This page is larger than {size}.", code="page_too_large")
