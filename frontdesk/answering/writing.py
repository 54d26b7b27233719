"""A reply while a model writes it: only what has passed the checks is let out, up to a citation at a time."""

import re
from collections.abc import Sequence

from frontdesk.answering.checks.support import LONGEST_REPLY, Check, Grounds, Unsupported

_NUMBERS = r"\s*[\[【［]\s*(?:\d{1,3}\s*[,，、]\s*)*\d{1,3}\s*[\]】］]"
_MARK = re.compile(_NUMBERS)
# The marks of one place, which end a part as soon as something else follows, and the stops right behind them.
_MARKS = re.compile(rf"(?:{_NUMBERS})+(?=\s*[^\s\[【［])[。．.!！?？]*")
_LAST_MARKS = re.compile(rf"(?:{_NUMBERS})+")
_NUMBER = re.compile(r"\d+")
_WORDS = re.compile(r"\w")


class Writing:
    """Takes the pieces of a reply, gives back what may be shown; `text` and `used` are what that comes to.

    A part is what stands before the marks of its citations. It is held against the passages that these name, and
    what follows the last ones against all that were cited. Marks are renumbered from 1 in order of use.
    """

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self._held = ""
        self._plain = ""
        self.text = ""
        self.used: list[int] = []

    def take(self, piece: str) -> str:
        """What may be shown now; raises Unsupported."""
        self._held += piece
        if len(self._plain) + len(self._held) > 2 * LONGEST_REPLY:
            raise Unsupported(Check.LENGTH, "")
        return self._release(_MARKS)

    def finish(self) -> str:
        """The rest; raises Unsupported, also when the reply cites nothing or says nothing."""
        shown = self._release(_LAST_MARKS)
        rest, self._held = self._held.rstrip(), ""
        if not self.used:
            raise Unsupported(Check.CITATION, "")
        self._require_sound(rest, self.used)
        if not _WORDS.search(self._plain):
            raise Unsupported(Check.LENGTH, "")
        self.text += rest
        return shown + rest

    def _release(self, marks: re.Pattern[str]) -> str:
        shown = ""
        while match := marks.search(self._held):
            part, after = self._held[: match.start()], match[0]
            cited = self._cited(after)
            if not self.text:
                part = part.lstrip()
            self._require_sound(part, cited)
            shown += part + _MARK.sub(self._renumbered, after)
            self._held = self._held[match.end() :]
            self.text += part + _MARK.sub(self._renumbered, after)
        return shown

    def _require_sound(self, part: str, cited: Sequence[int]) -> None:
        self._plain += part
        self._grounds.require_fitting(self._plain)
        self._grounds.require_sound(part, cited)

    def _cited(self, marks: str) -> list[int]:
        """The passages, from 0, that some marks name."""
        numbers = [int(number) - 1 for number in _NUMBER.findall(marks)]
        for number in numbers:
            if not 0 <= number < len(self._grounds.passages):
                raise Unsupported(Check.CITATION, f"[{number + 1}]")
            if number not in self.used:
                self.used.append(number)
        return numbers

    def _renumbered(self, mark: re.Match[str]) -> str:
        return "".join(f" [{self.used.index(int(number) - 1) + 1}]" for number in _NUMBER.findall(mark[0]))
