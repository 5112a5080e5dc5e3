"""The streams, consumers, buckets and contexts that a stack file asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgstack.nats import names
from msgstack.nats import spec
from msgstack.nats import subject
from msgstack.nats.kinds import Bucket
from msgstack.nats.kinds import Consumer
from msgstack.nats.kinds import Context
from msgstack.nats.kinds import Live
from msgstack.nats.kinds import Stream
from msgstack.resource.facts import Facts
from msgstack.resource.layout import Layout

PREFIX = names.COMPONENT


def objects(nats: spec.Nats, needs: tuple[str, ...]) -> Iterator[Live]:
    """Everything inside the server; `needs` is the key of its service."""
    for name, stream in nats.streams.items():
        yield stream_of(name, stream, needs)
        for consumer_name, consumer in stream.consumers.items():
            yield consumer_of(name, consumer_name, consumer)
    for name, bucket in nats.buckets.items():
        yield bucket_of(name, bucket, needs)


def stream_of(name: str, stream: spec.Stream, needs: tuple[str, ...]) -> Stream:
    return Stream(
        key=f"{PREFIX}/stream/{name}",
        needs=needs,
        name=name,
        description=stream.description,
        subjects=subject.subjects_of(name, stream),
        storage=stream.storage.value,
        retention=stream.retention.value,
        max_bytes=stream.max_bytes,
        max_age=stream.max_age,
        max_messages=stream.max_messages,
        max_message_size=stream.max_message_size,
        discard=stream.discard.value,
        duplicate_window=stream.duplicate_window,
    )


def consumer_of(stream: str, name: str, consumer: spec.Consumer) -> Consumer:
    return Consumer(
        key=f"{PREFIX}/consumer/{stream}/{name}",
        needs=(f"{PREFIX}/stream/{stream}",),
        stream=stream,
        name=name,
        description=consumer.description,
        filter_subjects=consumer.filter_subjects,
        deliver=consumer.deliver.value,
        ack_wait=consumer.ack_wait,
        max_deliver=consumer.max_deliver,
        max_ack_pending=consumer.max_ack_pending,
        push_subject=consumer.push_subject,
        push_group=consumer.push_group,
    )


def bucket_of(name: str, bucket: spec.Bucket, needs: tuple[str, ...]) -> Bucket:
    return Bucket(
        key=f"{PREFIX}/bucket/{name}",
        needs=needs,
        name=name,
        description=bucket.description,
        storage=bucket.storage.value,
        max_bytes=bucket.max_bytes,
        history=bucket.history,
        ttl=bucket.ttl,
        max_value_size=bucket.max_value_size,
    )


def contexts(nats: spec.Nats, instance: str, facts: Facts, layout: Layout) -> tuple[Context, ...]:
    """One context for applications, which is selected if a user has selected none, and one for the system account."""
    url = names.client_url(nats.host, nats.port)
    application, system = names.app_context(instance), names.system_context(instance)
    folder = facts.config_home / "nats"

    def context(name: str, user: str, what: str) -> Context:
        return Context(
            key=f"{PREFIX}/context/{name}",
            needs=(secret_key(user),),
            name=name,
            folder=folder,
            description=f"{what} of the messaging stack {instance}",
            url=url,
            user=user,
            password=str(layout.secrets / f"{user}.conf"),
            selects=name == application,
        )

    return (
        context(application, names.APP_USER, "Applications"),
        context(system, names.SYSTEM_USER, "System account"),
    )


def secret_key(user: str) -> str:
    """The key of a user's password file."""
    return f"{PREFIX}/secret/{user}"
