"""Topics, moods, and what is made of conversations."""
