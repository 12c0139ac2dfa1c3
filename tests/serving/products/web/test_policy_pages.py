"""The pages of the policy as a browser without scripts gets them."""

import csv
import html
import io
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from data.params import PARAMS_FILE
from serving.api_keys import new_key
from serving.http.guards.key_ring import Scope
from serving.products.policy import views
from serving.products.policy.child import RESULT, Request, answer
from serving.products.policy.runs import Runs
from serving.products.policy.scenarios import Run
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts
from tests.training.decisions.learning.drawn_history import ACTIONS, KINDS, draw_history
from tests.training.decisions.learning.drawn_log import PARAMS
from tests.training.decisions.replay import small_table
from training.decisions.learning.pooled_effects import learn_pooled
from training.decisions.learning.stored_effects import save
from training.decisions.texts import read_usable

FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
FASHION = Path("data/policies/fashion.yaml").resolve()


def at_once(runs: Runs, key: str, request: Request) -> None:
    """Replay in this process, before the page."""
    if runs.scenarios.begin(key, 0, 10**9):
        runs.scenarios.say(key, Run(RESULT.dump_json(answer(request)).decode(), "", 0, 0, 0))


@pytest.fixture(autouse=True)
def replayed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runs, "start", at_once)
    monkeypatch.setattr("serving.products.policy.child._progress", lambda *_: None)


@pytest.fixture(scope="module")
def baskets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_table.write(
        tmp_path_factory.mktemp("replay") / "replay", small_table.about(kept_baskets=50, kept_units=20)
    )


@pytest.fixture
def places(baskets: Path, tmp_path: Path) -> dict[str, Any]:
    return {
        "policy_replay": baskets, "policy_scenarios": tmp_path / "scenarios.sqlite", "product_report": tmp_path,
        "reviews": tmp_path / "reviews.sqlite", "sessions": tmp_path / "sessions.sqlite",
        "learned_effects": tmp_path / "learned",
    }  # fmt: skip


@pytest.fixture
def asker(places: dict[str, Any]) -> Iterator[Asker]:
    with Asker.of(FakeParts(), **places) as asker:
        yield asker


def text_of(answer_: httpx.Response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", answer_.text.replace("<wbr>", ""))))


def fields(page: httpx.Response) -> dict[str, list[str]]:
    """What a browser would send of the form of numbers."""
    form = re.search(r'<form class="panel policy".*?</form>', page.text, re.DOTALL)
    assert form is not None
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        named = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if named.get("type") != "checkbox" or " checked" in tag:
            sent.setdefault(named["name"], []).append(html.unescape(named.get("value", "")))
    return sent


def send(asker: Asker, path: str, sent: dict[str, Any], **headers: str) -> httpx.Response:
    return asker.ask("POST", path, data=sent, headers=FROM_HERE | headers)


def tried(asker: Asker, **typed: str) -> httpx.Response:
    """Send the form of the running policy with other values; names have __ for a dot."""
    sent = fields(asker.get("/products/policy"))
    return send(asker, "/products/policy", {**sent, **{name.replace("__", "."): text for name, text in typed.items()}})


def digest_of(answer_: httpx.Response) -> str:
    assert answer_.status_code == 303
    return answer_.headers["location"].rpartition("=")[2]


@pytest.mark.parametrize(("tag", "word"), [("en", "Try a policy on past baskets"), ("zh-CN", "用过去的购物车试用策略")])
def test_the_running_policy_is_replayed_in_both_languages(asker, tag, word):
    page = asker.get("/products/policy", headers={"Accept-Language": tag})

    assert page.status_code == 200
    assert word in text_of(page)
    assert page.text.count('class="tile"') == 4
    assert "size_advice" in page.text
    assert "P-1" not in text_of(page)  # no basket and no customer is shown by itself


def test_a_form_that_is_sent_as_it_is_leads_back_to_the_running_policy(asker):
    answer_ = tried(asker)
    page = asker.get(answer_.headers["location"])

    assert "This is the running policy." in text_of(page)
    assert "What is other than in the running policy" not in page.text


def test_moved_values_lead_to_a_page_of_their_own_that_says_what_is_other(asker):
    page = asker.get(tried(asker, level="0.6", costs__margin_share="0.5").headers["location"])

    assert page.status_code == 200
    assert "level 0.9 0.6" in text_of(page)
    assert "costs.margin_share 0.4 0.5" in text_of(page)
    assert 'value="0.6"' in page.text
    assert "interval: " in text_of(page)


def test_other_arms_are_replayed_with_their_shares_and_a_file_that_the_running_policy_does_not_name_is_not_read(asker):
    base = fields(asker.get("/products/policy"))["base"][0]
    whole = yaml.safe_load(FASHION.read_text(encoding="utf-8"))
    whole |= {
        "holdout_share": 0.1, "exploration": {"share": 0.3, "method": "uniform"},
        "challengers": [
            {"name": "learned_v1", "share": 0.2, "learned": "learned_v2"},
            {"name": "other", "share": 0.1, "policy": "/etc/other.yaml"},
        ],
    }  # fmt: skip
    sent = send(asker, "/products/policy", {"base": base, "yaml": yaml.safe_dump(whole)})
    page = text_of(asker.get(sent.headers["location"]))

    for arm, share in (("holdout", 10), ("exploration", 30), ("learned_v1", 20), ("other", 10), ("policy", 30)):
        assert re.search(rf"{arm} {share}\.0% drawn: \d+\.\d%", page)
    assert "exploration : draws among nothing and all actions that fit" in page
    assert re.search("learned_v1 : chooses by the learned effects learned_v2 ?; these effects are missing", page)
    assert re.search("other : chooses by the policy /etc/other.yaml ?; that file is not one that the running", page)
    assert re.search(r"challengers\.learned_v1 . learned_v1", page)
    assert "as the service draws them" not in asker.get("/products/policy").text


def test_effects_of_exploration_are_named_and_a_replay_without_them_is_made_again_once_they_are_there(asker, places):
    whole = yaml.safe_load(FASHION.read_text(encoding="utf-8"))
    whole["exploration"] = {"share": 0.3, "method": "uniform", "learned": "learned_v1"}
    base = fields(asker.get("/products/policy"))["base"][0]
    sent = send(asker, "/products/policy", {"base": base, "yaml": yaml.safe_dump(whole)})

    def said() -> str:
        found = re.search(r"exploration : (draws [^.]*)", text_of(asker.get(sent.headers["location"])))
        assert found is not None
        return found[1]

    named = "draws among nothing and all actions that fit, by the learned effects learned_v1"
    assert re.match(f"{named} ?; these effects are missing", said())
    drawn = draw_history(1500, 1)
    known = drawn.customers.set_axis(["shown_before", "dismissed_before"], axis=1)
    beliefs = dict.fromkeys(ACTIONS, 0.1)
    save(
        learn_pooled(replace(drawn, customers=known), KINDS, beliefs, PARAMS), places["learned_effects"] / "learned_v1"
    )
    assert said().startswith(named)
    assert "these effects" not in said()


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("actions.size_advice.effects.returns.SIZE_TOO_SMALL.mean", "5", "expected a relative change from -1 to 1"),
        ("per_customer.most", "-1", "expected a whole number, 1 or more"),
        ("level", "0.5", "expected more than 0.5"),
        ("costs.return_fixed_minor", "<b>", "expected money"),
    ],
)
def test_a_wrong_value_is_said_at_its_field_and_stays_typed(asker, name, typed, message):
    page = tried(asker, **{name: typed})

    assert page.status_code == 422
    marked = f'name="{name}" value="{html.escape(typed)}" aria-invalid="true" aria-describedby="error-{name}"'
    assert marked in page.text
    said = re.search(rf'id="error-{re.escape(name)}">([^<]*)<', page.text)
    assert said is not None
    assert message in html.unescape(said[1])
    assert f'href="#field-{name}"' in page.text
    assert f'id="field-{name}"' in page.text


def test_broken_yaml_is_said_at_its_field_and_stays_typed(asker):
    page = send(asker, "/products/policy", {"base": "", "yaml": "name: [a\nlevel: 3"})

    assert page.status_code == 422
    assert "name: [a" in page.text
    assert re.search(r'id="error-yaml">expected YAML in line \d', page.text)


def test_conditions_on_features_that_there_are_not_are_refused(asker):
    content = yaml.safe_load(FASHION.read_text(encoding="utf-8"))
    content["actions"][0]["lines"]["features"] = {"customer_age": {"least": 18}, "customer_lines": {"least": 1}}
    page = send(asker, "/products/policy", {"base": "", "yaml": yaml.safe_dump(content)})

    assert page.status_code == 422
    assert "found customer_age" in text_of(page)


def test_a_scenario_is_saved_listed_compared_and_exported(asker, tmp_path):
    digest = digest_of(tried(asker, level="0.6"))

    saved = send(asker, "/products/policy/save", {"scenario": digest, "name": "Bolder <i>"})
    page = asker.get(saved.headers["location"])
    running = fields(asker.get("/products/policy"))["base"][0]
    compared = asker.get(f"/products/policy/compare?scenario={running}&scenario={digest}")
    rows = list(csv.DictReader(io.StringIO(
        asker.get(f"/products/policy/compare.csv?scenario={running}&scenario={digest}").content.decode("utf-8-sig")
    )))  # fmt: skip
    exported = asker.get(f"/products/policy/yaml?scenario={digest}")

    assert "Saved." in text_of(page)
    assert "Bolder &lt;i&gt;" in page.text
    assert "the running policy" in text_of(compared)
    assert text_of(compared).count("interval") == 0
    assert [row["scenario"] for row in rows if not row["action"]] == ["fashion_start", "Bolder <i>"]
    each = 1 + len(read_usable(FASHION).policy.actions)
    assert len(rows) == 2 * each
    assert float(rows[each]["difference_eur"]) == pytest.approx(
        float(rows[each]["profit_eur"]) - float(rows[0]["profit_eur"]), abs=0.02
    )
    assert exported.headers["content-disposition"] == 'attachment; filename="fashion_start.yaml"'
    (tmp_path / "policy.yaml").write_bytes(exported.content)
    read = read_usable(tmp_path / "policy.yaml").policy
    assert read == read_usable(FASHION).policy.model_copy(update={"level": 0.6})
    assert "Bolder <i>, saved by local on" in exported.text.splitlines()[0]


@pytest.fixture
def own_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the running policy, for a test to change."""
    shutil.copy(PARAMS_FILE, tmp_path)
    shutil.copytree(FASHION.parent, tmp_path / "data/policies")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data/policies/fashion.yaml"


def test_a_link_to_a_comparison_with_the_running_policy_holds_once_another_runs(places, own_policy):
    with Asker.of(FakeParts(), **places) as asker:
        running = fields(asker.get("/products/policy"))["base"][0]
    own_policy.write_text(own_policy.read_text(encoding="utf-8").replace("holdout_share: 0.1", "holdout_share: 0.2"))
    with Asker.of(FakeParts(), **places) as asker:
        now = fields(asker.get("/products/policy"))["base"][0]
        compared = asker.get(f"/products/policy/compare?scenario={running}")

    assert now != running
    assert compared.status_code == 200
    assert "holdout_share" in text_of(compared)


def test_a_comparison_of_what_was_forgotten_says_how_to_go_on(asker):
    page = asker.get(f"/products/policy/compare?scenario={'0' * 16}")

    assert page.status_code == 422
    assert "take this one out of the address" in text_of(page)


def test_the_running_policy_can_be_saved_too(asker):
    running = fields(asker.get("/products/policy"))["base"][0]

    assert send(asker, "/products/policy/save", {"scenario": running, "name": "Before"}).status_code == 303


def test_a_name_that_is_none_is_said_at_its_field(asker):
    page = send(asker, "/products/policy/save", {"scenario": digest_of(tried(asker, level="0.6")), "name": " "})

    assert page.status_code == 422
    assert 'id="error-name">expected a name' in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/products/policy?scenario=0123456789abcdef", 404),
        ("/products/policy?scenario='--", 404),
        ("/products/policy/yaml?scenario=0123456789abcdef", 404),
        ("/products/policy/compare", 422),
        ("/products/policy/compare?scenario=0123456789abcdef", 422),
        ("/products/policy/compare?" + "&".join(f"scenario={number}" for number in range(5)), 422),
        ("/products/policy?other=1", 422),
    ],
)
def test_scenarios_that_there_are_not_get_a_page(asker, path, status):
    assert asker.get(path).status_code == status


def test_a_form_on_a_scenario_that_was_forgotten_says_so(asker):
    page = send(asker, "/products/policy", {"base": "0" * 16, "level": "0.6"})

    assert page.status_code == 404
    assert "was forgotten" in text_of(page)


def test_while_baskets_are_replayed_the_page_says_how_far_it_is_and_loads_again(asker, monkeypatch):
    def begun(runs: Runs, key: str, _: Request) -> None:
        runs.scenarios.begin(key, 0, 10**9)
        runs.scenarios.say(key, Run("", "", 50, 200, 0))

    monkeypatch.setattr(Runs, "start", begun)
    page = asker.get("/products/policy")

    assert "25% done" in text_of(page)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page.text


def test_a_replay_that_failed_is_begun_again_when_it_is_sent_again(asker, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(Runs, "start", lambda runs, key, _: runs.scenarios.say(key, Run("", "no memory", 0, 0, 0)))
        assert "no memory" in asker.get("/products/policy").text
    assert "no memory" in asker.get("/products/policy").text

    assert "no memory" not in asker.get(tried(asker).headers["location"]).text


def test_readers_try_and_reviewers_save(places, tmp_path):
    file = tmp_path / "keys.json"
    keys = {scope: new_key(file, scope.value, [scope]) for scope in Scope}
    with Asker.of(FakeParts(), api_keys_file=file, **places) as asker:
        as_reader, as_reviewer = ({"X-API-Key": keys[scope]} for scope in (Scope.READ, Scope.REVIEW))
        page = asker.get("/products/policy", headers=as_reader)
        sent = {**fields(page), "level": "0.6"}
        digest = digest_of(send(asker, "/products/policy", sent, **as_reader))
        save = {"scenario": digest, "name": "Bolder"}

        assert "Save this scenario as" not in page.text
        assert asker.get("/products/policy").status_code == 303
        assert send(asker, "/products/policy/save", save, **as_reader).status_code == 403
        assert send(asker, "/products/policy/save", save, **as_reviewer).status_code == 303
        assert "· review" in asker.get("/products/policy", headers=as_reader).text


def test_a_page_of_another_site_can_not_send_the_form(asker):
    sent = fields(asker.get("/products/policy"))
    foreign = asker.ask("POST", "/products/policy", data=sent, headers={**FROM_HERE, "Sec-Fetch-Site": "cross-site"})

    assert foreign.status_code == 403


def test_without_baskets_the_page_says_how_to_make_them(places, tmp_path):
    with Asker.of(FakeParts(), **{**places, "policy_replay": tmp_path / "none"}) as asker:
        page = asker.get("/products/policy")

    assert page.status_code == 503
    assert "dvc repro replay" in text_of(page)


def test_a_shop_without_a_policy_begins_with_an_example(places, tmp_path, monkeypatch):
    content = yaml.safe_load(PARAMS_FILE.read_text(encoding="utf-8"))
    content["decisions"]["policy"] = None
    (tmp_path / PARAMS_FILE).write_text(yaml.safe_dump(content))
    shutil.copytree(FASHION.parent, tmp_path / "data/policies")
    monkeypatch.chdir(tmp_path)
    with Asker.of(FakeParts(), **places) as asker:
        page = asker.get("/products/policy")

    assert "The shop has no policy" in text_of(page)
    assert "More than doing nothing" in text_of(page)


def test_a_running_policy_that_is_broken_is_named_with_its_fix(places, tmp_path, monkeypatch):
    shutil.copy(PARAMS_FILE, tmp_path)
    shutil.copytree(FASHION.parent, tmp_path / "data/policies")
    (tmp_path / "data/policies/fashion.yaml").write_text("name: [")
    monkeypatch.chdir(tmp_path)
    with Asker.of(FakeParts(), **places) as asker:
        page = asker.get("/products/policy")

    assert page.status_code == 503
    assert "fashion.yaml to be YAML" in text_of(page)


def test_one_link_of_the_menu_is_the_current_page(asker):
    running = fields(asker.get("/products/policy"))["base"][0]
    for path in ("/products/policy", f"/products/policy/compare?scenario={running}"):
        links = re.findall(r'<a href="([^"]+)" aria-current="page"', asker.get(path).text)
        assert links == ["/products/policy"]


def test_a_scenario_of_a_policy_that_the_code_no_longer_takes_is_gone(asker, places):
    digest = digest_of(tried(asker, level="0.6"))
    with sqlite3.connect(places["policy_scenarios"]) as database:
        database.execute("UPDATE contents SET content = replace(content, 'holdout_share', 'holdout')")

    assert asker.get(f"/products/policy?scenario={digest}").status_code == 404
    assert views.GONE in text_of(asker.get(f"/products/policy?scenario={digest}"))
