"""The pictures of documents: stored while a document is read, shown with its passages, and cleared away."""
