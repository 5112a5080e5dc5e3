"""Sizes and durations: what is written is what is read, exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgstack.spec.units import DURATIONS
from msgstack.spec.units import SIZES
from msgstack.spec.units import Duration
from msgstack.spec.units import Size


@given(st.integers(0, 2**60))
def test_a_size_is_written_as_it_is_read(value: int) -> None:
    assert Size.parse(str(Size(value))) == value


@given(st.integers(0, 2**50))
def test_a_duration_is_written_as_it_is_read(value: int) -> None:
    assert Duration.parse(str(Duration(value))) == value


@given(st.integers(0, 10**9), st.sampled_from(sorted(SIZES)))
def test_every_unit_counts(number: int, unit: str) -> None:
    assert Size.parse(f"{number}{unit}") == number * SIZES[unit]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.1GB", 1_100_000_000), ("0.1MB", 100_000), ("2.5TiB", 5 * 2**39), ("1 MiB", 2**20), ("0B", 0), ("0.1KiB", 102)],
)
def test_broken_numbers_are_exact(text: str, value: int) -> None:
    assert Size.parse(text) == value


@pytest.mark.parametrize("text", ["", "1", "MiB", "-1MiB", "1mib", "1 M iB", "1e3B", "٣MiB", "1.MiB", "1MiB ", "0.5B"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Size.parse(text)


@pytest.mark.parametrize(
    ("value", "text"), [(2**29, "512MiB"), (500_000_000, "500MB"), (0, "0B"), (1536, "1536B"), (10**12, "1TB")]
)
def test_a_size_is_written_shortly(value: int, text: str) -> None:
    assert str(Size(value)) == text


def test_a_duration_in_other_units() -> None:
    assert Duration.parse("1500ms").seconds == 1.5
    assert Duration.parse("2m").nanoseconds == 120 * 10**9
    assert str(Duration.parse("90s")) == "90s"
    assert set(DURATIONS) == {"ms", "s", "m", "h", "d", "w"}
