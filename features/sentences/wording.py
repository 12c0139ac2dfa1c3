"""Numbers in words for people: counts, shares, ratios and lengths of time, rounded without becoming wrong."""

TRILLION = 1e12
"""A number of this size or more is not written out, so that a sentence stays short."""

DAYS_PER_MONTH = 30.44
DAYS_PER_YEAR = 365.25


def finite(value: float) -> bool:
    """True for a number, false for NaN and infinities."""
    return value - value == 0


def whole(value: float) -> str:
    """A number without decimals: 1234.0 is 1,234."""
    if -TRILLION < value < TRILLION:
        return f"{value:,.0f}"
    return "over a trillion" if value > 0 else "below minus a trillion"


def figure(value: float) -> str:
    """A number with up to four digits: 0.5, 12, 39.5; a longer number has no decimals."""
    return f"{value:.4g}" if -10_000 < value < 10_000 else whole(value)


def count(value: float, thing: str) -> str:
    """A count with its noun: 1 line, 2 lines."""
    return f"1 {thing}" if value == 1 else f"{whole(value)} {thing}s"


def percent(share: float) -> str:
    """A share in whole percent; 0% and 100% only where they are exact."""
    if 0 < share < 0.005:
        return "under 1%"
    if 0.995 <= share < 1:
        return "over 99%"
    return f"{whole(100 * share)}%"


def about(share: float) -> str:
    """An estimated share in percent, with "about"."""
    return f"about {percent(share)}" if 0.005 <= share < 0.995 else percent(share)


def times(ratio: float) -> str:
    """A ratio in two digits: 1.8 times, 3 times, 25 times."""
    return f"{ratio:.2g} times" if 0 < ratio < 9.95 else f"{whole(ratio)} times"


def often(ratio: float) -> str:
    """The comparison of two rates, up to the name of the other rate: 1.8 times as often as."""
    if ratio >= 1.495:
        return f"{times(ratio)} as often as"
    gap = 100 * (ratio - 1)
    if -0.5 <= gap <= 0.5:
        return "as often as"
    return f"{gap:.0f}% more often than" if gap > 0 else f"{whole(-gap)}% less often than"


def against(ratio: float, other: str) -> str:
    """The comparison of an amount with ``other``, a noun with its article: 20% above the mean."""
    if ratio >= 1.995:
        return f"{times(ratio)} {other}"
    gap = 100 * (ratio - 1)
    if -0.5 <= gap <= 0.5:
        return f"at {other}"
    return f"{gap:.0f}% above {other}" if gap > 0 else f"{whole(-gap)}% below {other}"


def span(days: float) -> str:
    """A length of time: in days, in months from 90 days on, in years from two years on."""
    if 0 <= days < 1:
        return "less than a day"
    if days < 90:
        return count(round(days), "day")
    if days < 2 * DAYS_PER_YEAR:
        return f"{days / DAYS_PER_MONTH:.0f} months"
    years = days / DAYS_PER_YEAR
    return f"{years:.1f} years" if years < 10 else f"{whole(years)} years"
