"""Lines at the end of a file that are no records are left out; records are none of them, however they are filled."""

import pytest

from data.drafting.layouts import footer
from data.sources.mapped.mapping.files import FileRule

FIRST_ROWS = "#0,paid,Visa,web,A,1\n#1,paid,Visa,web,A,1\n#2,paid,Visa,web,B,1\n#2,,,,C,1\n"
BLANK_ORDERS = FIRST_ROWS.replace("#2,,", ",,") + "#2b,paid,Visa,web,C,1\n"
NOTES = 'order,sku,price,note\n1,A,2.50,\n2,B,3.50,"left\nat, the\n\ndoor"\n'
RULE = FileRule(path="*")


def count(text: str, rule: FileRule = RULE) -> int:
    return footer.count(text.split("\n"), rule)


@pytest.mark.parametrize(
    "text",
    [
        FIRST_ROWS,
        FIRST_ROWS + "#3,paid,Visa,web,A,1\n#3,,,,B,1\n#3,,,,C,1\n",
        "#1,paid,Visa,web,A,1\n#2,paid,Visa,web,A,1\n#3,paid,Visa,web,B,1\n#3,,,,C,1\n#3,,,,B,1\n",
        BLANK_ORDERS + "#3,paid,Visa,web,A,1\n,,,,B,1\n,,,,C,1\n",
        NOTES,
        'order,sku,price,note\n1,A,2.50,\n2,B,3.50,"say ""hi"",\nplease"\n',
        '",x\n1,A,"",\n2,B,2,\n3,C,4.50,\n4,D,"",\n',
        "at, the\n" + 'door"\n3,C,4.50,\n4,D,4.50,\n',
    ],
)
def test_records_at_the_end_are_no_footer(text: str) -> None:
    assert count(text) == 0


@pytest.mark.parametrize(
    "end", ["Total,,,,,3\n", ",,,,,3\n", "3 records\n", "\n4 records, 5 pieces\n", "shop,,,,,\nTotal,,,,,3"]
)
@pytest.mark.parametrize("text", [FIRST_ROWS, BLANK_ORDERS, "#1,a,b,c,d,1\n#2,a,b,c,d,1\n"])
def test_totals_behind_the_records_are_counted(text: str, end: str) -> None:
    assert count(text + end) == len(end.strip("\n").split("\n"))


def test_a_footer_behind_a_cell_of_several_lines_is_counted_alone() -> None:
    assert count(NOTES + ",,6.00,\n") == 1


@pytest.mark.parametrize("number", [2, 3, 9])
def test_a_note_with_the_number_of_records_before_it_is_no_record_of_that_number(number: int) -> None:
    rows = "1;12-01;k1;A;1;2,50\n2;12-02;k2;B;1;2,50\n3;12-03;k3;C;1;2,50\n"
    assert count(f"{rows}{number};records downloaded;;;;\nseller;shop;;;;\n", FileRule(path="*", delimiter=";")) == 2


def test_a_first_column_of_one_value_makes_no_record_of_a_total() -> None:
    assert count("shop,1,A,x,y,2\nshop,2,B,x,y,3\nshop,,,,,5\n") == 1
