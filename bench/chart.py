# SPDX-License-Identifier: Apache-2.0
"""O1's picture: two small line charts in one SVG, drawn as text.

The colours are of middle brightness, so that the picture can be read on a light and on a dark page;
there is no background. Each line is named where it ends. The same numbers give the same bytes.
"""
import math
from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH, HEIGHT = 880, 330
PLOT_WIDTH, PLOT_TOP, PLOT_BOTTOM = 230, 62, 272
LABEL_GAP = 15  # between the names of two lines
GREY = "#7d8590"
OURS = "#2f81f7"
OTHERS = ("#d9772b", "#9a6ee0", "#2da44e", "#d4518c", "#b08800", "#1b9aaa")


@dataclass
class Line:
    name: str
    values: list[float]
    colour: str


def _colours(names: list[str]) -> dict[str, str]:
    others = [name for name in names if name != "ringfence"]
    return {"ringfence": OURS} | {name: OTHERS[index % len(OTHERS)]
                                  for index, name in enumerate(others)}


def _text(x: float, y: float, text: str, fill: str = GREY, anchor: str = "start",
          weight: str = "normal", size: int = 12) -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}"'
            f' font-weight="{weight}" font-size="{size}">{escape(text)}</text>')


def _spread(wanted: list[float], low: float, high: float) -> list[float]:
    """The heights, moved apart as little as it takes to read them, in the order given."""
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    placed: dict[int, float] = {}
    last = low - LABEL_GAP
    for index in order:
        last = placed[index] = max(wanted[index], last + LABEL_GAP)
    limit = high
    for index in reversed(order):
        limit = placed[index] = min(placed[index], limit)
        limit -= LABEL_GAP
    return [placed[index] for index in range(len(wanted))]


def _step(span: float) -> float:
    """A round distance of grid lines: three to six of them over the span."""
    for power in range(-1, 6):
        for unit in (1, 2, 2.5, 5):
            if span / (unit * 10**power) <= 5:
                return unit * 10**power
    return span


class Panel:
    def __init__(self, left: float, title: str, ticks: list[str], low: float, high: float):
        self.left, self.title, self.ticks = left, title, ticks
        self.step = _step(high - low)
        self.low = math.floor(low / self.step) * self.step
        self.high = math.ceil(high / self.step) * self.step

    def x(self, index: int) -> float:
        return self.left + PLOT_WIDTH * index / max(1, len(self.ticks) - 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return PLOT_BOTTOM - (PLOT_BOTTOM - PLOT_TOP) * share

    def frame(self) -> list[str]:
        parts = [_text(self.left, 26, self.title, weight="bold", size=14)]
        for number in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + number * self.step
            parts.append(f'<line x1="{self.left:.1f}" x2="{self.left + PLOT_WIDTH:.1f}"'
                         f' y1="{self.y(value):.1f}" y2="{self.y(value):.1f}" stroke="{GREY}"'
                         ' stroke-opacity="0.3"/>')
            parts.append(_text(self.left - 8, self.y(value) + 4, f"{value:g} %", anchor="end"))
        for index, tick in enumerate(self.ticks):
            parts.append(_text(self.x(index), PLOT_BOTTOM + 20, tick, anchor="middle"))
        parts.append(_text(self.left + PLOT_WIDTH / 2, PLOT_BOTTOM + 40, "parallel streams",
                           anchor="middle"))
        return parts

    def draw(self, lines: list[Line]) -> list[str]:
        parts = self.frame()
        for line in reversed(lines):  # ours is drawn last, above the others
            points = " ".join(f"{self.x(index):.1f},{self.y(value):.1f}"
                              for index, value in enumerate(line.values))
            wide = 3 if line.colour == OURS else 2
            parts.append(f'<polyline points="{points}" fill="none" stroke="{line.colour}"'
                         f' stroke-width="{wide}" stroke-linejoin="round"/>')
            parts += [f'<circle cx="{self.x(index):.1f}" cy="{self.y(value):.1f}" r="{wide}"'
                      f' fill="{line.colour}"/>' for index, value in enumerate(line.values)]
        heights = _spread([self.y(line.values[-1]) for line in lines], PLOT_TOP, PLOT_BOTTOM)
        for line, height in zip(lines, heights):
            weight = "bold" if line.colour == OURS else "normal"
            parts.append(_text(self.left + PLOT_WIDTH + 10, height + 4,
                               f"{line.name} {line.values[-1]:.1f} %", line.colour, weight=weight))
        return parts


def o1(extra: dict[str, Any]) -> str:
    systems = extra["systems"]
    colours = _colours(list(systems))
    ticks = [str(point["streams"]) for point in systems["ringfence"]]

    def lines(measure: str) -> list[Line]:
        return [Line(name, [point[measure] for point in curve], colours[name])
                for name, curve in systems.items()]
    over, used = lines("overshoot_percent"), lines("usable_percent")
    panels = [
        (Panel(56, "Spent above the budget", ticks, 0,
               max(1.0, *(value for line in over for value in line.values))), over),
        (Panel(506, "Usable part of the budget", ticks,
               min(90.0, *(value for line in used for value in line.values)), 100), used)]
    body = "\n".join(part for panel, drawn in panels for part in panel.draw(drawn))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
            f' viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            ' font-family="-apple-system, Segoe UI, Helvetica, Arial, sans-serif">\n'
            f'<title>Overshoot and usable budget of one ${extra["cap_usd"]} wall by the number of'
            f' parallel streams</title>\n{body}\n</svg>\n')
