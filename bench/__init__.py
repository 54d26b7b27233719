"""Benchmarks: what was measured, and how to measure it again."""

import frontdesk  # noqa: F401 - before anything brings numpy in, so that it has the threads that the product gives it
