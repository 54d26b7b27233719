"""The queue door: Celery tasks over the domain."""
