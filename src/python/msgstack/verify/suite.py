"""All checks of all components, and one run of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from msgstack.verify import nats
from msgstack.verify import runner
from msgstack.verify.installed import Installed
from msgstack.verify.model import Check
from msgstack.verify.model import Result
from msgstack.verify.nats.leftovers import sweep

CHECKS: tuple[Check[Any], ...] = nats.CHECKS


async def run(
    found: Sequence[Installed], checks: Sequence[Check[Any]], done: Callable[[Result], None]
) -> tuple[Result, ...]:
    """Ask `checks` of what is installed. First it removes what a killed run may have left in a server."""
    targets = {one.layout.component: nats.target(one, secrets.token_hex(4)) for one in found}
    asked = [check for check in checks if check.component in targets]
    for target in targets.values():
        await sweep(target)
    return await runner.run(asked, targets, done)
