"""What is wished of a knowledge base's answers, and the calibration that holds for it, as they are stored."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from frontdesk.confidence.fitted import is_known
from frontdesk.confidence.models import Calibration, ErrorTarget
from frontdesk.confidence.parts import TAG, of_language
from frontdesk.database import now
from frontdesk.errors import Invalid
from frontdesk.knowledge.tags import clean_tags
from frontdesk.language import Language

ERROR = 0.05
"""At most so many of the answers are wrong, where nobody wished for anything else."""
DOUBT = 0.05
"""A promise is broken with this probability at most."""
LEAST_ERROR, MOST_ERROR = 0.01, 0.3
MOST_OUTSIDE = 0.9
MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class Target:
    """The share of answers that may be wrong; `outside` is the share of questions that nothing answers.

    That is None where nobody knows. Of each of the `parts`, by name, a smaller share may be wrong. Raises Invalid.
    """

    error: float = ERROR
    outside: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not LEAST_ERROR <= self.error <= MOST_ERROR:
            raise Invalid(
                f"The share of wrong answers must lie between {LEAST_ERROR:.0%} and {MOST_ERROR:.0%}.",
                code="error_target_invalid",
            )
        if self.outside is not None and not 0 <= self.outside <= MOST_OUTSIDE:
            raise Invalid(
                f"The share of questions that nothing answers must lie between 0% and {MOST_OUTSIDE:.0%}.",
                code="error_target_invalid",
            )
        if len(self.parts) > MOST_PARTS:
            raise Invalid(f"At most {MOST_PARTS} parts have a share of their own.", code="error_target_invalid")
        for name, error in self.parts.items():
            if name not in _LANGUAGES and not _names_tag(name):
                raise Invalid("A part is a language or a tag that is written as it is stored.", code="part_invalid")
            if not LEAST_ERROR <= error < self.error:
                raise Invalid(
                    f"Of a part {LEAST_ERROR:.0%} or more may be wrong, but less than the {self.error:.0%} of all.",
                    code="error_target_invalid",
                )


_LANGUAGES = frozenset(map(of_language, Language))


def _names_tag(name: str) -> bool:
    tag = name.removeprefix(TAG)
    return name.startswith(TAG) and clean_tags([tag]) == [tag]


def target_of(session: Session, knowledge_base_id: uuid.UUID) -> Target:
    """What is wished of a knowledge base."""
    row = session.get(ErrorTarget, knowledge_base_id)
    return Target() if row is None else Target(row.error, row.outside, row.parts)


def aim(session: Session, knowledge_base_id: uuid.UUID, target: Target) -> None:
    """Wish for something else."""
    values = {
        "error": target.error,
        "outside": target.outside,
        "parts": dict(target.parts),
        "changed_at": now(),
    }
    row = insert(ErrorTarget).values(knowledge_base_id=knowledge_base_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["knowledge_base_id"], set_=values))


def newest(session: Session, knowledge_base_id: uuid.UUID) -> Calibration | None:
    """The calibration that holds; None before the first, and where an earlier release left one of another shape."""
    of_base = select(Calibration).where(Calibration.knowledge_base_id == knowledge_base_id)
    found = session.scalar(of_base.order_by(Calibration.made_at.desc()).limit(1))
    return found if found is not None and all(map(is_known, found.fitted.values())) else None
