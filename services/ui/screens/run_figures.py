"""What came of a run in a few words and a bar, for whoever reads it between two customers."""

from html import escape

from services.ui import problems
from services.ui.browser import clock_time, say
from services.ui.caller import Json

VERDICTS = ("right", "handed_over", "asked_back", "missed", "wrong")
CHANGES = ("unaffected", "newly_answered", "other_source", "newly_asked", "other_answer", "newly_handed")
AFFECTED = CHANGES[1:]
RUNNING = ("queued", "working")


def results_of(run: Json) -> tuple[str, ...]:
    """What may come of its questions, the welcome ones first."""
    return CHANGES if run["kind"] == "replay" else VERDICTS


def affected(run: Json) -> int:
    """How many questions a replay came out otherwise for."""
    return sum(run["figures"][name] for name in AFFECTED)


def asked_of(run: Json) -> str:
    """Which version a run asked."""
    if run["kind"] == "replay":
        if run["published_as"] is not None:
            return say("replay.of_version", number=run["published_as"])
        return say("replay.of_draft", number=run["before"])
    return say("runs.of_draft") if run["tried"] == "draft" else say("runs.of_version", number=run["version"])


def story(run: Json) -> str:
    """When, of what and by whom."""
    parts = [clock_time(run["created_at"]), asked_of(run)]
    if run["by"]:
        parts.append(str(run["by"]))
    return " · ".join(parts)


def summary_html(run: Json) -> str:
    """How far it is, or what came of it."""
    if run["status"] in RUNNING:
        return _progress(run)
    if run["status"] == "stopped":
        return f'<div class="fd-meta">{say("runs.stopped", done=run["done"], total=run["total"])}</div>'
    if run["error"]:
        return f'<div class="fd-failure">{escape(problems.stored_sentence(run["error"]))}</div>'
    figures = run["figures"]
    if figures is None:
        return ""
    return _sentence(run) + _bar(run) + _legend(run) + _details(run)


def nearness(wording: Json) -> str:
    """How near words come to those of a good answer."""
    return say("runs.nearness", **{name: f"{100 * wording[name]:.0f}" for name in ("rouge_l", "bleu")})


def wordings_explained_html(*runs: Json) -> str:
    """What the nearness to good answers means, where one of the runs shows it."""
    if not any(run["figures"] and run["figures"]["with_reference"] for run in runs):
        return ""
    return f'<div class="fd-meta">{say("runs.wordings_help")}</div>'


def _progress(run: Json) -> str:
    share = 100 * run["done"] / max(run["total"], 1)
    words = say("runs.progress", done=run["done"], total=run["total"])
    return (
        f'<div class="fd-progress" role="progressbar" aria-valuenow="{share:.0f}" aria-valuemin="0" '
        f'aria-valuemax="100"><i style="width:{share:.0f}%"></i></div><div class="fd-meta">{words}</div>'
    )


def _sentence(run: Json) -> str:
    figures = run["figures"]
    if run["kind"] == "replay":
        count = affected(run)
        words = (
            say("replay.some", count=count, asked=figures["asked"])
            if count
            else say("replay.same", count=figures["asked"])
        )
    else:
        answered = figures["right"] + figures["wrong"]
        words = say("runs.sentence", count=figures["asked"], answered=answered, right=figures["right"])
    return f'<div class="fd-run-sentence">{words}</div>'


def _bar(run: Json) -> str:
    figures = run["figures"]
    pieces = "".join(
        f'<i class="fd-result-{name}" style="flex:{figures[name]}" title="{say(f"result.{name}")}"></i>'
        for name in results_of(run)
        if figures[name]
    )
    return f'<div class="fd-results" aria-hidden="true">{pieces}</div>'


def _legend(run: Json) -> str:
    figures = run["figures"]
    counts = "".join(
        f'<span><i class="fd-result-{name}"></i>{say(f"result.{name}")} <b>{figures[name]}</b></span>'
        for name in results_of(run)
        if figures[name]
    )
    return f'<div class="fd-legend">{counts}</div>'


def _details(run: Json) -> str:
    figures = run["figures"]
    shares = [
        say(f"runs.{name}", percent=f"{100 * figures[name]:.0f}")
        for name in ("answered", "error", "offers_right", "hit_at_1", "hit_at_5")
        if figures[name] is not None
    ]
    if figures["p50_ms"] is not None and run["kind"] == "set":
        shares.append(say("runs.waits", half=f"{figures['p50_ms']:.0f}", most=f"{figures['p95_ms']:.0f}"))
    return (f'<div class="fd-meta">{" · ".join(shares)}</div>' if shares else "") + _wordings(figures)


def _wordings(figures: Json) -> str:
    if not figures["with_reference"]:
        return ""
    words = say("runs.wordings", count=figures["with_reference"], nearness=nearness(figures))
    return f'<div class="fd-meta" title="{escape(say("runs.wordings_help"))}">{words}</div>'
