"""Levels of the headings that no reader saw as such; those of readers are smaller, so they stand above these."""

FIRST_LEVEL_BY_WORDING = 50
EMPHASISED_LEVEL = 70
QUESTION_LEVEL = 80
