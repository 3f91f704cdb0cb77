"""Runs that are cut off while they keep their progress."""

from collections.abc import Callable

import pytest

from finetune.tuning.tune import _Run


def cut_off(run: Callable[[], object], at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs until progress has been kept `at` times, where a Ctrl-C comes."""
    keep, kept = _Run.keep, 0

    def cut(of: _Run) -> None:
        nonlocal kept
        keep(of)
        kept += 1
        if kept == at:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_Run, "keep", cut)
        with pytest.raises(KeyboardInterrupt):
            run()
