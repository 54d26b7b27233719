"""How sure we are of an answer, as a probability, and from where on its error is promised. Stored in targets.py."""
