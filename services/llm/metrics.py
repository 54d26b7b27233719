"""What Prometheus may know: counts and times, nothing of what anybody wrote."""

from collections.abc import Iterable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.llm.chat import Chat
from services.llm.encoders import Encoder
from services.llm.engine import Engine

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """The meters of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._encoders: list[Encoder[Any]] = []
        self._registry.register(_EncoderCollector(self._encoders))
        self.requests = Counter(
            "llm_requests", "Requests that were answered", ["route", "status"], registry=self._registry
        )
        self.request_seconds = Histogram(
            "llm_request_seconds", "From a request to its end", ["route"], buckets=SECONDS, registry=self._registry
        )
        self.queue_seconds = Histogram(
            "llm_queue_seconds", "From a chat request to its turn", buckets=SECONDS, registry=self._registry
        )
        self.first_token_seconds = Histogram(
            "llm_first_token_seconds", "From a request to its first text", buckets=SECONDS, registry=self._registry
        )

    def watch(self, model: Chat | Encoder[Any]) -> None:
        """Tell what this model does, too."""
        if isinstance(model, Chat):
            self._registry.register(_EngineCollector(model.engine))
        else:
            self._encoders.append(model)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self._registry)


class _EngineCollector(Collector):
    """Looks at the engine when asked to."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterable[Metric]:
        """The engine's load and counts."""
        load, counts = self._engine.load(), self._engine.counts
        yield _gauge("llm_running", "Replies that are being written", load.running)
        yield _gauge("llm_waiting", "Requests in the queue", load.waiting)
        yield _gauge("llm_waiting_tokens", "Prompt tokens in the queue", load.waiting_tokens)
        yield _gauge("llm_slots", "Replies that can be written at once", load.slots)
        yield _gauge("llm_cache_tokens", "Positions of the cache in use", load.cached_tokens)
        yield _gauge("llm_cache_capacity_tokens", "Positions of the cache", load.capacity_tokens)
        yield _gauge("llm_stalled_seconds", "For how long work waits without a step", load.stalled_s)
        yield _gauge("llm_up", "Whether the inference thread runs", self._engine.is_alive)
        yield _counter("llm_steps", "Runs of the model", counts.steps)
        yield _counter("llm_prompt_tokens", "Prompt tokens that were read", counts.prompt_tokens)
        yield _counter("llm_prefix_hit_tokens", "Prompt tokens that were known already", counts.cached_tokens)
        yield _counter("llm_generation_tokens", "Tokens that were written", counts.completion_tokens)
        yield _counter("llm_finished", "Replies that came to their end", counts.finished)
        yield _counter("llm_cancelled", "Replies that nobody wanted any more", counts.cancelled)
        yield _counter("llm_failed", "Replies that broke off", counts.failed)
        yield _counter("llm_out_of_memory", "Replies that broke off for lack of memory", counts.out_of_memory)


class _EncoderCollector(Collector):
    """Looks at the models for embedding and reranking when asked to."""

    def __init__(self, encoders: Sequence[Encoder[Any]]) -> None:
        self._encoders = encoders

    def collect(self) -> Iterable[Metric]:
        """The backlog and counts of each."""
        waiting = GaugeMetricFamily("llm_encoder_waiting_texts", "Texts in the queue", labels=["model"])
        stalled = GaugeMetricFamily("llm_encoder_stalled_seconds", "For how long texts wait", labels=["model"])
        texts = CounterMetricFamily("llm_encoder_texts", "Texts that were read", labels=["model"])
        tokens = CounterMetricFamily("llm_encoder_tokens", "Their tokens", labels=["model"])
        padding = CounterMetricFamily("llm_encoder_padding_tokens", "Tokens that fill batches", labels=["model"])
        batches = CounterMetricFamily("llm_encoder_batches", "Passes through the model", labels=["model"])
        for encoder in self._encoders:
            backlog, counts, name = encoder.batches.backlog(), encoder.batches.counts, [encoder.name]
            waiting.add_metric(name, backlog.texts)
            stalled.add_metric(name, backlog.stalled_s)
            texts.add_metric(name, counts.texts)
            tokens.add_metric(name, counts.tokens)
            padding.add_metric(name, counts.padding_tokens)
            batches.add_metric(name, counts.batches)
        yield from (waiting, stalled, texts, tokens, padding, batches)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _counter(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(name, meaning, value=value)
