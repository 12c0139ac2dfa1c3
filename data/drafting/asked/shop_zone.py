"""The zone of the shop's times: by their offsets, by a header, or by a column; a time without any of these is asked."""

from datetime import datetime
from zoneinfo import ZoneInfo

from data.drafting import times, written
from data.drafting.asked import time_parts
from data.drafting.draft import Draft
from data.drafting.roles import Roles, owner_of
from data.drafting.sheet import Sheet
from data.sources.mapped.signs.header_zones import zone_of
from data.sources.mapped.times import names_of

ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/London", "Europe/Berlin",
    "Europe/Athens", "Asia/Tokyo", "Asia/Hong_Kong", "Asia/Seoul", "Australia/Sydney",
)  # fmt: skip
"""Zones whose names are known from many exports."""

SHOPS_ZONE = "CHECK: the zone of the shop's times, such as Europe/Berlin"
SECONDS_OF_AN_HOUR = 3600


def add(made: Draft, lines: Roles, joined: Roles | None) -> None:
    """Set ``timezone``, by which all times that don't say their own zone are read, once all times are in the draft."""
    owner = owner_of("ordered_at", lines, joined) or lines
    column = owner.get("ordered_at")
    values = owner.sheet.values(column) if column else {}
    found = times.decide(values, numbers=True) if values else None
    local = made.columns_of_local_times()
    if found is not None and times.have_zones(found, values):
        named = _zone_of(owner.sheet, str(column)) if any("%Z" in layout for layout in found.formats) else None
        note = f"CHECK: its names of zones stand in {column}" if named else "every time has its offset"
        if local and named is None:
            named, note = _beside_offsets(str(column), found, list(values), local)
    else:
        named = zone_of(column) if column else None
        note = f"CHECK: the zone that the header {column} names" if named else SHOPS_ZONE
        named, note = _zone_by_row(owner, named, note)
    made.tree["timezone"] = named or "UTC"
    made.ask(made.tree, "timezone", note)


def _beside_offsets(column: str, found: times.Times, values: list[str], local: list[str]) -> tuple[str, str]:
    """Ask for the zone of the ``local`` times beside those of ``column``, whose offsets say which zone is likely."""
    without = f"CHECK: {written.listed(local, 4)} {'has' if len(local) == 1 else 'have'} no offset"
    likely = None if found.formats else _likely(values)
    if likely is None:
        return "UTC", f"{without}, and {column} says its own zone: in which one are these written?"
    return likely, f"{without}: is {likely} their zone, as the offsets of {column} would have it?"


def _likely(values: list[str]) -> str | None:
    """Find a zone that has the offsets of all ``values``, in ISO 8601, at their times; None where none is known."""
    moments = [moment for value in values if (moment := _moment(value)) is not None]
    offsets = {moment.utcoffset() for moment in moments}
    zone = next((name for name in ZONES if moments and all(_has_offset(name, moment) for moment in moments)), None)
    if zone is not None or len(offsets) != 1:
        return zone
    (offset,) = offsets
    hours, rest = divmod(offset.total_seconds() if offset else 0, SECONDS_OF_AN_HOUR)
    return None if rest else f"Etc/GMT{-int(hours):+d}" if hours else "UTC"


def _has_offset(zone: str, moment: datetime) -> bool:
    return moment.replace(tzinfo=ZoneInfo(zone)).utcoffset() == moment.utcoffset()


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value.replace("/", "-"))
    except ValueError:
        return None
    return moment if moment.utcoffset() is not None else None


def _zone_by_row(owner: Roles, named: str | None, note: str) -> tuple[str | None, str]:
    """Take the zone that a column names in all rows; where it names several, times of others would be hours off."""
    by_row = time_parts.zones(owner.sheet)
    if by_row is None:
        return named, note
    column, zones = by_row
    if len(zones) == 1:
        return zones[0], f"CHECK: the zone that {column} names"
    why = f"{column} has {written.listed(zones, 4)}, and no rule reads a zone by its row: the times of other zones than"
    return named, f"CHECK: {why} this one become wrong by hours; export the times with their offsets, or in UTC"


def _zone_of(sheet: Sheet, column: str) -> str | None:
    """Find a time zone that has all names of zones in ``column``, such as PST and PDT."""
    ends = {match[1] for value in sheet.values(column) if (match := times.ZONE_NAME.search(value))}
    return next((zone for zone in ZONES if ends <= names_of(zone).keys()), None)
