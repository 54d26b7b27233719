"""Reading a file in a process of its own: whatever it does to what reads it, it does to itself alone."""

from frontdesk.knowledge.apart.reader import Reader, ReadingFailed

__all__ = ["Reader", "ReadingFailed"]
