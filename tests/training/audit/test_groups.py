from pathlib import Path

import numpy as np
import pandas as pd

from data import tables
from data.schema import ORDER_LINES
from tests.training.audit.audited_shop import PEOPLE, shop, write
from training.audit import groups


def test_the_groups_of_an_attribute_are_a_partition_in_a_readable_order(tmp_path: Path) -> None:
    found = groups.read(shop(tmp_path, "title", "birth_year"), tmp_path)

    assert [each.name for each in found.of("age")] == ["25 to 34", "65 and above"]
    for attribute in ("age", "title"):
        assert (np.sum([each.mask for each in found.of(attribute)], axis=0) == 1).all()
    assert found.absent == ("region",)


def test_what_a_shop_does_not_record_is_named(tmp_path: Path) -> None:
    found = groups.read(shop(tmp_path), tmp_path)

    assert found.attributes == ["account"]
    assert found.too_small == ()  # there is no guest
    assert found.absent == ("title", "birth_year", "region")


def test_a_small_group_is_named_and_left_out(tmp_path: Path) -> None:
    predictions = shop(tmp_path, "title")
    ms = predictions[predictions.index % 2 == 1]

    found = groups.read(pd.concat([predictions[predictions.index % 2 == 0], ms.head(40)]), tmp_path)

    assert [each.name for each in found.of("title")] == ["mr"]
    assert "title ms" in found.too_small


def test_guests_are_a_group_of_their_own_and_each_of_their_orders_a_customer(tmp_path: Path) -> None:
    predictions = shop(tmp_path, "title")
    lines = tables.read(ORDER_LINES, tmp_path).to_pandas()
    lines.loc[:99, "customer_id"] = None
    write(ORDER_LINES, lines.assign(region="north"), tmp_path)

    found = groups.read(predictions, tmp_path)

    guests = next(each.mask for each in found.of("account") if each.name == "guest")
    assert (guests.sum(), len(np.unique(found.customer[guests]))) == (100, 100)
    assert sum(each.mask.sum() for each in found.of("title")) == 4 * PEOPLE - 100
    assert [each.mask.sum() for each in found.of("region")] == [4 * PEOPLE]
