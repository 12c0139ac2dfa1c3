import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from training.search.changes import difference, with_values

TEXT = """\
# Model
model:
  seed: 1                  # any whole number
  learning_rate: 0.05      # of each tree; above 0 to 1
  note: "a # in a text"

linear: {share: 0.25, lines: 100}  # both parts
"""


def test_a_value_changes_and_its_comment_keeps_its_column() -> None:
    after = with_values(TEXT, {"model.learning_rate": 0.0625, "model.seed": 12, "linear.share": 0.3})

    assert after == TEXT.replace("1       ", "12      ", 1).replace("0.05  ", "0.0625", 1).replace("0.25,", "0.3,")
    assert "learning_rate: 0.0625    # of each tree" in after


def test_the_difference_is_one_that_git_applies(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(TEXT)
    after = with_values(TEXT, {"model.learning_rate": 0.0625})
    (tmp_path / "params.diff").write_text(difference(TEXT, after))

    subprocess.run(["git", "apply", "params.diff"], cwd=tmp_path, check=True)

    assert (tmp_path / "params.yaml").read_text() == after
    assert [line[0] for line in difference(TEXT, after).splitlines()[3:]].count("+") == 1
    assert difference(TEXT, TEXT) == ""


@given(st.floats(1e-9, 1e9), st.integers(0, 10**9))
def test_what_is_written_is_what_is_read(rate: float, seed: int) -> None:
    read = yaml.safe_load(with_values(TEXT, {"model.learning_rate": rate, "model.seed": seed}))

    assert read == yaml.safe_load(TEXT) | {
        "model": {"seed": seed, "learning_rate": rate, "note": "a # in a text"},
    }


def test_the_projects_own_parameters_can_be_written() -> None:
    text = (Path(__file__).parents[3] / "params.yaml").read_text()

    after = with_values(text, {"model.num_leaves": 16, "linear.weight_variance": 0.0123})

    changed = [line for line in after.splitlines() if line not in text.splitlines()]
    assert [line.split("#")[0].strip() for line in changed] == ["num_leaves: 16", "weight_variance: 0.0123"]
    assert all(len(line) <= 120 for line in changed)


@pytest.mark.parametrize("path", ["model.sed", "model", "trees.seed"])
def test_a_path_without_a_value_is_one_message(path: str) -> None:
    with pytest.raises(UserError, match="a single value at"):
        with_values(TEXT, {path: 1})
