"""Sentences of `features.definitions.context`."""

from datetime import date, timedelta

from features.sentences.sentence import Phrase, Sentence, Values
from features.sentences.wording import count, figure, percent, span

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
UNKNOWN = "time of the order not known"


def sentences() -> dict[str, Sentence]:
    """The sentence of each feature, by its name."""
    return {
        "price_minor": Sentence(_price, "price not known"),
        "quantity": Sentence(lambda pieces, _: f"{count(pieces, 'piece')} on this line", "quantity not known"),
        "voucher_used": Sentence(_voucher, "not recorded whether a voucher was redeemed"),
        "size_value": Sentence(_size, "no size with a place on a scale"),
        "discount_share": Sentence(_discount, "no list price recorded"),
        "weekday": Sentence(lambda day, _: f"ordered on a {WEEKDAYS[int(day) % 7]} (UTC)", UNKNOWN),
        "hour": Sentence(_hour, UNKNOWN),
        "day_of_year": Sentence(_season(), UNKNOWN),
        "customer_tenure_days": Sentence(_tenure, "no registration of this customer known", of_customer=True),
        "product_age_days": Sentence(_age, "no launch date of this product known"),
        "birth_year": Sentence(lambda year, _: f"customer born in {year:.4g}", "year of birth not recorded"),
    }


def _price(price: float, _values: Values) -> str:
    return f"one piece costs {count(price, 'minor unit')}"


def _voucher(used: float, _values: Values) -> str:
    return "a voucher was redeemed" if used else "no voucher was redeemed"


def _size(value: float, _values: Values) -> str:
    return f"the size's place on its scale is {figure(value)}"


def _discount(share: float, _values: Values) -> str:
    if share == 0:
        return "at the list price"
    return f"{percent(share)} off the list price" if share > 0 else f"{percent(-share)} above the list price"


def _hour(hour: float, _values: Values) -> str:
    start = int(hour) % 24
    if start == 0:
        return "ordered between 0:00 and 1:00 UTC, or at a time of day not recorded"
    return f"ordered between {start}:00 and {start + 1}:00 UTC"


def _season() -> Phrase:
    """The text of ``day_of_year``: "around", as the feature counts in mean years and may be a day off the calendar."""
    first = date(2001, 1, 1)
    days = [first + timedelta(days=after) for after in range(366)]
    dates = tuple(f"ordered around {day.day} {MONTHS[day.month - 1]}" for day in days)

    def phrase(day: float, _values: Values) -> str:
        return dates[int(day) % 366]

    return phrase


def _tenure(days: float, _values: Values) -> str:
    return f"customer registered {span(days)} ago"


def _age(days: float, _values: Values) -> str:
    return f"product on sale for {span(days)}"
