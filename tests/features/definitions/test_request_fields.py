from features.definitions.request_fields import request_fields
from tests.features.crowded_shop import ATTRIBUTES
from tests.features.seeds import EVERY_COLUMN, FEW_COLUMNS


def test_a_shop_has_the_fields_of_its_columns_and_products_may_be_unknown_anywhere() -> None:
    assert [field.name for field in request_fields(FEW_COLUMNS)] == ["color", "customer_id", "product"]


def test_names_are_unique_and_each_field_takes_its_own_column_first() -> None:
    fields = request_fields(EVERY_COLUMN, ATTRIBUTES)

    names = [field.name for field in fields]
    assert len(set(names)) == len(names)
    assert {"attributes.gift", "product.attributes.material", "customer.attributes.club"} < set(names)
    own = {field.name: field.columns[0] for field in fields}
    assert (own["size"], own["product.brand"], own["attributes.gift"]) == ("size", "brand", "attribute_gift")


def test_a_guest_lacks_every_fact_of_a_customer_and_an_unknown_product_its_own_and_its_history() -> None:
    fields = {field.name: field for field in request_fields(EVERY_COLUMN, ATTRIBUTES)}

    for whole, owner in (("customer_id", "customer."), ("product", "product.")):
        facts = {field.columns[0] for name, field in fields.items() if name.startswith(owner)}
        assert facts <= set(fields[whole].columns)
    assert fields["product"].history_of == "product_id"
    assert "product_id" not in fields["product"].columns
