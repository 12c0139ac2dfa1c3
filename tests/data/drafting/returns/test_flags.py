"""Which values of a flag mean that a line came back, and with how many pieces."""

from pathlib import Path

from tests.data.drafting.files import Drafted, orders

STATES = ("Delivered", "Returned", "Partially returned", "Return requested")


def test_by_a_value_of_a_part_nobody_knows_what_came_back(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders("qty,item status", lambda n: f"2,{STATES[n % 4]}"))

    flag = found.yaml["returns"]["flag"]
    assert (flag["returned"], flag["kept"]) == (["Returned"], ["Delivered"])
    assert set(flag["unknown"]) == {"Partially returned", "Return requested"}
    assert "how many pieces came back is not known" in found.text


def test_a_flag_of_numbers_counts_the_pieces_that_came_back(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders("ordered,returned", lambda n: f"3,{n % 4}"))

    assert found.yaml["returns"]["flag"] == {"column": "returned", "returned": ["1", "2", "3"], "kept": ["0"]}
    assert found.yaml["returns"]["columns"] == {"quantity": "returned"}
    assert "18 lines came back" in found.printed


def test_the_second_of_two_states_may_be_that_of_the_line(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders("status,qty,line status", lambda n: f"complete,1,{STATES[n % 2]}"))

    assert found.yaml["returns"]["flag"]["column"] == "line status"


def test_rows_with_a_negative_price_undo_the_sale_of_their_order(tmp_path: Path) -> None:
    sold = orders("qty", lambda _: "1")
    back = "3,K3,A6,2024-03-20 10:00,-9.90,1\n5,K0,A3,2024-03-21 10:00,-9.90,1\n"
    found = Drafted(tmp_path, a_csv=sold + back)

    assert found.yaml["returns"]["rows"] == {"column": "price", "below": "0"}
    assert "2 lines came back" in found.printed
