"""One running instance: its settings, parts, access control, telemetry and phase."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from starlette.requests import Request

from serving.http.guards.access import Access
from serving.http.telemetry import Telemetry
from serving.ports import Ports
from serving.settings import Settings


class Phase(StrEnum):
    """The phase of an instance. Only a `READY` one should get requests, but the others answer, too."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"


@dataclass
class Service:
    """What routes work with. Only ``phase`` changes. ``batch_turn``: the lock that lets batches through one by one."""

    settings: Settings
    parts: Ports
    access: Access
    telemetry: Telemetry
    phase: Phase = Phase.STARTING
    batch_turn: asyncio.Lock = field(default_factory=asyncio.Lock)


def service_of(request: Request) -> Service:
    """Give the service that a request came to."""
    return cast("Service", request.app.state.service)
