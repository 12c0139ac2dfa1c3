"""What is asked against training, in the metrics."""

from dataclasses import replace
from math import isnan

from serving.http.telemetry import ShopTelemetry, Telemetry
from serving.scores import BasketScore, Unusual
from tests.serving.fakes import FakeParts, line_score
from tests.serving.http.routes.test_health import figures
from tests.serving.scoring.test_asked import ASKED, LINE

BASKET = BasketScore((line_score(LINE), line_score(LINE)), "3", None)


def test_lines_are_counted_by_what_is_unusual_about_them_and_shares_of_training_stand_beside():
    fakes, everything = FakeParts(), Telemetry()
    telemetry = ShopTelemetry(everything)
    fakes.serve(asked=ASKED)

    telemetry.scored(
        [replace(BASKET, unusual=Unusual(("color", "color"), ("payment_method",), ("price_minor",)))] * 2, {}
    )
    telemetry.scored([replace(BASKET, unusual=Unusual()), BASKET], {})
    telemetry.sample(fakes.parts())
    telemetry.sample(fakes.parts())  # counts nothing twice
    found = figures(everything.text().decode())

    assert found["return_risk_lines_compared_total"] == 6  # the model of the last basket compares nothing
    assert found['return_risk_lines_lacking_total{field="color"}'] == 4
    assert found['return_risk_labels_unseen_total{field="payment_method"}'] == 2
    assert found['return_risk_out_of_range_total{figure="price_minor"}'] == 2
    assert found['return_risk_training_lacking{field="color"}'] == 0.1
    assert found['return_risk_training_unseen{field="payment_method"}'] == 0
    assert found['return_risk_training_out_of_range{figure="price_minor"}'] == 0.002
    assert found['return_risk_training_unknown{what="customer"}'] == 0.1


def test_shares_that_the_next_model_does_not_have_go():
    fakes, everything = FakeParts(), Telemetry()
    telemetry = ShopTelemetry(everything)
    fakes.serve(asked=ASKED)
    telemetry.sample(fakes.parts())

    fakes.serve(asked=replace(ASKED, fields={"color": replace(ASKED.fields["color"], lacking=0.3)}))
    telemetry.sample(fakes.parts())
    found = figures(everything.text().decode())

    assert found['return_risk_training_lacking{field="color"}'] == 0.3
    assert isnan(found['return_risk_training_lacking{field="customer_id"}'])


def test_fields_that_no_training_line_lacked_have_a_count_from_the_start():
    fakes, everything = FakeParts(), Telemetry()
    telemetry = ShopTelemetry(everything)
    fakes.serve(asked=ASKED)

    telemetry.sample(fakes.parts())

    # A counter that first appears with its first line has no rate over that line: Prometheus needs the 0 before it.
    found = figures(everything.text().decode())
    assert found['return_risk_lines_lacking_total{field="payment_method"}'] == 0
    assert found['return_risk_labels_unseen_total{field="payment_method"}'] == 0
    assert found['return_risk_out_of_range_total{figure="quantity"}'] == 0
