"""Answering: one turn of the assistant, which ends in a reply or a handoff whatever fails."""
