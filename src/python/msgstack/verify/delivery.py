"""What became of messages: lost, unexpected, duplicated, out of order. Pure, after Jepsen's *total-queue*.

lost = acknowledged − read; unexpected = read − attempted. A publish without an answer is *indeterminate*: it is
attempted, not acknowledged, and may be read or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

from msgstack.verify.model import Evidence
from msgstack.verify.model import Wrong

NAMED = 5  # messages named in a reason; the counts tell of all


@dataclass(frozen=True)
class Delivery:
    """Counts are of messages; each tuple holds the payloads themselves."""

    attempted: int
    acknowledged: int
    read: int
    lost: tuple[str, ...]
    unexpected: tuple[str, ...]
    duplicated: tuple[str, ...]
    reordered: tuple[str, ...]

    def evidence(self) -> Evidence:
        return {
            "attempted": self.attempted, "acknowledged": self.acknowledged, "read": self.read, "lost": len(self.lost),
            "unexpected": len(self.unexpected), "duplicated": len(self.duplicated), "reordered": len(self.reordered),
        }  # fmt: skip

    def require(self, *, once: bool = True, in_order: bool = True) -> Evidence:
        """The evidence; raises `Wrong` that names what went wrong first."""
        faults = {"lost": self.lost, "unexpected": self.unexpected}
        faults |= {"duplicated": self.duplicated} if once else {}
        faults |= {"out of order": self.reordered} if in_order else {}
        evidence = self.evidence()
        if not in_order:
            del evidence["reordered"]  # a group's members share out the messages: an order says nothing
        found = [f"{len(names)} {what} ({', '.join(names[:NAMED])})" for what, names in faults.items() if names]
        if found:
            raise Wrong("; ".join(found), evidence)
        return evidence


def compare(attempted: Sequence[str], acknowledged: Iterable[str], read: Sequence[str]) -> Delivery:
    """Payloads must be unique in `attempted`, whose order is the producer's."""
    place = {payload: n for n, payload in enumerate(attempted)}
    acked, seen = set(acknowledged), Counter(read)
    return Delivery(
        attempted=len(attempted), acknowledged=len(acked), read=len(read),
        lost=tuple(p for p in attempted if p in acked and p not in seen),
        unexpected=tuple(p for p in seen if p not in place),
        duplicated=tuple(p for p, times in seen.items() if times > 1),
        reordered=out_of_order([place[p] for p in dict.fromkeys(read) if p in place], attempted),
    )  # fmt: skip


def out_of_order(places: Sequence[int], attempted: Sequence[str]) -> tuple[str, ...]:
    """Those first read after one that was sent later."""
    late, highest = [], -1
    for place in places:
        late += [attempted[place]] if place < highest else []
        highest = max(highest, place)
    return tuple(late)
