"""What all shapes share."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from frontdesk.texts import require_text


class Shape(BaseModel):
    """Unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _storable(text: str) -> str:
    return require_text(text, 200, "The text")


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]
