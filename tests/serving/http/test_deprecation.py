"""A path that ends says so in the OpenAPI and in its answers; none does so at present."""

from collections.abc import Iterator
from datetime import date

import pytest

from serving.http.deprecation import deprecate
from serving.http.routes.model import get_model
from serving.http.routes.score import score
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts

SINCE, SUNSET = date(2027, 1, 31), date(2028, 1, 31)


@pytest.fixture
def asker() -> Iterator[Asker]:
    """A service of which two paths end."""
    for endpoint, instead in ((score, "/v2/score"), (get_model, "/v2/model")):
        deprecate(SINCE, SUNSET, instead)(endpoint)
    try:
        with Asker.of(FakeParts()) as asker:
            yield asker
    finally:
        for endpoint in (score, get_model):
            del endpoint.__dict__["deprecation"]


def test_its_answers_say_since_when_until_when_and_what_to_use_instead(asker: Asker) -> None:
    for answer, instead in ((asker.post("/v1/score"), "/v2/score"), (asker.get("/v1/model"), "/v2/model")):
        assert answer.status_code == 200
        assert answer.headers["deprecation"] == "@1801353600"
        assert answer.headers["sunset"] == "Mon, 31 Jan 2028 00:00:00 GMT"
        assert answer.headers["link"] == f'<{instead}>; rel="successor-version"'


def test_its_description_says_the_same(asker: Asker) -> None:
    paths = asker.get("/openapi.json").json()["paths"]

    ending = paths["/v1/score"]["post"]
    assert ending["deprecated"] is True
    assert "use `/v2/score`. It may be gone from 2028-01-31 on." in ending["description"]
    assert {"Deprecation", "Sunset", "Link"} <= ending["responses"]["200"]["headers"].keys()


def test_other_paths_say_nothing_of_an_end(asker: Asker) -> None:
    answer = asker.get("/v1/model/catalog")
    described = asker.get("/openapi.json").json()["paths"]["/v1/model/catalog"]["get"]

    assert not {"deprecation", "sunset", "link"} & answer.headers.keys()
    assert "deprecated" not in described


def test_an_end_is_announced_a_year_ahead_at_least() -> None:
    with pytest.raises(ValueError, match="expected 365 days of notice or more, found 364; fix: a later sunset"):
        deprecate(SINCE, date(2028, 1, 30), "/v2/score")
