"""Drawn posters: the title as type on a palette of the genres; one item, always one poster."""

import hashlib
import math
from collections.abc import Iterator
from html import escape

from llmrec.shelf import Item

WIDTH, HEIGHT = 200, 300
_PALETTES = {
    "Horror": ("#16090b", "#7a0f1c", "#d9412f", "#f3e3d3"),
    "Sci-Fi": ("#071523", "#0d4a6b", "#3fb6c6", "#e6f4f1"),
    "Romance": ("#3a1026", "#a8325a", "#f08a8a", "#fdeee7"),
    "Comedy": ("#7a3803", "#e58a1f", "#ffd25e", "#fff8e3"),
    "Animation": ("#123a5e", "#2a8fbd", "#f7c545", "#fdf6e3"),
    "Film-Noir": ("#0c0c0e", "#3b3b42", "#a9a59b", "#f2efe8"),
    "Western": ("#3b1d0d", "#a3541f", "#e2a85b", "#fbeed8"),
    "War": ("#1b1f14", "#4c5a34", "#b09a5b", "#f0ead7"),
    "Crime": ("#121417", "#34424f", "#c98a3a", "#f3ecdd"),
    "Fantasy": ("#1c1238", "#5b3a9b", "#c58be0", "#f5ecfb"),
    "Musical": ("#3c0d3f", "#b03a86", "#f5b23c", "#fff3e2"),
    "Mystery": ("#0f1f24", "#28525a", "#b9a25c", "#eef1e8"),
    "Thriller": ("#0e1a1c", "#1f4d4f", "#e0662f", "#f1ede2"),
    "Adventure": ("#0f2d2a", "#1f7a63", "#f2b441", "#fbf4df"),
    "Action": ("#1c0f14", "#8f2430", "#f08b2d", "#fdf0dc"),
    "Documentary": ("#16222b", "#4a6b7c", "#d6c9a8", "#f7f4ea"),
    "Drama": ("#1a1b26", "#4b4a6b", "#c0876a", "#f4ede4"),
}
_FALLBACK = ("#1b2430", "#45617c", "#c9a36b", "#f5f0e6")
Palette = tuple[str, str, str, str]


def poster(item: Item) -> str:
    """An SVG of 200 by 300, with the title as its accessible name."""
    seed = hashlib.sha256(item.item_id.encode()).digest()
    palette = _palette(item)
    drawing = _COMPOSITIONS[seed[0] % len(_COMPOSITIONS)](seed, palette)
    label = escape(f"Drawn poster of {item.label}")
    return (
        f'<svg class="poster" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}" '
        f'xmlns="http://www.w3.org/2000/svg" preserveAspectRatio="xMidYMid meet">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette[0]}"/>{"".join(drawing)}'
        f"{''.join(_lettering(item, palette, seed))}</svg>"
    )


def _palette(item: Item) -> Palette:
    """The most telling genre gives the colours: the one with a palette of its own listed first."""
    return next((_PALETTES[g] for g in item.genres if g in _PALETTES), _FALLBACK)


def _horizon(seed: bytes, p: Palette) -> Iterator[str]:
    """A sun or moon over layered ground."""
    x, y, r = 40 + seed[1] % 120, 60 + seed[2] % 60, 26 + seed[3] % 26
    yield f'<rect width="200" height="190" fill="{p[1]}"/>'
    yield f'<circle cx="{x}" cy="{y}" r="{r}" fill="{p[2]}"/>'
    for layer in range(3):
        top = 130 + 22 * layer + seed[4 + layer] % 14
        peak = 20 + seed[7 + layer] % 160
        yield (
            f'<path d="M0 {top + 20} L{peak} {top - 26 + 8 * layer} L200 {top + 24} V300 H0Z" '
            f'fill="{p[0]}" opacity="{0.45 + 0.25 * layer:.2f}"/>'
        )


def _rings(seed: bytes, p: Palette) -> Iterator[str]:
    """Circles around an off-centre point."""
    x, y = 60 + seed[1] % 80, 80 + seed[2] % 60
    for n in range(7, 0, -1):
        colour = p[1 + n % 2]
        fade = f"{0.9 - n * 0.07:.2f}"
        yield f'<circle cx="{x}" cy="{y}" r="{n * 17}" fill="{colour}" opacity="{fade}"/>'
    yield f'<circle cx="{x}" cy="{y}" r="9" fill="{p[0]}"/>'


def _diagonal(seed: bytes, p: Palette) -> Iterator[str]:
    """Bands across the sheet."""
    tilt = -38 + seed[1] % 20
    yield f'<g transform="rotate({tilt} 100 120)">'
    for n in range(6):
        width = 14 + seed[2 + n] % 26
        colour = (p[1], p[2], p[1], p[3], p[1], p[2])[n]
        fade = 0.25 if colour == p[3] else 0.95
        yield (
            f'<rect x="-120" y="{-20 + n * 44}" width="440" height="{width}" '
            f'fill="{colour}" opacity="{fade}"/>'
        )
    yield "</g>"


def _window(seed: bytes, p: Palette) -> Iterator[str]:
    """A lit window in the dark, with a figure or without."""
    x, w = 56 + seed[1] % 24, 64 + seed[2] % 20
    yield f'<rect x="0" y="0" width="200" height="300" fill="{p[0]}"/>'
    yield f'<rect x="{x}" y="34" width="{w}" height="120" fill="{p[2]}"/>'
    floor = f"M{x} 154 L{x - 50} 300 H{x + w + 50} L{x + w} 154Z"
    yield f'<path d="{floor}" fill="{p[1]}" opacity=".6"/>'
    yield f'<path d="M{x + w / 2} 34 V154 M{x} 88 H{x + w}" stroke="{p[0]}" stroke-width="4"/>'
    cx = x + w * (0.3 + 0.4 * (seed[3] / 255))
    yield f'<circle cx="{cx:.0f}" cy="112" r="9" fill="{p[0]}"/>'
    yield f'<path d="M{cx - 15:.0f} 154 q15 -52 30 0Z" fill="{p[0]}"/>'


def _waves(seed: bytes, p: Palette) -> Iterator[str]:
    """Lines that swing."""
    for n in range(11):
        y = 26 + n * 17
        swing = 8 + seed[n] % 20
        colour = p[2] if n == seed[12] % 11 else p[1]
        yield (
            f'<path d="M-10 {y} q52 {-swing} 105 0 t105 0" fill="none" stroke="{colour}" '
            f'stroke-width="{5 if colour == p[2] else 3}"/>'
        )


def _grid(seed: bytes, p: Palette) -> Iterator[str]:
    """Tiles, some lit."""
    for n in range(24):
        x, y = 14 + n % 4 * 44, 18 + n // 4 * 34
        lit = seed[n % 32] % 5
        colour = p[2] if lit == 0 else p[1]
        yield (
            f'<rect x="{x}" y="{y}" width="38" height="28" rx="{seed[3] % 3 * 7}" '
            f'fill="{colour}" opacity="{0.95 if lit == 0 else 0.25 + lit * 0.12:.2f}"/>'
        )


def _rays(seed: bytes, p: Palette) -> Iterator[str]:
    """Beams from a point near the foot."""
    x, y, n = 70 + seed[1] % 60, 205, 9 + seed[2] % 5
    for k in range(n):
        a, b = math.pi * k / n, math.pi * (k + 0.5) / n
        points = " ".join(
            f"{x - 320 * math.cos(t):.0f},{y - 320 * math.sin(t):.0f}" for t in (a, b)
        )
        yield f'<polygon points="{x},{y} {points}" fill="{p[1]}"/>'
    yield f'<circle cx="{x}" cy="{y}" r="{30 + seed[3] % 14}" fill="{p[2]}"/>'


def _split(seed: bytes, p: Palette) -> Iterator[str]:
    """Two halves facing each other."""
    lean = 20 + seed[1] % 60
    yield f'<path d="M0 0 H{200 - lean} L{lean} 215 H0Z" fill="{p[1]}"/>'
    yield f'<path d="M{200 - lean} 0 H200 V215 H{lean}Z" fill="{p[2]}"/>'
    r = 22 + seed[2] % 12
    yield f'<circle cx="62" cy="{70 + seed[3] % 50}" r="{r}" fill="{p[2]}"/>'
    yield f'<circle cx="140" cy="{90 + seed[4] % 50}" r="{r}" fill="{p[0]}"/>'


_COMPOSITIONS = (_horizon, _rings, _diagonal, _window, _waves, _grid, _rays, _split)


def _lettering(item: Item, p: Palette, seed: bytes) -> Iterator[str]:
    """The title at the foot, as large as it fits, the year above it."""
    lines = _wrapped(item.title)
    longest = max(map(len, lines))
    size = max(11, min(34, int(172 / (longest * 0.56)), int(76 / len(lines))))
    face = ("Georgia,serif", "Impact,Haettenschweiler,sans-serif", "Futura,Avenir,sans-serif")
    capitals = seed[5] % 3 == 1
    height = len(lines) * size * 1.08
    yield f'<path d="M0 {268 - height:.0f} H200 V300 H0Z" fill="{p[0]}" opacity=".82"/>'
    if item.year:
        yield (
            f'<text x="14" y="{262 - height:.0f}" font-family="Georgia,serif" font-size="11" '
            f'letter-spacing="2" fill="{p[3]}" opacity=".9">{item.year}</text>'
        )
    for n, line in enumerate(lines):
        y = 284 - height + (n + 1) * size * 1.08
        text = escape(line.upper() if capitals else line)
        wide = len(line) * size * (0.72 if capitals else 0.6) > 176
        squeeze = ' textLength="172" lengthAdjust="spacingAndGlyphs"' if wide else ""
        yield (
            f'<text x="14" y="{y:.0f}" font-family="{face[seed[5] % 3]}" font-size="{size}" '
            f'font-weight="700" fill="{p[3]}"{squeeze}>{text}</text>'
        )


def _wrapped(title: str, width: int = 13) -> list[str]:
    """The title in at most four lines."""
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width and len(lines) < 4:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return [line if len(line) <= 26 else line[:25] + "…" for line in lines]
