"""The kinds of personal data."""

from enum import StrEnum


class Kind(StrEnum):
    """A kind of personal data, as messages name it."""

    EMAIL = "emails"
    PHONE = "phone numbers"
    ACCOUNT = "numbers of bank accounts or cards"
    NETWORK = "network addresses"
    PLACE = "postcodes with towns"
    ADDRESS = "street addresses"
    NAME = "names of persons"
    TOWN = "towns or postcodes"
