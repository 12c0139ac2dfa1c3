"""Who is meant: the shop that a command names, and the customer, as its files and requests name customers."""

from data.errors import UserError
from data.pseudonyms.customer_keys import CustomerKeys
from serving.settings import Settings
from serving.shops import Shop, shops_of


def named_shop(name: str | None) -> Shop:
    """Give the shop of this name; None: the only one. `UserError` where there is none, or several."""
    shops = shops_of(Settings.from_environment())
    found = [each for each in shops if name in (None, each.name)]
    if len(found) != 1:
        raise UserError(
            expected=f"one of the shops {', '.join(str(each.name) for each in shops)}",
            found="none named" if name is None else name,
            fix="name it: --shop NAME",
        )
    return found[0]


def keys_of(keys: CustomerKeys | None) -> CustomerKeys:
    """Give the secrets of a shop's customers; `UserError` where they have none."""
    if keys is None:
        raise UserError(
            expected="a shop whose customers have secrets, which can be destroyed",
            found="the public demo key, or a simulated shop: whoever knows an id computes the pseudonym",
            fix="set RETURN_RISK_ID_KEY to a secret of the shop, and run dvc repro --force",
        )
    return keys


def form_of(form: str | None) -> str:
    """Give the normal text of a customer's key; `UserError` for that of a guest."""
    if form is None:
        raise UserError(
            expected="the key of one customer",
            found="a text that stands for guests, of whom nothing is kept",
            fix="name the customer as the shop's files do",
        )
    return form
