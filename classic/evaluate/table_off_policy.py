"""Policies on ml-1m and ml-latest-small, from the log of a soft one: people held out, shown one
film a visit."""

from collections.abc import Mapping

from classic.evaluate.off_policy_tables import OffPolicyTable, PolicyEntry
from classic.evaluate.table_rerank import RERANK

_ENTRIES: Mapping[str, PolicyEntry] = {
    "logging": PolicyEntry(sharp=2.0),
    "sharper": PolicyEntry(sharp=8.0),
    "listwise": PolicyEntry("listwise"),
    "reinforced": PolicyEntry("reinforced"),
}


def _table(of: str) -> OffPolicyTable:
    plain = RERANK[f"rerank-{of}"]
    about = f"{plain.about}, of which one is to be shown"
    return OffPolicyTable(
        about, plain.data, plain.files, plain.read, _ENTRIES, plain.retriever, plain.epochs
    )


OFF_POLICY: Mapping[str, OffPolicyTable] = {
    "off-policy-1m": _table("1m"),
    "off-policy-small": _table("small"),
}
