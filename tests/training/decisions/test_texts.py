from tests.training.decisions.examples import COSTS, action, basket, line, policy
from training.decisions.choosing import Chooser
from training.decisions.texts import advise

SURE = {"returns": {"mean": -0.1, "spread": 0}, "source": "a test"}


def test_texts_have_the_figures_of_the_line_that_is_likeliest_to_come_back() -> None:
    text = "{other_size} instead of {size}: {percent_then} instead of {percent} in a hundred"
    act = action(
        lines={"other_size": True}, effects=SURE, texts={"en": text, "de": "von {percent}", "zh": "{other_size} 码"}
    )
    of = basket(line(0.3, size="s", other_size=("m", 0.2)), line(0.456, size="m", other_size=("l", 0.31)))
    chosen = Chooser(policy(act), COSTS).choose(of).chosen

    assert chosen is not None
    advice = advise(chosen, of)
    assert advice.texts == {"en": "L instead of M: 31 instead of 46 in a hundred", "de": "von 46", "zh": "L 码"}
    assert advice.size == "l"


def test_a_bracket_names_its_sizes_and_advises_none() -> None:
    texts = {"en": "you chose {sizes}", "de": "x", "zh": "x"}
    act = action(lines={"bracket": "size"}, effects=SURE, texts=texts)
    of = basket(line(size="s"), line(size="l"), line(product="p2", size="xl"))
    chosen = Chooser(policy(act), COSTS).choose(of).chosen

    assert chosen is not None
    assert advise(chosen, of).texts["en"] == "you chose S, L"
    assert advise(chosen, of).size is None
