"""A customer who opts out is a guest from then on: in scores, decisions, logs and orders; and can still be erased."""

from data.logged.decisions import DECISIONS
from data.logged.predictions import PREDICTIONS
from data.times import iso
from serving.rights.erase import erase
from serving.rights.export import person
from tests.serving.rights.small_shop import HOUR, STAYS, SmallShop, now, order


def test_who_opts_out_is_scored_logged_and_counted_as_a_guest(shop: SmallShop) -> None:
    at = now()
    known = shop.score([STAYS], at + HOUR)
    shop.keys.opt_out(STAYS)

    assert shop.score([STAYS], at + HOUR) == shop.score([None], at + HOUR) != known
    shop.score([STAYS], now(), decide=True)
    assert [each["customer"] for each in PREDICTIONS.read(shop.folder / "log")][1:] == [None] * 3
    assert [each["customer"] for each in DECISIONS.read(shop.folder / "decisions")] == [None]
    changed = {"type": "customer_changed", "event_id": "ch", "customer_id": STAYS, "changed_at": iso(at - HOUR)}
    told = shop.send([order("o-out", STAYS, at - HOUR), {**changed, "birth_year": 1980}])
    assert [each["status"] for each in told] == ["applied", "not_counted"]
    found = person(shop.shop, STAYS)
    assert found["opted_out"]
    assert "o-out" not in {each["order_id"] for each in found["state"]["orders"]}

    shop.keys.opt_out(STAYS, out=False)
    assert shop.score([STAYS], at + HOUR) == known


def test_who_opted_out_is_erased_with_what_was_known_before(shop: SmallShop) -> None:
    shop.send([order("o-before", STAYS, now() - HOUR)])
    shop.keys.opt_out(STAYS)
    assert person(shop.shop, STAYS)["state"]["orders"]
    assert erase(shop.shop, STAYS, settled=0).holds
    assert person(shop.shop, STAYS)["pseudonyms"] == []
