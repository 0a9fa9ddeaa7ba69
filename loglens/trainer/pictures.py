"""A picture of one training as a small SVG: train and validation loss, and the population loss behind them."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats
from loglens.trainer.history import History

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360, 180, 44, 8, 24, 26
LINES = (("train", "#4878cf", "1.6", ""), ("validation", "#d1495b", "1.6", ""), ("population", "#3c3c3c", "1", "3 3"))


def picture(history: History, title: str) -> str:
    """Loss against epochs; values that are not finite leave a gap, a blow-up is cut off above the plot."""
    curves = (history.epoch_loss, history.val_loss[1:], history.population_loss[1:])
    finite = np.concatenate([c[np.isfinite(c)] for c in curves])
    untrained = float(history.train_loss[0])
    high = min(float(finite.max(initial=untrained)), 3 * max(untrained, 1.0))
    low = min(float(finite.min(initial=high)), high)
    low, high = (low - 0.05 * (high - low), high + 0.05 * (high - low)) if high > low else (low - 0.5, high + 0.5)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        ' font-family="sans-serif" font-size="10">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT}" y="14" font-size="11" fill="#222">{title}</text>',
    ]
    digits = max(0, 1 - int(np.floor(np.log10((high - low) / 4))))  # enough to tell neighbouring levels apart
    for level in np.linspace(low, high, 5)[1:-1]:
        y = _y(level, low, high)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 4}" y="{y + 3:.1f}" text-anchor="end" fill="#555">{level:.{digits}f}</text>')
    epochs = history.settings.epochs
    for share in (0.0, 0.5, 1.0):
        x = LEFT + share * (WIDTH - LEFT - RIGHT)
        anchor = {0.0: "start", 0.5: "middle", 1.0: "end"}[share]
        label = f"{share * epochs:g} epochs" if share == 1 else f"{share * epochs:g}"
        parts.append(f'<text x="{x:.0f}" y="{HEIGHT - 10}" text-anchor="{anchor}" fill="#555">{label}</text>')
    for i, ((name, colour, thickness, dashes), curve) in enumerate(zip(LINES, curves, strict=True)):
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        path = _path(curve, epochs, low, high)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thickness}"{dash}/>')
        parts.append(f'<text x="{WIDTH - 170 + 55 * i}" y="14" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _path(curve: Floats, epochs: int, low: float, high: float) -> str:
    words: list[str] = []
    pen = "M"
    for epoch, value in enumerate(curve, start=1):
        if not np.isfinite(value):
            pen = "M"
            continue
        x = LEFT + epoch / epochs * (WIDTH - LEFT - RIGHT)
        words.append(f"{pen}{x:.1f} {_y(min(float(value), high), low, high):.1f}")
        pen = "L"
    return "".join(words) or f"M{LEFT} {TOP}"


def _y(value: float, low: float, high: float) -> float:
    return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)
