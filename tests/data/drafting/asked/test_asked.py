"""What no mapping reads, or reads rightly only if the user looks, is asked with its columns or files."""

from pathlib import Path

from tests.data.drafting.files import Drafted


def test_a_share_of_a_discount_names_of_persons_and_several_products_in_a_row_are_asked(tmp_path: Path) -> None:
    names = ["Laura Jansen", "Jonas Dubois", "Maria Silva", "Peter Smith"]
    rows = (
        f"{n},C{n % 5},A{n % 3},B{n % 4},2024-03-{n + 1:02d},1,9.90,{n % 2 * 10},{names[n % 4]},{n % 4 // 3}\n"
        for n in range(20)
    )
    header = "Order,Customer,SKU 1,SKU 2,Order Date,Qty,Price,Discount %,Color,Returned\n"
    text = Drafted(tmp_path, a_csv=header + "".join(rows)).text

    assert "is it after Discount %, which is a share and no amount" in text
    assert "CHECK: Color is left out: 4 of its 4 values look like names of persons" in text
    assert "CHECK: a row has several products side by side: SKU 1, SKU 2." in text


def test_the_row_above_a_header_says_what_columns_of_one_name_are_of(tmp_path: Path) -> None:
    header = "Bericht,,,,,,\nAuftrag,,Kunde,Artikel,,,Retoure\nNr.,Datum,Nr.,Nr.,Menge,Preis,Datum\n"
    rows = (
        f"{n},2024-03-{n + 1:02d},K{n % 5},A{n % 3},1,9.90,{f'2024-04-{n + 1:02d}' if n % 4 == 0 else ''}\n"
        for n in range(20)
    )
    found = Drafted(tmp_path, a_csv=header + "".join(rows))

    assert (found.lines["order_id"], found.lines["customer_id"], found.lines["product_id"]) == (
        "Nr. (1)",
        "Nr. (2)",
        "Nr. (3)",
    )
    assert found.yaml["returns"]["columns"]["returned_at"] == "Datum (2)"
    assert "the one before it groups its columns" in found.text


def test_files_of_other_columns_are_asked_and_those_of_other_orders_are_read_together(tmp_path: Path) -> None:
    lines = [f"{n},C{n % 5},A{n % 3},2024-03-{n + 1:02d},1,9.90\n" for n in range(20)]
    found = Drafted(
        tmp_path,
        orders_new_csv="Order No,Customer No,SKU,Order Date,Qty,Price\n" + "".join(lines),
        orders_old_csv="OrderNumber,CustomerId,ArticleNumber,Created,Quantity,UnitPrice\n" + "".join(lines[:9]),
        returns_a_csv="Order No,SKU,Qty,Return Date,Reason\n1,A1,1,2024-03-20,x\n",
        returns_b_csv="Return Date,Reason,Order No,SKU,Qty\n2024-03-20,x,2,A2,1\n",
        returns_c_csv="Order No,SKU,Qty,Return Date,Reason,Clerk No\n4,A1,1,2024-03-21,x,7\n",
    )

    assert "CHECK: not used is orders_old.csv (9 records, comma, UTF-8), which seems to hold order lines" in found.text
    assert found.yaml["files"]["returns"]["path"] == "returns_*.csv"
    assert "CHECK: some files alone have Clerk No, which is not read" in found.text
    assert "3 lines came back" in found.printed


def test_orders_and_heads_of_returns_are_joined_by_whichever_of_their_keys_the_rows_name(tmp_path: Path) -> None:
    days = range(1, 13)
    orders = "".join(f"{n},10{n},C{n % 3},2024-03-{n:02d},paid\n" for n in days)
    items = "".join(f"{n + 50},{n},A{n % 3},1,9.90\n" for n in days)
    memos = "".join(f"{n},{n * 2},2024-04-{n:02d}\n" for n in range(1, 5))
    rows = "".join(f"{n + 7},{n},{n * 2 + 50},1\n" for n in range(1, 5))
    found = Drafted(
        tmp_path,
        sales_order_csv="entity_id,increment_id,customer_id,created_at,status\n" + orders,
        sales_order_item_csv="item_id,order_id,sku,qty_ordered,price\n" + items,
        sales_creditmemo_csv="entity_id,order_id,created_at\n" + memos,
        sales_creditmemo_item_csv="entity_id,parent_id,order_item_id,qty\n" + rows,
    )

    files = found.yaml["files"]
    assert files["sales_order_item"]["join"] == {"sales_order": {"from": "order_id", "to": "entity_id"}}
    assert files["sales_creditmemo_item"]["join"] == {"sales_creditmemo": {"from": "parent_id", "to": "entity_id"}}
    assert found.yaml["returns"]["columns"]["returned_at"] == "created_at"
    assert "3 customers" in found.printed
    assert "4 lines came back" in found.printed
