"""What was fitted to one knowledge base, as it is stored and decided by. Pure."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from frontdesk.confidence.built_in import SAME_WORDS, in_same_words
from frontdesk.confidence.features import Features
from frontdesk.confidence.grounds import Ground
from frontdesk.confidence.guarantee import Certificate
from frontdesk.confidence.model import Model, UnknownModel
from frontdesk.confidence.parts import Cell, cell_of, parts_of_cell
from frontdesk.confidence.rates import Rates

FORMAT = 1
"""Of what is stored."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model with its threshold, None where nothing is known.

    `certificate` tells what to expect, or what is missing. `rates` are those of the questions that the threshold
    was found by, where it was found. It is `raised` where contacts complained of what a lower one answered. `cells`
    have thresholds of their own, by their names (parts.py): the threshold is that of what lies in none of them, and
    the rest is told of everything.
    """

    model: Model
    ground: Ground
    threshold: float | None
    certificate: Certificate
    rates: Rates | None = None
    raised: bool = False
    cells: Mapping[str, Cell] = field(default_factory=dict)

    def confidence(self, features: Features | None, error: float) -> float:
        """The probability that the first passage answers, where a share of `error` may be wrong."""
        confidence = self.model.confidence(features)
        return in_same_words(confidence, features) if error >= 1 - SAME_WORDS else confidence

    @property
    def parts(self) -> Set[str]:
        """The names of the parts that have cells."""
        return {name for cell in self.cells for name in parts_of_cell(cell)}

    def cell(self, parts: Set[str], whole: float) -> Cell | None:
        """That of these parts; None for none. No question of such a cell may have been known.

        `whole` is the threshold of what lies in none.
        """
        if not parts or cell_of(parts) in self.cells:
            return self.cells.get(cell_of(parts))
        error = min(self.cells[cell_of([name])].error for name in parts)
        return Cell.as_sure(error, whole, Certificate(None))

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"format": FORMAT, **_STORED.dump_python(self, mode="json")}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Fitted":
        """What `as_json` made. Raises UnknownModel for anything else."""
        values = dict(stored)
        if values.pop("format", None) != FORMAT:
            raise UnknownModel(f"This is not of format {FORMAT}.")
        try:
            fitted = _STORED.validate_python(values)
        except ValidationError as error:
            raise UnknownModel(f"This is no model: {error}") from error
        fitted.model.check()
        return fitted


_STORED = TypeAdapter(Fitted)


def is_known(stored: Mapping[str, Any]) -> bool:
    """Whether it is something that `as_json` of this release could have made."""
    try:
        Fitted.of_json(stored)
    except UnknownModel:
        return False
    return True
