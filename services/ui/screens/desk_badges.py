"""What the desk says of a conversation in a word or two: how urgent, why, about what, whose, until when."""

from html import escape

from services.ui.browser import clock_time, has_passed, say, time_since, time_until
from services.ui.caller import Json
from services.ui.decision import reason_words

WITH_PEOPLE = ("open", "snoozed")


def card(conversation: Json) -> str:
    """A line of the list."""
    handoff, last = conversation["handoff"], conversation["last_message"]
    waiting = time_since(handoff["requested_at"] if handoff else conversation["updated_at"])
    preview = escape(last_words(last)[:90]) if last else ""
    unread = conversation["unread"]
    count = f'<b class="fd-unread" aria-label="{say("desk.unread", count=unread)}">{unread}</b>' if unread else ""
    return (
        f'<div class="fd-card"><div class="fd-card-top"><b>{who(conversation)}</b><span>{count}'
        f"<time>{waiting}</time></span></div><p>{preview}</p><div>{facts(conversation)}</div></div>"
    )


def facts(conversation: Json) -> str:
    """How urgent, about what, whose."""
    return _urgency(conversation) + _topic(conversation) + _callback(conversation) + _whose(conversation)


def last_words(last: Json) -> str:
    """What was said last, or what the files are called that came without a word."""
    return str(last["text"] or " ".join(f"📎 {name}" for name in last["files"]))


def heading(conversation: Json) -> str:
    """The head of an open conversation, but for its topic, which can be corrected there."""
    badges = _whose(conversation) + _urgency(conversation) + _mood(conversation) + _callback(conversation)
    if previous := conversation["previous_agent"]:
        badges += _badge(say("desk.previously", name=previous["name"]))
    return f'<div class="fd-desk-heading"><h2>{who(conversation)}</h2><div>{badges}</div></div>'


def who(conversation: Json) -> str:
    """The contact, by the name that the site vouches for if there is one."""
    contact = conversation["contact"]
    if contact["user_id"] is None:
        return escape(say("desk.contact", label=contact["label"]))
    return f'{escape(contact["user_id"])} <span class="fd-vouched" title="{say("desk.vouched")}">✓</span>'


def _urgency(conversation: Json) -> str:
    handoff, badges = conversation["handoff"], ""
    if not handoff or conversation["status"] not in WITH_PEOPLE:
        return badges
    # That it is sensitive says the reason, and that it is overdue the time that is due.
    if handoff["priority"] in ("angry", "waiting_long", "unhappy"):
        badges += _badge(say(f"desk.priority_{handoff['priority']}"), f"fd-priority-{handoff['priority']}")
    badges += _badge(reason_words(handoff["reason"]), f"fd-reason-{handoff['reason']}")
    return badges + _due(handoff)


def _mood(conversation: Json) -> str:
    mood, handoff = conversation["mood"], conversation["handoff"]
    is_told = handoff and handoff["priority"] == mood and conversation["status"] in WITH_PEOPLE
    return "" if mood == "calm" or is_told else _badge(say(f"mood.{mood}"), f"fd-mood-{mood}")


def _due(handoff: Json) -> str:
    kind = "resolution" if handoff["first_response_at"] else "first_response"
    moment = handoff[f"{kind}_due"]
    if moment is None:
        return ""
    if has_passed(moment):
        return _badge(say(f"desk.{kind}_overdue", time=time_since(moment)), "fd-due-overdue")
    soon = "fd-due-soon" if handoff[f"{kind}_state"] == "due_soon" else ""
    return _badge(say(f"desk.{kind}_due", time=time_until(moment)), soon)


def _topic(conversation: Json) -> str:
    return _badge(conversation["topic"]) if conversation["topic"] else ""


def _callback(conversation: Json) -> str:
    callback = conversation["callback"]
    if callback and not callback["done_at"]:
        return _badge(say("desk.wants_callback"), "fd-callback-open")
    return ""


def _whose(conversation: Json) -> str:
    badges = ""
    if conversation["status"] == "snoozed":
        badges += _badge(say("desk.snoozed_until", time=clock_time(conversation["snoozed_until"])))
    elif conversation["status"] != "open":
        badges += _badge(say("status." + conversation["status"]))
    if conversation["assignee"]:
        badges += _badge(conversation["assignee"]["name"])
    elif conversation["team"] and conversation["status"] in WITH_PEOPLE:
        badges += _badge(conversation["team"]["name"])
    return badges


def _badge(words: str, kind: str = "") -> str:
    return f'<span class="fd-badge {kind}">{escape(words)}</span>'
