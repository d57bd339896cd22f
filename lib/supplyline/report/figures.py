"""Plotly figures as HTML that draws itself when it is first seen, from one copy of plotly.js in the page."""

from __future__ import annotations

import html as escaping
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from supplyline.report.html import Html, join, tag, text

BLUE, TEAL, AMBER, RED, GREY, INK = "#2f6fde", "#12806a", "#d98a00", "#c8372d", "#8a97a6", "#1b2733"
SERIES = (BLUE, TEAL, AMBER, "#7a5cc4", RED, GREY)
SEVERITY_COLOURS = {"critical": RED, "warning": AMBER, "info": BLUE}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
AXIS = {"gridcolor": "#e8edf2", "linecolor": "#c9d2dc", "zeroline": False, "automargin": True, "fixedrange": True}


def figure(traces: Sequence[Any], *, height: int = 320, y_title: str = "", **layout: Any) -> go.Figure:
    """A figure in the house style."""
    made = go.Figure(list(traces))
    made.update_layout(
        template="none",
        height=height,
        margin={"l": 56, "r": 16, "t": 12, "b": 36},
        font={"family": FONT, "size": 12, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        hovermode="x unified",
        xaxis=AXIS,
        yaxis=AXIS | {"title": {"text": y_title}, "rangemode": "tozero"},
    )
    made.update_layout(**layout)
    return made


def chart(key: str, made: go.Figure) -> Html:
    """Place of a figure in the page; `key` is its element's id."""
    # Plotly writes <, > and / of the data as \\u escapes, so that no text of it can end the script.
    draw = f'<script>figures["{key}"] = {made.to_json()}</script>'
    height = int(made.layout.height)
    return Html(f'<div class="chart" id="{key}" style="min-height:{height}px"></div>{draw}')


def waterfall(parts: Sequence[tuple[str, float]], total: tuple[str, float], *, x_title: str) -> go.Figure:
    """Signed parts, each from where the one before ended, and under them the `total` that they come to."""
    rows = [*parts, total]
    bars = go.Waterfall(
        orientation="h",
        y=[label_text(name) for name, _ in rows],
        x=[value for _, value in rows],
        measure=["relative"] * len(parts) + ["total"],
        text=[f"{value:+,.0f}" for _, value in parts] + [f"{total[1]:,.0f}"],
        textposition="auto",
        hoverinfo="skip",
        increasing={"marker": {"color": BLUE}},
        decreasing={"marker": {"color": TEAL}},
        totals={"marker": {"color": INK}},
        connector={"line": {"color": "#c9d2dc", "width": 1}},
    )
    made = figure([bars], height=34 * len(rows) + 60, hovermode=False, bargap=0.3)
    made.update_yaxes(autorange="reversed", showgrid=False)
    return made.update_xaxes(title={"text": x_title}, tickformat="~s")


def choice(key: str, label: str, panels: Mapping[str, Html]) -> Html:
    """A drop-down list that shows one of several panels; the first is shown at the start."""
    options = join(Html(f'<option value="{key}-{n}">{text(name)}</option>') for n, name in enumerate(panels))
    shown = (
        Html(f'<div class="panel" id="{key}-{n}"{" hidden" if n else ""}>{panel}</div>')
        for n, panel in enumerate(panels.values())
    )
    select = Html(f'<select data-panels="{key}">{options}</select>')
    return join([tag("label", text(label), " ", select, cls="choice"), tag("div", *shown)])


def label_text(value: object) -> str:
    """Data in a figure's label: plotly reads a little HTML there, so it is escaped as in the page."""
    return escaping.escape("" if value is None else str(value), quote=False)


def day_line(made: go.Figure, day: object, label: str) -> go.Figure:
    """A dotted upright line with a label at a day."""
    made.add_shape(type="line", x0=day, x1=day, yref="paper", y0=0, y1=1, line={"color": GREY, "dash": "dot"})
    made.add_annotation(
        x=day, y=1, yref="paper", text=label, showarrow=False, xanchor="right", font={"color": GREY}, bgcolor="#fff"
    )
    return made
