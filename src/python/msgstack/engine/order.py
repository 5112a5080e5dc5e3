"""The one order in which changes are made: phase, then what others need, then as given. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError
from graphlib import TopologicalSorter

from msgstack.resource.model import Resource


def in_order(wants: Sequence[Resource]) -> tuple[Resource, ...]:
    """`wants`, each after all that it needs; ties stay as given.

    Raises ValueError for what is a defect of the component: a key twice, a need that nobody is, that comes in a
    later phase, or that goes round in a circle.
    """
    by_key = {want.key: want for want in wants}
    if len(by_key) != len(wants):
        raise ValueError(f"keys must be unique, got {sorted(want.key for want in wants)}")
    for want in wants:
        _check_needs(want, by_key)
    phases = sorted({want.phase for want in wants})
    return tuple(want for phase in phases for want in _one_phase([w for w in wants if w.phase is phase]))


def _check_needs(want: Resource, by_key: dict[str, Resource]) -> None:
    for need in want.needs:
        if need not in by_key:
            raise ValueError(f"{want.key} needs {need}, which is not among the resources")
        if by_key[need].phase > want.phase:
            raise ValueError(f"{want.key} needs {need}, which comes in a later phase")


def _one_phase(wants: Sequence[Resource]) -> list[Resource]:
    """Stable: of all that could come next, always the one that was given first."""
    place = {want.key: n for n, want in enumerate(wants)}
    sorter = TopologicalSorter({want.key: [need for need in want.needs if need in place] for want in wants})
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(f"needs go round in a circle: {' → '.join(error.args[1])}") from error
    order: list[Resource] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=place.__getitem__)
        first = ready.pop(0)
        order.append(wants[place[first]])
        sorter.done(first)
    return order
