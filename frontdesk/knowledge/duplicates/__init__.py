"""What a knowledge base says twice: the same text in several sources, and several answers to one question."""
