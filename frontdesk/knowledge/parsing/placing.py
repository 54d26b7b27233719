"""Which text a picture belongs to: what stands before it on its page, otherwise what comes after it."""

from collections.abc import Iterator
from dataclasses import replace

from frontdesk.knowledge.parsing.album import Album
from frontdesk.knowledge.parsing.blocks import Location, Piece, has_words


def with_pictures(pieces: Iterator[Piece], album: Album | None) -> Iterator[Piece]:
    """The pieces of text, each with the digests of the pictures that belong to it; without an album, with none."""
    before: Piece | None = None
    waiting: list[tuple[Location, str]] = []
    for piece in pieces:
        if piece.picture is not None:
            digest = album.keep(piece.picture, piece.place) if album is not None else None
            if digest is None:
                continue
            if before is not None and _is_near(before.place, piece.place):
                before = _with(before, digest)
            else:
                waiting.append((piece.place, digest))
        elif has_words(piece.text):
            if album is not None:
                album.turn_to(piece.place)
            for place, digest in waiting:
                if before is None or _is_near(place, piece.place):
                    piece = _with(piece, digest)
                else:
                    before = _with(before, digest)
            waiting.clear()
            if before is not None:
                yield before
            before = piece
    if before is not None:
        for _, digest in waiting:
            before = _with(before, digest)
        yield before


def _is_near(one: Location, other: Location) -> bool:
    return (one.page, one.sheet) == (other.page, other.sheet)


def _with(piece: Piece, digest: str) -> Piece:
    return replace(piece, pictures=tuple(dict.fromkeys((*piece.pictures, digest))))
