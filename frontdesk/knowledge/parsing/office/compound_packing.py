"""A sound container around streams that came out of a doubtful one."""

import struct
from collections.abc import Mapping, Sequence
from math import ceil

import olefile

_SECTOR = 4096
_IDS_IN_SECTOR = _SECTOR // 4
_MOST_TABLES = 109
_VERSION, _LITTLE_ENDIAN, _SECTOR_SHIFT, _SHORT_SECTOR_SHIFT = 4, 0xFFFE, 12, 6
_TABLE, _END, _FREE = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
_STREAM, _ROOT = 2, 5


def packed(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams, a few at most, each filled up with zeros to a full sector.

    The layout: a header, the streams, the directory, the tables that chain sectors. Raises ValueError for more than
    some 450 megabytes.
    """
    chain: list[int] = []
    directory = b""
    for number, (name, stream) in enumerate(streams.items(), start=1):
        following = number + 1 if number < len(streams) else _FREE
        size = max(_SECTOR, len(stream))
        directory += _entry(name, _STREAM, following=following, first=_FREE, start=len(chain), size=size)
        chain += [*range(len(chain) + 1, len(chain) + ceil(size / _SECTOR)), _END]
    # Calamine wants the root to begin somewhere, even if nothing is there.
    root = _entry("Root Entry", _ROOT, following=_FREE, first=1, start=len(chain), size=0)
    chain.append(_END)
    tables = ceil(len(chain) / (_IDS_IN_SECTOR - 1))
    if tables > _MOST_TABLES:
        raise ValueError("too many sectors")
    header = struct.pack(
        "<8s16x5H6x9I",
        olefile.MAGIC,
        *(0x3E, _VERSION, _LITTLE_ENDIAN, _SECTOR_SHIFT, _SHORT_SECTOR_SHIFT),
        *(1, tables, len(chain) - 1, 0, _SECTOR, _END, 0, _END, 0),
    ) + _ids(range(len(chain), len(chain) + tables), _MOST_TABLES)
    table = _ids([*chain, *[_TABLE] * tables], tables * _IDS_IN_SECTOR)
    return b"".join(map(_in_sectors, (header, *streams.values(), root + directory, table)))


def _ids(ids: Sequence[int], count: int) -> bytes:
    return struct.pack(f"<{count}I", *ids, *[_FREE] * (count - len(ids)))


def _entry(name: str, kind: int, *, following: int, first: int, start: int, size: int) -> bytes:
    encoded = f"{name}\0".encode("utf-16-le")
    return struct.pack("<64sHBB3I36xIQ", encoded, len(encoded), kind, 1, _FREE, following, first, start, size)


def _in_sectors(part: bytes) -> bytes:
    return part.ljust(max(1, ceil(len(part) / _SECTOR)) * _SECTOR, b"\0")
