"""What looks at a real NATS server and changes it. Everything here has effects; everything beside it has none."""

from __future__ import annotations

from msgstack.host.folder import Folders
from msgstack.nats.kinds import Bucket
from msgstack.nats.kinds import Consumer
from msgstack.nats.kinds import Context
from msgstack.nats.kinds import Stream
from msgstack.nats.live.api import Api
from msgstack.nats.live.contexts import ContextDriver
from msgstack.nats.live.held import Held
from msgstack.nats.live.objects import BucketDriver
from msgstack.nats.live.objects import ConsumerDriver
from msgstack.nats.live.objects import StreamDriver
from msgstack.nats.live.trial import TrialDriver
from msgstack.nats.spec import Nats
from msgstack.resource.driver import Drivers
from msgstack.resource.kinds import Trial
from msgstack.resource.layout import Layout


def drivers(layout: Layout, nats: Nats) -> Drivers:
    """A driver for each kind that NATS adds, for the server that this part of a stack file describes."""
    api = Api.of(layout, nats)
    held = Held(layout, nats.monitor_port)
    return {
        Stream: StreamDriver(held, api),
        Consumer: ConsumerDriver(held, api),
        Bucket: BucketDriver(held, api),
        Context: ContextDriver(Folders(layout.root)),
        Trial: TrialDriver(layout),
    }
