"""`llmrec evaluate together`: strategies over several data sets and models, by a mixed model."""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classic.errors import BadInput
from llmrec.evaluate.record import write_record
from llmrec.lab.kept import Block, read_runs
from llmrec.lab.page_cells import Table, percent, signed
from llmrec.lab.page_text import table
from llmrec.lab.task import rng_of

PERSON, DATA, MODEL, ROW = "person", "data set", "model", "row within a run"
REST = "what is left"
_BATCHES = 20
_Z = 1.96
_FEW = 5
"""Of fewer data sets or models than this, how much they differ can hardly be told."""


@dataclass(frozen=True)
class Estimate:
    """A row's `gain` over the reference with its interval, and its plain `mean`, in shares; and
    over how many it was asked."""

    row: str
    gain: float
    low: float
    high: float
    mean: float
    people: int
    data_sets: int
    models: int


@dataclass(frozen=True)
class Together:
    """The `estimates`, best first; `spreads` are standard deviations by what varies."""

    metric: str
    reference: str
    estimates: list[Estimate]
    spreads: dict[str, float]
    converged: bool


@dataclass(frozen=True, eq=False)
class _Long:
    """A value a line, float64 [n]. `data`, `row`, `model` and `person` are int64 [n] codes, `model`
    -1 for baselines, `person` within the data set."""

    value: np.ndarray
    data: np.ndarray
    row: np.ndarray
    model: np.ndarray
    person: np.ndarray


def together(folders: Sequence[Path], reference: str, out: Path) -> list[str]:
    """Fits, writes `together.md` and the record, and gives a line for each row. Raises `BadInput`,
    also where statsmodels is not installed."""
    metric, blocks = read_runs(folders)
    found = fit(metric, blocks, reference)
    write_record(
        out,
        config={"runs": [folder.name for folder in folders], "reference": reference},
        metrics={
            "metric": metric,
            "estimates": [asdict(estimate) for estimate in found.estimates],
            "spreads": found.spreads,
            "converged": found.converged,
        },
    )
    (out / "together.md").write_text(markdown(found, blocks), "utf-8")
    return [f"{e.row:<24} {_gain(e)}" for e in found.estimates]


def fit(metric: str, blocks: Sequence[Block], reference: str) -> Together:
    """value ~ row, with random effects of the person within a data set, of the data set, of the
    model within it, and of the row within a run, each where there are several; by REML. The last
    is how much a strategy's worth differs from run to run: with it, intervals are about data sets
    and models like these rather than about these. Raises `BadInput`."""
    if lacking := [b.data for b in blocks if reference not in [c.row for c in b.cells]]:
        raise BadInput(f"{reference!r} is no row of the runs on {lacking[0]}: name another")
    rows = list(dict.fromkeys(c.row for block in blocks for c in block.cells))
    rows = [reference, *(row for row in rows if row != reference)]
    long = _long(blocks, rows)
    design = (long.row[:, None] == np.arange(len(rows))).astype(np.float64)
    design[:, 0] = 1.0
    varying = _varying(long)
    mixed = _mixed_model(long, design, varying)
    gains, errors = np.asarray(mixed.fe_params), np.asarray(mixed.bse_fe)
    estimates = [
        _estimate(blocks, row, *((0.0, 0.0) if n == 0 else (gains[n], errors[n])))
        for n, row in enumerate(rows)
    ]
    variances = dict(zip(varying, mixed.vcomp, strict=True))
    if len(blocks) > 1:
        variances[DATA] = mixed.cov_re[0, 0]
    variances[REST] = mixed.scale
    spreads = {name: float(np.sqrt(variance)) for name, variance in variances.items()}
    best_first = sorted(estimates, key=lambda e: -e.gain)
    return Together(metric, reference, best_first, spreads, bool(mixed.converged))


def _long(blocks: Sequence[Block], rows: Sequence[str]) -> _Long:
    """People are averaged in drawn batches of like size, `_BATCHES` a data set: as everybody has
    every cell, the differences stay what they are, and a fit of thousands of people takes no longer
    than of twenty."""
    models = sorted({cell.model for block in blocks for cell in block.cells if cell.model})
    parts = []
    for number, block in enumerate(blocks):
        order = rng_of(0, block.data, "batches").permutation(len(block.users))
        batches = np.array_split(order, min(_BATCHES, len(order)))
        means = np.stack([block.values[batch].mean(axis=0) for batch in batches])
        row = np.array([rows.index(cell.row) for cell in block.cells])
        model = np.array([models.index(c.model) if c.model else -1 for c in block.cells])
        person, cell = np.indices(means.shape)
        codes = (np.full(means.size, number), row[cell.ravel()], model[cell.ravel()])
        parts.append((means.ravel(), *codes, person.ravel()))
    return _Long(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _varying(long: _Long) -> dict[str, np.ndarray]:
    """int64 [n] levels of each random effect within a data set, -1 for none."""
    found = {PERSON: long.person}
    prompted = long.model >= 0
    runs = np.unique(np.stack([long.data, long.model])[:, prompted], axis=1)
    n_data = len(np.unique(long.data))
    if runs.shape[1] > 1:
        level = long.row * (runs[1].max() + 2) + long.model + 1
        # On one data set a baseline is there once: nothing tells how it varies.
        found[ROW] = level if n_data > 1 else np.where(prompted, level, -1)
    if (np.bincount(runs[0]) > 1).any():
        found[MODEL] = long.model
    return found


def _mixed_model(long: _Long, design: np.ndarray, varying: dict[str, np.ndarray]) -> Any:
    """The fitted `MixedLM` of statsmodels. Raises `BadInput` where it is not installed, or where
    the values leave nothing to estimate."""
    try:
        from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec
    except ImportError:
        raise BadInput("a mixed model wants statsmodels: pip install '.[report]'") from None
    groups = np.unique(long.data)
    mats = [[_indicators(of[long.data == group]) for group in groups] for of in varying.values()]
    names = [[list(map(str, range(mat.shape[1]))) for mat in of] for of in mats]
    several = np.ones((len(design), 1)) if len(groups) > 1 else None
    components = VCSpec(list(varying), names, mats)
    try:
        with warnings.catch_warnings():
            # A spread of about nothing is at the boundary; whether it converged is told.
            warnings.simplefilter("ignore")
            model = MixedLM(long.value, design, long.data, exog_re=several, exog_vc=components)
            fitted = model.fit(method=["lbfgs", "bfgs"])
    except np.linalg.LinAlgError:
        raise BadInput("these values do not vary enough to fit: give runs of more people") from None
    if not np.isfinite(np.asarray(fitted.bse_fe)).all():
        raise BadInput("these runs are too few to tell their spread: give more people or data sets")
    return fitted


def _indicators(levels: np.ndarray) -> np.ndarray:
    """float64 [n, n_levels], a row without a level all zeros."""
    own = np.unique(levels[levels >= 0])
    return (levels[:, None] == own).astype(np.float64)


def _estimate(blocks: Sequence[Block], row: str, gain: float, error: float) -> Estimate:
    there = [(b, n, c) for b in blocks for n, c in enumerate(b.cells) if c.row == row]
    return Estimate(
        row,
        float(gain),
        float(gain - _Z * error),
        float(gain + _Z * error),
        float(np.mean([block.values[:, n].mean() for block, n, _ in there])),
        sum({block.data: len(block.users) for block, _, _ in there}.values()),
        len({block.data for block, _, _ in there}),
        len({cell.model for _, _, cell in there if cell.model}),
    )


def markdown(found: Together, blocks: Sequence[Block]) -> str:
    """The whole summary."""
    parts = [
        "# Prompting strategies over data sets and models",
        _opening(found, blocks),
        table(*_estimates(found)),
        "## What varies",
        table(("standard deviation by", "points"), _spreads(found)),
        f"Where people are averaged in batches, those by {PERSON} and of {REST} are of batches.",
        "## Means, run by run",
        table(*_means(blocks)),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(found: Together, blocks: Sequence[Block]) -> str:
    models = {cell.model for block in blocks for cell in block.cells if cell.model}
    said = [
        f"{found.metric}, in %, by a linear mixed model (REML): the differences are to "
        f"{found.reference}; random are the person within a data set and, where there are several, "
        "the data set, the model within it and the row within a run. Only people whom all runs on "
        f"a data set asked are counted. More than {_BATCHES} people of a data set are averaged in "
        "as many drawn batches, which leaves the differences as they are. Intervals are 95 %, by "
        "normal approximation; what is left varies alike for all rows in this model, so two rows "
        "that are much alike are told apart better by the paired differences of one run."
    ]
    if len(blocks) == 1:
        said.append("With one data set, nothing is said about others.")
    if few := [n for n in (len(blocks), len(models)) if 1 < n < _FEW]:
        said.append(
            f"With only {min(few)} to tell how much data sets or models differ, the intervals are "
            "rather too narrow."
        )
    if not found.converged:
        said.append("The fit did not converge: read nothing from it.")
    return " ".join(said)


def _estimates(found: Together) -> Table:
    head = ("row", f"Δ {found.reference}", "mean", "people", "data sets", "models")
    return head, [
        (e.row, _gain(e), percent(e.mean), f"{e.people:,}", str(e.data_sets), str(e.models or ""))
        for e in found.estimates
    ]


def _gain(estimate: Estimate) -> str:
    """Nothing for the reference."""
    return signed((estimate.gain, (estimate.low, estimate.high))) if estimate.gain else ""


def _spreads(found: Together) -> list[Sequence[str]]:
    return [(name, f"{100 * points:.1f}") for name, points in found.spreads.items()]


def _means(blocks: Sequence[Block]) -> Table:
    """A column for each data set and model; a baseline stands in all of its data set."""
    rows = dict.fromkeys(cell.row for block in blocks for cell in block.cells)
    runs = [(b, m) for b in blocks for m in dict.fromkeys(c.model for c in b.cells if c.model)]
    told: list[Sequence[str]] = []
    for row in rows:
        cells = [
            [n for n, c in enumerate(block.cells) if c.row == row and c.model in ("", model)]
            for block, model in runs
        ]
        pairs = zip(runs, cells, strict=True)
        told.append((row, *(percent(b.values[:, n[0]].mean()) if n else "" for (b, _), n in pairs)))
    return ("row", *(f"{block.data}, {model}" for block, model in runs)), told
