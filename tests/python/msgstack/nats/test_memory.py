"""The parts of a server's memory are the whole of it, or the stack file is refused with numbers that work."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgstack.errors import UsageError
from msgstack.nats.memory import split
from msgstack.nats.memory import subscriptions
from msgstack.nats.spec import JetStream
from msgstack.nats.spec import Limits
from msgstack.nats.spec import Nats
from msgstack.spec.units import Size

MB, MIB = 10**6, 2**20


def nats(memory: int, streams: int, pending: int) -> Nats:
    return Nats(
        memory=Size(memory), jetstream=JetStream(max_memory=Size(streams)), limits=Limits(max_pending=Size(pending))
    )


def test_the_default_is_500_mb_with_400_mib_for_the_heap() -> None:
    parts = split(Nats())
    assert (parts.hard, parts.soft) == (500 * MB, 400 * MIB)
    assert (parts.base, parts.jetstream, parts.pending, parts.rest) == (32 * MIB, 64 * MIB, 160 * MIB, 144 * MIB)


@given(st.integers(64 * MB, 8000 * MB), st.integers(0, 512 * MIB), st.integers(1024, 64 * MIB))
def test_parts_are_the_whole_or_a_memory_that_suffices_is_named(memory: int, streams: int, pending: int) -> None:
    wanted = nats(memory, streams, pending)
    try:
        parts = split(wanted)
    except UsageError as error:
        match = re.search(r"at least (\S+?),", error.fix)
        assert match, error.fix
        least = Size.parse(match[1])
        assert least > memory
        assert split(replace(wanted, memory=least)).rest >= 0
        with pytest.raises(UsageError):
            split(replace(wanted, memory=Size(least - MB)))
    else:
        assert parts.base + parts.jetstream + parts.pending + parts.rest == parts.soft < parts.hard
        assert parts.rest >= 0


def test_what_is_left_carries_hundreds_of_connections_that_take_all_they_may() -> None:
    carried = subscriptions(split(Nats()))
    assert carried == 199_000
    assert carried // Limits().max_subscriptions >= 190


def test_a_refusal_names_keys_and_sizes() -> None:
    with pytest.raises(UsageError) as caught:
        split(nats(100 * MB, 64 * MIB, 8 * MIB))
    assert "nats.memory = 100MB" in caught.value.what
    assert "64MiB jetstream.max_memory" in caught.value.why
    assert "nats.limits.max_pending" in caught.value.fix
