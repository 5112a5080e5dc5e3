"""A component's resources sealed into one generation: what its receipt will say. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgstack.engine.order import in_order
from msgstack.engine.receipt import Recorded
from msgstack.resource.generation import Generation
from msgstack.resource.kinds import Tree
from msgstack.resource.model import Resource


def seal(component: str, wants: Sequence[Resource], stack_text: str, stack_digest: str, instance: str) -> Generation:
    """The generation that holds `wants`. `stack_text` is the stack file as read, `stack_digest` that of its meaning.

    Its states stand in the order in which they are brought about, so that they can be taken back in the reverse.
    """
    states = [Recorded.of(want) for want in in_order(wants)]
    return Generation(
        key=generation_key(component),
        component=component,
        instance=instance,
        stack_digest=stack_digest,
        stack_text=stack_text,
        states=tuple(record.as_json() for record in states),
        trees=tuple((want.key, tuple(one.id for one in want.candidates)) for want in wants if isinstance(want, Tree)),
    )


def generation_key(component: str) -> str:
    """The key of a component's generation."""
    return f"{component}/generation"
