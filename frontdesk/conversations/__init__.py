"""Conversations: what contacts, the assistant and agents say to each other, and whose turn it is."""
