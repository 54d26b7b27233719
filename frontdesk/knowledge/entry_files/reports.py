"""What became of the rows of a file that somebody imports."""

from dataclasses import asdict, dataclass, field

from frontdesk.errors import Invalid

MOST_TOLD = 500
"""Refused rows that a report names; it counts the others."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not imported, and why."""

    row: int
    code: str
    message: str


@dataclass(slots=True)
class Report:
    """What an import did. `refused` names the first rows that were refused, `refusals` counts all of them."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, number: int, code: str, fault: str) -> None:
        """Write down what is wrong with a row: "has no answer."."""
        self.refusals += 1
        if len(self.refused) < MOST_TOLD:
            self.refused.append(Refusal(number, code, f"Row {number} {fault}"))

    def raise_refused(self, code: str) -> None:
        """Raise Invalid with this code if there is a refused row."""
        if self.refused:
            others = self.refusals - 1
            more = f" {others} more {'row is' if others == 1 else 'rows are'} wrong, too." if others else ""
            raise Invalid(
                f"{self.refused[0].message}{more} Nothing was imported.",
                code=code,
                details=[asdict(refusal) for refusal in self.refused],
            )
