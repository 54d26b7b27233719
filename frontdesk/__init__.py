"""The domain of Frontdesk: conversations, knowledge, answers and handoffs, without any web framework."""

import os

# Read when numpy is imported. Each question has a thread of its own; several for one would wait for each other, and
# cost six times the processor.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
