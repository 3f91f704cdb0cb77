"""How figures are written in the report's tables and sentences."""

import math
from collections.abc import Sequence

from llmrec.lab.report import Gain

Table = tuple[Sequence[str], list[Sequence[str]]]
"""The head and the rows."""


def percent(value: float, digits: int = 2) -> str:
    """`22.72`, for a column of percents, or `23 %` without digits."""
    return f"{100 * value:.{digits}f}" if digits else f"{100 * value:.0f} %"


def signed(gain: Gain | None) -> str:
    """`+1.2 [-0.3, +2.7]` in percent, or nothing."""
    if gain is None:
        return ""
    return f"{100 * gain[0]:+.1f} [{100 * gain[1][0]:+.1f}, {100 * gain[1][1]:+.1f}]"


def with_interval(value: float, bounds: tuple[float, float]) -> str:
    """`0.712 [0.690, 0.731]`, or a dash for what could not be worked out."""
    return "-" if math.isnan(value) else f"{value:.3f} [{bounds[0]:.3f}, {bounds[1]:.3f}]"


def difference(gain: Gain | None) -> str:
    """`+0.012 [-0.003, +0.027]`, or nothing."""
    if gain is None or math.isnan(gain[0]):
        return ""
    return f"{gain[0]:+.3f} [{gain[1][0]:+.3f}, {gain[1][1]:+.3f}]"


def sure(gain: Gain | None) -> int:
    """1 or -1 where the interval is on one side of nothing."""
    if gain is None:
        return 0
    low, high = gain[1]
    return 1 if low > 0 else -1 if high < 0 else 0


def names_of(names: Sequence[str]) -> str:
    """` (zero_shot, role)`, or nothing for none."""
    return f" ({', '.join(names)})" if names else ""
