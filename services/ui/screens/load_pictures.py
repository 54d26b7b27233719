"""The load of the desk as plain HTML: figures, a bar for each agent, teams, and today's hours."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from services.ui import presence
from services.ui.browser import local, say, time_since
from services.ui.caller import Json

HOURS = 24
KINDS = ("came", "taken", "resolved")


def link(conversation_id: str, label: str) -> str:
    """The way to a conversation at the desk; `label` is HTML."""
    return f'<a href="desk?conversation={quote(conversation_id)}" target="_self">{label}</a>'


def waited(moment: str) -> str:
    """How long it is since then, for somebody who waits."""
    words = time_since(moment)
    return say("load.moment") if words == say("time.now") else words


def tiles_html(load: Json) -> str:
    """How it stands, in four figures."""
    shares = [team["share"] for team in load["teams"]]
    waiting, overdue = (sum(share[name] for share in shares) for name in ("waiting", "overdue"))
    queued = [share["longest_in_queue"]["waiting_since"] for share in shares if share["longest_in_queue"]]
    online = [agent for agent in load["agents"] if agent["presence"] == "online"]
    held = sum(agent["share"]["open"] for agent in load["agents"])
    room = sum(max(0, agent["capacity"] - agent["share"]["open"]) for agent in online)
    away = sum(agent["presence"] == "away" for agent in load["agents"])
    tiles = (
        ("waiting", waiting, say("load.longest", time=waited(min(queued))) if queued else say("load.nobody")),
        ("overdue", overdue, say("load.due_soon", count=sum(share["due_soon"] for share in shares))),
        ("held", held, say("load.room", count=room)),
        ("online", len(online), say("load.away", count=away)),
    )
    late = {"overdue"} if overdue else set()
    return '<div class="fd-tiles fd-load-tiles">{}</div>'.format(
        "".join(
            f'<section class="fd-tile{" fd-load-late" if name in late else ""}"><h3>{say(f"load.{name}")}</h3>'
            f'<div class="fd-tile-figure">{figure:,}</div><p class="fd-tile-beside">{beside}</p></section>'
            for name, figure, beside in tiles
        )
    )


def agents_html(agents: Sequence[Json]) -> str:
    """A bar for each agent who is there or has something: how much of what they can take they have."""
    order = {"online": 0, "away": 1, "off": 2}
    shown = [one for one in agents if one["presence"] != "off" or one["share"]["open"] or one["share"]["snoozed"]]
    shown.sort(key=lambda one: order[one["presence"]])
    rows = "".join(map(_agent, shown)) or f'<p class="fd-meta">{say("load.no_agents")}</p>'
    gone = len(agents) - len(shown)
    rest = f'<p class="fd-meta">{say("load.off", count=gone)}</p>' if gone and shown else ""
    return _card(say("load.agents"), rows + rest)


def teams_html(teams: Sequence[Json]) -> str:
    """Who waits for which team, and what is late there."""
    return _card(say("load.teams"), "".join(map(_team, teams)) or f'<p class="fd-meta">{say("load.no_teams")}</p>')


def hours_html(hours: Sequence[Json]) -> str:
    """What came, was taken and was resolved in each hour of today."""
    most = max((hour[kind] for hour in hours for kind in KINDS), default=0) or 1
    columns = "".join(_hour(hour, most) for hour in hours) + "<span></span>" * max(0, HOURS - len(hours))
    sums = {kind: sum(hour[kind] for hour in hours) for kind in KINDS}
    legend = "".join(
        f'<span><i class="fd-load-{kind}"></i>{say(f"load.hour_{kind}")} {sums[kind]:,}</span>' for kind in KINDS
    )
    ticks = "".join(f"<span>{hour}</span>" for hour in range(0, HOURS + 1, 6))
    picture = (
        f'<div class="fd-days-most">{most:,}</div><div class="fd-days fd-load-hours" role="img" '
        f'aria-label="{say("load.hours")}">{columns}</div><div class="fd-days-ticks">{ticks}</div>'
    )
    return _card(say("load.hours"), f'{picture}<div class="fd-legend">{legend}</div>', wide=True)


def _agent(one: Json) -> str:
    share, capacity = one["share"], one["capacity"]
    full = share["open"] >= capacity
    width = min(100.0, 100 * share["open"] / capacity) if capacity else 100.0 * bool(share["open"])
    bar = (
        f'<i class="{"fd-load-full" if full else "fd-load-some"}" style="width:{width:.0f}%"></i>' if width else ""
    )
    facts = [say("load.unread", count=share["unread"])] if share["unread"] else []
    facts += [say("load.snoozed", count=share["snoozed"])] if share["snoozed"] else []
    facts += _urgent(share)
    return (
        f'<div class="fd-bar fd-load-agent"><span>{presence.dot(one["presence"])} '
        f"{escape(one['agent']['name'])}</span><b>{share['open']}<small> / {capacity}</small></b>"
        f"<div>{bar}</div>"
        f'<p class="fd-meta">{" · ".join(facts) or say("load.all_answered")}</p></div>'
    )


def _team(one: Json) -> str:
    share = one["share"]
    name = escape(one["team"]["name"]) if one["team"] else say("load.no_team")
    shut = "" if one["open_now"] else f'<span class="fd-badge">{say("load.shut")}</span>'
    facts = [say("load.with_agents", count=share["open"] + share["snoozed"]), *_urgent(share)]
    return (
        f'<div class="fd-bar fd-load-team"><span>{name}{shut}</span>'
        f"<b>{say('load.team_waiting', count=share['waiting'])}</b>"
        f'<p class="fd-meta">{" · ".join(facts)}</p></div>'
    )


def _urgent(share: Json) -> list[str]:
    facts = []
    if share["overdue"]:
        facts.append(f'<b class="fd-load-bad">{say("load.overdue_count", count=share["overdue"])}</b>')
    if share["due_soon"]:
        facts.append(say("load.due_soon", count=share["due_soon"]))
    for name in ("longest_in_queue", "longest_unanswered"):
        if longest := share[name]:
            words = say(f"load.{name}", time=waited(longest["waiting_since"]))
            facts.append(link(longest["conversation_id"], words))
    return facts


def _hour(hour: Json, most: int) -> str:
    clock = local(hour["starts_at"]).strftime("%H:%M")
    words = " · ".join([clock, *(f"{say(f'load.hour_{kind}')} {hour[kind]:,}" for kind in KINDS)])
    bars = "".join(
        f'<i class="fd-load-{kind}" style="height:{100 * hour[kind] / most:.1f}%"></i>' for kind in KINDS
    )
    return f'<span title="{escape(words)}">{bars}</span>'


def _card(title: str, body: str, *, wide: bool = False) -> str:
    return f'<section class="fd-chart{" fd-chart-wide" if wide else ""}"><h2>{title}</h2>{body}</section>'
