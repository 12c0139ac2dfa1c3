import json
import logging

import pytest

from serving.process import logs


@pytest.fixture
def formatter() -> logs.JsonFormatter:
    return logs.JsonFormatter()


def record(**more: object) -> logging.LogRecord:
    content = {"name": "return_risk", "levelname": "WARNING", "msg": "the store is %s", "args": ("gone",)}
    return logging.makeLogRecord({**content, "created": 1_700_000_000.5, **more})


def test_a_record_is_one_line_of_json(formatter: logs.JsonFormatter) -> None:
    line = formatter.format(record(msg="two\nlines of %s"))

    content = json.loads(line)
    assert "\n" not in line
    assert content.pop("process") > 0
    assert content == {
        "time": "2023-11-14T22:13:20.500000+00:00",
        "level": "warning",
        "logger": "return_risk",
        "message": "two\nlines of gone",
    }


def test_of_an_exception_its_type_and_place_are_told_and_not_its_message(formatter: logs.JsonFormatter) -> None:
    try:
        dict[str, str]()["customer 4711"]
    except KeyError as error:
        line = formatter.format(record(exc_info=(KeyError, error, error.__traceback__)))

    content = json.loads(line)
    assert content["error"] == "KeyError"
    assert content["raised_at"][-1].partition(":")[0] == __file__
    assert "4711" not in line


def test_everything_from_the_level_on_is_logged_in_place_of_what_was_set_up_before(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging, "root", logging.RootLogger(logging.WARNING))
    logging.root.addHandler(logging.NullHandler())

    logs.set_up("info")
    logging.root.info("heard")
    logging.root.debug("not heard")

    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "heard"
    assert len(logging.root.handlers) == 1
