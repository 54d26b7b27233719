"""The model door: an OpenAI-compatible chat server on transformers. It knows nothing of Frontdesk."""
