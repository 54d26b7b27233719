"""Handoffs: a conversation goes from the assistant to people, and comes back."""
