"""Two plots to look at closely: what other choices would do, and whether what the assistant is sure of is right."""

import plotly.graph_objects as go
import streamlit as st

from services.ui.browser import say
from services.ui.caller import Json
from services.ui.screens.promise_figures import percent, usual

ACCENT, SOFT, BAD, FAINT, LINE, INK = "#0f766e", "rgba(15,118,110,.14)", "#a8342a", "#66716e", "#e4e0d7", "#1f2a2e"
HEIGHT = 300
LEAST_ANSWERED = 0.05
"""Where less is answered, the band is too wide to tell anything."""
LEAST_SHARE = 0.005
"""A bin of fewer questions tells nothing."""
MOST_WRONG = 0.2
"""Nobody wishes for more wrong answers, so that no choice beyond is told of."""


def show(calibration: Json) -> None:
    """Both, side by side where there is room; nothing where nothing is known."""
    threshold = usual(calibration)
    if not threshold["points"]:
        return
    with st.container(key="promise-curves", horizontal=True, gap="medium"):
        _plot("choices", _choices(threshold, calibration["error"]), _chosen_words(threshold, calibration["error"]))
        _plot("sureness", _sureness(threshold["bins"]), say("promise.sureness_lead"))


def _plot(name: str, figure: go.Figure, words: str) -> None:
    with st.container(key=f"promise-of-{name}", gap="xsmall"):
        st.html(f'<h2 class="fd-plot-title">{say(f"promise.{name}")}</h2><p class="fd-meta">{words}</p>')
        st.plotly_chart(figure, key=f"promise-plot-{name}", config={"displayModeBar": False}, theme=None)


def _chosen_words(threshold: Json, error: float) -> str:
    """What the curve shows, and what it says of twice the errors."""
    if 2 * error > MOST_WRONG:
        return say("promise.choices_lead")
    answered = max((one["answered"] for one in threshold["points"] if one["wrong"] <= 2 * error), default=0.0)
    shares = {"error": percent(2 * error), "count": round(100 * answered)}
    return say("common.next_sentence").join([say("promise.choices_lead"), say("promise.choices_twice", **shares)])


def _choices(threshold: Json, error: float) -> go.Figure:
    """Wrong answers by how much is answered, with the wish and the point that was chosen."""
    points = [one for one in threshold["points"] if one["answered"] >= LEAST_ANSWERED]
    answered = [100 * one["answered"] for one in points]
    wrong, low, high = ([100 * one[name] for one in points] for name in ("wrong", "low", "high"))
    figure = go.Figure()
    figure.add_scatter(x=answered, y=high, mode="lines", line={"width": 0}, hoverinfo="skip")
    figure.add_scatter(
        x=answered, y=low, mode="lines", line={"width": 0}, fill="tonexty", fillcolor=SOFT, hoverinfo="skip"
    )
    figure.add_scatter(
        x=answered,
        y=wrong,
        mode="lines",
        line={"color": ACCENT, "width": 2.5},
        hovertemplate=say("promise.choices_hover", answered="%{x:.0f}", wrong="%{y:.1f}") + "<extra></extra>",
    )
    figure.add_hline(100 * error, line={"color": BAD, "width": 1.2, "dash": "dash"})
    figure.add_annotation(
        x=0,
        y=100 * error,
        text=say("promise.choices_wish", error=percent(error)),
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
        font={"color": BAD, "size": 12},
    )
    if threshold["answered"]:
        figure.add_scatter(
            x=[100 * threshold["answered"]],
            y=[100 * threshold["wrong"]],
            mode="markers+text",
            marker={"color": ACCENT, "size": 13, "line": {"color": "#fff", "width": 2}},
            text=[say("promise.choices_now")],
            textposition="top left",
            textfont={"color": INK, "size": 12},
            hovertemplate=say("promise.choices_hover", answered="%{x:.0f}", wrong="%{y:.1f}") + "<extra></extra>",
        )
    most = max(20.0, 300 * error)
    return _laid_out(figure, say("promise.choices_x"), say("promise.choices_y"), (0, 100), (0, min(most, 100)))


def _sureness(bins: list[Json]) -> go.Figure:
    """How much is right by how sure the assistant was; on the line both are the same."""
    told = [one for one in bins if one["share"] >= LEAST_SHARE]
    hover = say("promise.sureness_hover", sure="%{x:.0f}", right="%{y:.0f}", share="%{customdata}")
    sure, right = ([100 * one[name] for one in told] for name in ("confidence", "right"))
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line={"color": FAINT, "width": 1.2, "dash": "dash"}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=sure,
        y=right,
        mode="markers",
        marker={"color": ACCENT, "size": [8 + 26 * one["share"] ** 0.5 for one in told], "opacity": 0.85},
        error_y={
            "type": "data",
            "array": [100 * (one["high"] - one["right"]) for one in told],
            "arrayminus": [100 * (one["right"] - one["low"]) for one in told],
            "color": "rgba(15,118,110,.5)",
            "thickness": 1.4,
            "width": 3,
        },
        customdata=[percent(one["share"]) for one in told],
        cliponaxis=False,
        hovertemplate=f"{hover}<extra></extra>",
    )
    return _laid_out(figure, say("promise.sureness_x"), say("promise.sureness_y"), (0, 104), (0, 104))


def _laid_out(
    figure: go.Figure, across: str, up: str, wide: tuple[float, float], high: tuple[float, float]
) -> go.Figure:
    axis = {
        "gridcolor": LINE,
        "linecolor": LINE,
        "zeroline": False,
        "ticksuffix": "%",
        "fixedrange": True,
        "nticks": 6,
    }
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 62, "r": 12, "t": 10, "b": 52},
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": FAINT, "size": 12},
        hoverlabel={"bgcolor": "#fff", "bordercolor": LINE, "font": {"color": INK}},
        xaxis={**axis, "title": {"text": across, "font": {"size": 12}, "standoff": 10}, "range": wide},
        yaxis={**axis, "title": {"text": up, "font": {"size": 12}, "standoff": 8}, "range": high},
    )
