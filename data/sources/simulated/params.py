"""The section `simulator` of params.yaml: size, dates and rates of the simulated shop."""

from datetime import date
from typing import Annotated

from pydantic import Field

from data.params import Section

Share = Annotated[float, Field(ge=0.0, le=1.0)]
SmallShare = Annotated[float, Field(ge=0.0, le=0.5)]
Spread = Annotated[float, Field(ge=0.0, le=2.0)]


class SimulatorParams(Section):
    """Size, dates and rates of the simulated shop; params.yaml has the meaning and the unit of each key."""

    seed: Annotated[int, Field(ge=0, le=2**63 - 1)]
    lines: Annotated[int, Field(ge=1_000, le=100_000_000)]
    end: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]
    days: Annotated[int, Field(ge=60, le=3_650)]
    lines_per_customer: Annotated[float, Field(ge=4.0, le=1_000.0)]
    lines_per_product: Annotated[float, Field(ge=5.0, le=100_000.0)]
    existing_customer_share: Annotated[float, Field(ge=0.0, le=0.95)]
    electronics_share: Share
    guest_share: SmallShare
    bracket_share: SmallShare
    serial_bracketer_share: SmallShare
    voucher_share: SmallShare
    late_share: SmallShare
    undelivered_share: SmallShare
    return_level: Annotated[float, Field(gt=0.0, le=5.0)]
    return_window_days: Annotated[int, Field(ge=1, le=100)]
    drift: Annotated[float, Field(ge=0.0, le=0.5)]
    customer_spread: Spread
    product_spread: Spread
    fault_share: SmallShare
    fault_start_share: Share
    reason_missing_share: Share
    attributes: bool
