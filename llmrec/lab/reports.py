"""Where the lab's reports are, so that the page can show them: a line each in the program's
folder."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from classic.home import home

_FILE = "reports.jsonl"


@dataclass(frozen=True)
class KeptReport:
    """`path` is an HTML page that needs nothing else."""

    path: Path
    title: str
    written: datetime

    @property
    def label(self) -> str:
        return f"{self.title}, {self.written:%d %b %Y %H:%M}, {self.path.parent.name}"


def remember(path: Path, title: str) -> None:
    """That a report was written now."""
    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    told = {"path": str(path.resolve()), "title": title, "written": datetime.now(UTC).isoformat()}
    with (folder / _FILE).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(told, ensure_ascii=False) + "\n")


def reports() -> list[KeptReport]:
    """Those that are still where they were written, each once, the newest first. A line that cannot
    be read is passed over."""
    found: dict[Path, KeptReport] = {}
    try:
        lines = (home() / _FILE).read_text("utf-8").splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            told = json.loads(line)
            path, written = Path(told["path"]), datetime.fromisoformat(told["written"])
            one = KeptReport(path, str(told["title"]), written)
        except (ValueError, KeyError, TypeError):
            continue
        if path.is_file():
            found[path] = one
    return sorted(found.values(), key=lambda report: report.written, reverse=True)
