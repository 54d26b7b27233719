"""What a conversation is about, and in which mood its contact is."""
