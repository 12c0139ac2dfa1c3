"""One running instance, and what it has for each shop: settings, parts, access control, telemetry and phase."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from starlette.requests import Request

from serving.http.guards.access import Access
from serving.http.request_context import exchange_of
from serving.http.telemetry import ShopTelemetry, Telemetry
from serving.ports import Ports
from serving.settings import Settings


class Phase(StrEnum):
    """The phase of an instance. Only a `READY` one should get requests, but the others answer, too."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"


@dataclass(frozen=True)
class Service:
    """What routes work with for one shop. ``batch_turn``: the lock by which batches, of any shop, pass one by one."""

    settings: Settings
    parts: Ports
    access: Access
    telemetry: ShopTelemetry
    batch_turn: asyncio.Lock


@dataclass
class Instance:
    """The whole instance. Only ``phase`` changes. ``services``: by shop; the key None: that of the only shop."""

    settings: Settings
    access: Access
    telemetry: Telemetry
    services: Mapping[str | None, Service]
    phase: Phase = Phase.STARTING


def instance_of(request: Request) -> Instance:
    """Give the instance that a request came to."""
    return cast("Instance", request.app.state.instance)


def service_of(request: Request) -> Service:
    """Give the service of the shop whose key the request showed; `Access.admit` has noted the shop."""
    return instance_of(request).services[exchange_of(request.scope).shop]
