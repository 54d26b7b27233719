"""What came of questions: right or wrong, the same as before or not, and the figures of all of them. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from frontdesk.answering.policy import Outcome
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.metrics import percentile
from frontdesk.evaluation.models import AFFECTED, VERDICTS, Result, RunKind
from frontdesk.evaluation.models import Outcome as AskedQuestion

Reply = Mapping[str, Any]
"""What a version made of a question, as `asking` stores it."""
_NEWLY = {
    Outcome.ANSWER: Result.NEWLY_ANSWERED,
    Outcome.HANDOFF: Result.NEWLY_HANDED,
    Outcome.CHOICE: Result.NEWLY_ASKED,
}


def judge(expectation: Expectation, reply: Reply) -> Result:
    """Whether a reply is what should have come."""
    outcome = Outcome(reply["outcome"])
    if outcome is Outcome.CHOICE:
        return Result.ASKED_BACK
    if expectation.wanted is Wanted.HANDOFF:
        return Result.WRONG if outcome is Outcome.ANSWER else Result.HANDED_OVER
    if outcome is Outcome.HANDOFF:
        return Result.MISSED
    return Result.RIGHT if any(map(expectation.is_met_by, reply["citations"])) else Result.WRONG


def compare(before: Reply, after: Reply) -> Result:
    """What a contact would notice: not another reason for handing over, nor another page of a source."""
    outcome = Outcome(after["outcome"])
    if before["outcome"] != outcome:
        return _NEWLY[outcome]
    if outcome is Outcome.HANDOFF:
        return Result.UNAFFECTED
    if before["text"] != after["text"]:
        return Result.OTHER_ANSWER
    is_same = list(map(_source, before["citations"])) == list(map(_source, after["citations"]))
    return Result.UNAFFECTED if is_same else Result.OTHER_SOURCE


def figures(kind: RunKind, outcomes: Sequence[AskedQuestion]) -> dict[str, Any]:
    """Counts of each result and what follows from them; shares and means are None where there is nothing to divide
    by. The words of answers count where there is a reference for them."""
    counted = Counter(outcome.result for outcome in outcomes)
    told = (*AFFECTED, Result.UNAFFECTED) if kind is RunKind.REPLAY else VERDICTS
    counts = {result.value: counted[result] for result in told}
    waits = [outcome.after["ms"] for outcome in outcomes if outcome.after]
    timings = {
        "p50_ms": percentile(waits, 0.5) if waits else None,
        "p95_ms": percentile(waits, 0.95) if waits else None,
    }
    if kind is RunKind.REPLAY:
        return {"asked": len(outcomes), **counts, **timings}
    answered = counted[Result.RIGHT] + counted[Result.WRONG]
    ranks = [
        outcome.after["rank"] for outcome in outcomes if outcome.after and outcome.wanted is not Wanted.HANDOFF
    ]
    asked_back = [one.after for one in outcomes if one.after and one.result is Result.ASKED_BACK]
    wordings = [outcome.after["wording"] for outcome in outcomes if outcome.after and outcome.after.get("wording")]
    return {
        "asked": len(outcomes),
        **counts,
        "answered": _share(answered, len(outcomes)),
        "error": _share(counted[Result.WRONG], answered),
        "hit_at_1": _share(sum(rank == 1 for rank in ranks), len(ranks)),
        "hit_at_5": _share(sum(rank is not None for rank in ranks), len(ranks)),
        "offers_right": _share(sum(bool(one.get("offers_right")) for one in asked_back), len(asked_back)),
        "with_reference": len(wordings),
        **{name: _mean([one[name] for one in wordings]) for name in ("rouge_l", "bleu")},
        **timings,
    }


def _mean(values: Sequence[float]) -> float | None:
    return mean(values) if values else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _source(citation: Mapping[str, Any]) -> tuple[object, ...]:
    """What a contact sees of a citation, but for its place: that of all later ones moves when a page comes in."""
    return citation["entry_id"], citation["document_id"], citation["title"], citation["text"]
