"""Code pages of RTF: a byte means what the code page of its font says."""

import codecs

from striprtf.striprtf import charset_map

_SYMBOLS = 2
_ALL_LANGUAGES = frozenset((0, 1))
_USUAL = "cp1252"
_OLDER_SYSTEMS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_BULLET = "•"
_SIGNS = frozenset(map(chr, range(0xF000, 0xF100)))


class CodePages:
    """Hears what an RTF file says about its fonts, and decodes their bytes."""

    def __init__(self) -> None:
        self._default = _USUAL
        self._default_font = 0
        self._of_font: dict[int, str] = {}
        self._symbol_fonts: set[int] = set()

    def hear(self, word: str, number: int | None, font: int | None) -> None:
        """Take note of a control word, if it is about code pages; `font` is the one that is set there."""
        if word in _OLDER_SYSTEMS:
            self._default = _OLDER_SYSTEMS[word]
        elif number is None:
            return
        elif word == "ansicpg":
            self._default = _known(f"cp{number}")
        elif word == "deff":
            self._default_font = number
        elif word == "fcharset" and font is not None and number == _SYMBOLS:
            self._symbol_fonts.add(font)
        elif word == "fcharset" and font is not None and number not in _ALL_LANGUAGES:
            self._of_font[font] = _known(charset_map.get(number, _USUAL))

    @staticmethod
    def character(number: int) -> str:
        """What a number of 16 bits stands for; fonts of signs use a range of their own, which holds no letters."""
        character = chr(number & 0xFFFF)
        return _BULLET if character in _SIGNS else character

    def decode(self, encoded: bytes, font: int | None) -> str:
        """The text; a font of signs has no letters, so that its bytes are read as a bullet."""
        if font is None:
            font = self._default_font
        if font in self._symbol_fonts:
            return _BULLET if encoded.strip() else " " * len(encoded)
        return encoded.decode(self._of_font.get(font, self._default), errors="replace")


def _known(codec: str) -> str:
    try:
        return codecs.lookup(codec).name
    except LookupError:
        return _USUAL
