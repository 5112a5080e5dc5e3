"""Combinations of streams' and consumers' keys that JetStream refuses. Source: nats-server, server/stream.go and
server/consumer.go; the codes are its API errors."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from itertools import combinations
from itertools import product

from msgstack.nats.spec import Consumer
from msgstack.nats.spec import Deliver
from msgstack.nats.spec import Retention
from msgstack.nats.spec import Stream
from msgstack.nats.subject import fault
from msgstack.nats.subject import overlap
from msgstack.nats.subject import subjects_of
from msgstack.spec.problem import Problem

Path = tuple[str, ...]
STREAMS: Path = ("nats", "streams")


def stream_problems(streams: Mapping[str, Stream]) -> Iterator[Problem]:
    """Problems of each stream, and of streams with each other."""
    for name, stream in streams.items():
        yield from _subjects(subjects_of(name, stream), (*STREAMS, name, "subjects"))
        yield from _window(stream, (*STREAMS, name))
        yield from _consumers(name, stream)
    yield from _between(streams)


def _subjects(subjects: tuple[str, ...], path: Path) -> Iterator[Problem]:
    for subject in subjects:
        reason = fault(subject)
        if reason:
            yield Problem(path, f'"{subject}" {reason}')
    for one, other in combinations(_sound(subjects), 2):
        if overlap(one, other):  # 10052
            yield Problem(path, f'"{one}" and "{other}" overlap: one message would match both')


def _sound(subjects: tuple[str, ...]) -> list[str]:
    """Those without a fault of their own: what the others overlap with tells nobody anything."""
    return [subject for subject in subjects if not fault(subject)]


def _window(stream: Stream, path: Path) -> Iterator[Problem]:
    if stream.max_age and stream.duplicate_window > stream.max_age:  # 10052
        text = f'"{stream.duplicate_window}" is longer than max_age ("{stream.max_age}"): messages are gone before'
        yield Problem((*path, "duplicate_window"), text)


def _between(streams: Mapping[str, Stream]) -> Iterator[Problem]:
    for (one, a), (other, b) in combinations(streams.items(), 2):
        pairs = product(_sound(subjects_of(one, a)), _sound(subjects_of(other, b)))
        for mine, theirs in (pair for pair in pairs if overlap(*pair)):  # 10065
            text = f'"{theirs}" overlaps with "{mine}" of stream {one}: a subject belongs to one stream'
            yield Problem((*STREAMS, other, "subjects"), text)


def _consumers(name: str, stream: Stream) -> Iterator[Problem]:
    for consumer_name, consumer in stream.consumers.items():
        path = (*STREAMS, name, "consumers", consumer_name)
        yield from _consumer(consumer, subjects_of(name, stream), path)
        if stream.retention is Retention.WORKQUEUE and consumer.deliver is not Deliver.ALL:  # 10101
            yield Problem(
                (*path, "deliver"), f'"{consumer.deliver}" is not possible: consumers of a work queue start with "all"'
            )
    if stream.retention is Retention.WORKQUEUE:
        yield from _shared_work(name, stream)


def _consumer(consumer: Consumer, stored: tuple[str, ...], path: Path) -> Iterator[Problem]:
    yield from _subjects(consumer.filter_subjects, (*path, "filter_subjects"))  # overlapping filters: 10138
    for subject in consumer.filter_subjects:
        if not any(overlap(subject, own) for own in stored):  # 10093
            yield Problem(
                (*path, "filter_subjects"), f'"{subject}" matches nothing that the stream stores ({", ".join(stored)})'
            )
    if consumer.max_deliver == 0:
        yield Problem((*path, "max_deliver"), "0 is not possible: -1 is no limit")
    yield from _push(consumer, stored, path)


def _push(consumer: Consumer, stored: tuple[str, ...], path: Path) -> Iterator[Problem]:
    subject = consumer.push_subject
    if consumer.push_group and not subject:
        yield Problem((*path, "push_group"), "needs push_subject: a consumer that is pulled has no group")
    if subject and ("*" in subject or ">" in subject):
        yield Problem((*path, "push_subject"), f'"{subject}" has a wildcard: messages are pushed to one subject')
    elif subject and any(overlap(subject, own) for own in stored):  # 10081
        yield Problem(
            (*path, "push_subject"), f'"{subject}" is stored by the stream itself: messages would go in a circle'
        )


def _shared_work(name: str, stream: Stream) -> Iterator[Problem]:
    filters = {n: c.filter_subjects or (">",) for n, c in stream.consumers.items()}
    for (one, a), (other, b) in combinations(filters.items(), 2):
        if any(overlap(x, y) for x in a for y in b):  # 10099, 10100
            text = f"gets messages that consumer {one} gets too: in a work queue their filter_subjects can't overlap"
            yield Problem((*STREAMS, name, "consumers", other), text)
