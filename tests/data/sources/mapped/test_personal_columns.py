"""A mapped column of names, emails or addresses stops the stage before anything is written."""

import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["anna@example.org", "b.c@mail.example.com"], "emails"),
        (["Hauptstr. 12", "5 Station Road"], "street addresses"),
        (["Anna Schmidt", "Brown, Peter"], "names of persons"),
    ],
)
def test_values_like_personal_data_are_refused_by_the_columns_name(
    shop: FilesOfAShop, values: list[str], kind: str
) -> None:
    shop.lines["region"] = "order"
    rows = (f'l{n},"{value}",c{n},p1,2024-03-01,1,1\n' for n, value in enumerate(values))
    shop.write("lines.csv", HEADER + "".join(rows))
    with pytest.raises(UserError) as caught:
        shop.read()
    assert "'order'" in caught.value.expected
    assert f"like {kind}" in caught.value.found
    assert not any(value in str(caught.value) for value in values)
    assert not shop.raw.exists()


def test_a_customer_id_that_is_an_email_is_refused_too(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "l1,o1,anna@example.org,p1,2024-03-01,1,1\n")
    with pytest.raises(UserError, match="the shop's own customer number instead"):
        shop.read()


def test_a_column_named_like_personal_data_is_refused(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER.replace("customer", "customer_email") + "l1,o1,71ac8f,p1,2024-03-01,1,1\n")
    shop.lines["customer_id"] = "customer_email"
    with pytest.raises(UserError, match="by its name"):
        shop.read()


def test_brands_may_be_called_like_persons(shop: FilesOfAShop) -> None:
    shop.mapping["products"] = {"columns": {"product_id": "product", "brand": "order"}}
    shop.write("lines.csv", HEADER + "l1,Paul Smith,c1,p1,2024-03-01,1,1\n")
    shop.lines["order_id"] = "line"
    assert shop.read()["products"][0]["brand"] == "Paul Smith"


def test_personal_columns_that_are_not_mapped_are_never_read(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER.replace("\n", ",email\n") + "l1,o1,c1,p1,2024-03-01,1,1,anna@example.org\n")
    assert len(shop.read()["order_lines"]) == 1


def test_towns_of_customers_are_refused_as_a_region_and_may_be_an_attribute_by_the_shops_word(
    shop: FilesOfAShop,
) -> None:
    shop.write("lines.csv", HEADER.replace("\n", ",city\n") + "l1,o1,c1,p1,2024-03-01,1,1,Bad Homburg\n")
    shop.lines["region"] = "city"
    with pytest.raises(UserError, match="look like towns or postcodes"):
        shop.read()

    del shop.lines["region"]
    attribute = {"column": "city", "kind": "category", "personal": "allowed"}
    shop.mapping["customers"] = {"columns": {"customer_id": "customer"}, "attributes": {"home": attribute}}
    assert shop.read()["customers"][0]["attribute_home"] == "Bad Homburg"
    attribute["personal"] = "no"
    with pytest.raises(UserError, match="look like towns or postcodes"):
        shop.read()


@pytest.mark.parametrize("of_product", [False, True])
def test_a_brand_that_is_the_name_of_the_customer_is_refused_and_a_brand_that_is_a_persons_is_not(
    shop: FilesOfAShop,
    of_product: bool,  # noqa: FBT001 - a case
) -> None:
    names = ("Anna Meier", "Elena Rossi", "Jonas Weber", "Marta Novak")
    rows = (
        f"l{n},o{n},c{n % 4},p{n % 5},2024-03-01 10:00,1,10,{names[(n % 5 if of_product else n) % 4]}\n"
        for n in range(20)
    )
    shop.write("lines.csv", HEADER.replace("\n", ",brand\n") + "".join(rows))
    shop.mapping["products"] = {"columns": {"product_id": "product", "brand": "brand"}}
    if of_product:
        assert {row["brand"] for row in shop.read()["products"]} == set(names)
    else:
        with pytest.raises(UserError, match="products have several of them"):
            shop.read()
