from training.evaluation.metrics import UndefinedMetricError
from training.evaluation.undefined import Attempts, Undefined


def halved(number: int) -> float:
    if number == 0:
        raise UndefinedMetricError("nothing to halve")
    return number / 2


def test_a_value_is_given_and_what_has_none_is_noted_under_each_of_its_paths() -> None:
    attempts = Attempts()
    assert attempts.value("test.half", halved, 3) == 1.5
    assert attempts.value(("test.low", "test.high"), halved, number=0) is None
    expected = [Undefined("test.low", "nothing to halve"), Undefined("test.high", "nothing to halve")]
    assert attempts.undefined == expected
