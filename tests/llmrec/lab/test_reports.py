"""Reports are known by where they were written, for as long as they are there."""

from pathlib import Path

import pytest

from llmrec.lab.reports import remember, reports


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMREC_HOME", str(tmp_path / "home"))


def written(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<p>found nothing</p>")
    return folder / "report.html"


def test_there_are_none_before_one_was_written() -> None:
    assert reports() == []


def test_the_newest_comes_first_and_each_once(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a"), written(tmp_path / "b")
    for path in (first, second, first):
        remember(path, f"On {path.parent.name}")
    assert [r.path for r in reports()] == [first, second]
    assert reports()[0].label.startswith("On a, ") and reports()[0].label.endswith(", a")


def test_what_is_gone_and_lines_that_are_broken_are_passed_over(tmp_path: Path) -> None:
    gone, kept = written(tmp_path / "a"), written(tmp_path / "b")
    remember(gone, "gone")
    remember(kept, "kept")
    gone.unlink()
    with (tmp_path / "home" / "reports.jsonl").open("a") as lines:
        lines.write('not json\n{"path": 3}\n')
    assert [r.title for r in reports()] == ["kept"]
