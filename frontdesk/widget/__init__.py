"""The chat on a shop's own website: its looks, the sites that may show it, and who of them is known by name."""
