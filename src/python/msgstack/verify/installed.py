"""What is installed below a ROOT, from the receipts and stack files of the current generations. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from msgstack.engine import receipt as receipts
from msgstack.engine.receipt import Receipt
from msgstack.errors import PreflightError
from msgstack.resource.layout import Layout
from msgstack.spec.reader import load
from msgstack.spec.stack import Stack

COMPONENTS = ("nats",)
STACK_FILE = "stack.toml"


@dataclass(frozen=True)
class Installed:
    """One component's current generation."""

    layout: Layout
    receipt: Receipt
    stack: Stack

    def state(self, key: str) -> dict[str, object]:
        """What the receipt says of a resource. Raises PreflightError when it has none of that key."""
        for record in self.receipt.resources:
            if record.key == key:
                return dict(record.state)
        raise PreflightError(f"the receipt of {self.layout.component} has no {key}", "", "run its set-up program again")


def installed(root: Path, declared: Stack | None = None) -> tuple[Installed, ...]:
    """Every component below `root`; checked against `declared`, or else the stack file that it was made from.

    Raises PreflightError when nothing is installed there.
    """
    found = tuple(one for name in COMPONENTS if (one := component(Layout(root, name), declared)))
    if not found:
        raise PreflightError(
            f"nothing is installed in {root}",
            "there is no current generation of any component",
            "run `nats-setup apply` first, or say where with --root",
        )
    return found


def component(layout: Layout, declared: Stack | None) -> Installed | None:
    """One component, None when it has no current generation."""
    file = layout.current / receipts.NAME
    if not file.exists():
        return None
    receipt = receipts.decode(file.read_text(), str(file))
    stack = declared or load((layout.current / STACK_FILE).read_text(), str(layout.current / STACK_FILE))
    return Installed(Layout(layout.root, layout.component, receipt.instance), receipt, stack)
