"""The shops of a service: each has the settings of its own folder, and no two have anything in common."""

import shutil
from pathlib import Path

import pytest

from data.errors import UserError
from data.identity import IdKey
from serving.settings import Settings
from serving.shops import FILE, Shop, shops_of
from tests.workspace import TOP
from training.costs import Costs

KEYS = {name: f"RETURN_RISK_ID_KEY='the key of the {name} shop'\n" for name in ("shoes", "toys")}


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folders with params.yaml and the shop's own key."""
    monkeypatch.delenv("RETURN_RISK_ID_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    for name, key in KEYS.items():
        Path(name).mkdir()
        shutil.copy(TOP / "params.yaml", name)
        Path(name, FILE).write_text(key)


def named(monkeypatch: pytest.MonkeyPatch, shops: str = "shoes=shoes,toys=toys") -> tuple[Shop, ...]:
    monkeypatch.setenv("RETURN_RISK_SHOPS", shops)
    return shops_of(Settings.from_environment())


def test_without_named_shops_a_service_serves_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETURN_RISK_STATE", "lmdb:elsewhere")
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "the key of the only shop")
    settings = Settings.from_environment()

    (shop,) = shops_of(settings)

    assert (shop.name, shop.settings) == (None, settings)
    assert shop.id_key() == IdKey(b"the key of the only shop", public=False)


def test_each_shop_has_the_settings_key_and_parameters_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETURN_RISK_PORT", "8123")
    Path("toys", FILE).write_text(
        KEYS["toys"] + "# a comment\nMLFLOW_TRACKING_URI=http://127.0.0.1:5000\nRETURN_RISK_MAX_AGE_ORDER_SECONDS=60\n"
        "RETURN_RISK_STATE=redis://127.0.0.1/3\nRETURN_RISK_PRODUCT_REPORT=/elsewhere/report\nRETURN_RISK_REVIEWS=\n"
    )
    file = Path("toys/params.yaml")
    file.write_text(file.read_text().replace("return_fixed_minor: ", "return_fixed_minor: 9"))

    shoes, toys = named(monkeypatch)

    assert (shoes.name, toys.name) == ("shoes", "toys")
    assert shoes.settings.state == f"lmdb:{tmp_path}/shoes/serving/var/state"
    assert toys.settings.state == "redis://127.0.0.1/3"
    assert [shop.settings.model_dir for shop in (shoes, toys)] == [
        tmp_path / name / "serving/var/models" for name in ("shoes", "toys")
    ]
    assert toys.settings.product_report == Path("/elsewhere/report")
    assert toys.settings.reviews == tmp_path / "toys/serving/var/reviews.sqlite"
    assert (shoes.settings.max_age_order_seconds, toys.settings.max_age_order_seconds) == (None, 60)
    assert (shoes.settings.port, toys.settings.port) == (8123, 8123)
    assert shoes.id_key().fingerprint != toys.id_key().fingerprint
    assert toys.params("costs", Costs).return_fixed_minor > 9 * shoes.params("costs", Costs).return_fixed_minor
    assert toys.seed == tmp_path / "toys/features/state"
    assert toys.environment["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5000"
    assert "RETURN_RISK_SHOPS" not in toys.environment  # its commands serve, renew and export this shop alone
    assert "key of" not in repr(toys)


@pytest.mark.parametrize(
    ("variable", "of_shoes", "of_toys"),
    [
        ("STATE", "lmdb:../one", "lmdb:../toys/../one"),
        ("STATE", "redis://:secret@host/0", "redis://host:6379"),
        ("MODEL_DIR", "../one", "../one"),
        ("PREDICTION_LOG", "/tmp/one", "/tmp/one"),
        ("PRODUCT_REPORT", "../one", "../one/."),
        ("REVIEWS", "../one", "../one"),
    ],
)
def test_two_shops_never_keep_anything_in_one_place(
    monkeypatch: pytest.MonkeyPatch, variable: str, of_shoes: str, of_toys: str
) -> None:
    for name, value in (("shoes", of_shoes), ("toys", of_toys)):
        Path(name, FILE).write_text(f"{KEYS[name]}RETURN_RISK_{variable}={value}\n")

    with pytest.raises(UserError) as error:
        named(monkeypatch)

    assert f"RETURN_RISK_{variable} of both" in error.value.found
    assert "secret" not in str(error.value)


def test_two_shops_never_have_one_champion(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        Path(name, FILE).write_text(f"{key}MLFLOW_TRACKING_URI=http://user:secret@127.0.0.1:5000\n")

    with pytest.raises(UserError, match="the model's name in the registry") as error:
        named(monkeypatch)
    file = Path("toys/params.yaml")
    file.write_text(file.read_text().replace("  model: return-risk", "  model: toys"))

    assert "secret" not in str(error.value)
    assert len(named(monkeypatch)) == 2


def test_two_shops_in_one_folder_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("link").symlink_to("shoes")

    with pytest.raises(UserError, match="the folder of both"):
        named(monkeypatch, "shoes=shoes,boots=link")


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("RETURN_RISK_PORT=1", "RETURN_RISK_PORT"),
        ("RETURN_RISK_STAET=lmdb:x", "RETURN_RISK_STAET"),
        ("RETURN_RISK_API_KEYS_FILE=keys", "RETURN_RISK_API_KEYS_FILE"),
        ("RETURN_RISK_MAX_AGE_ORDER_SECONDS=-1", "RETURN_RISK_MAX_AGE_ORDER_SECONDS = '-1'"),
    ],
)
def test_a_shop_sets_what_is_its_own_alone(monkeypatch: pytest.MonkeyPatch, lines: str, found: str) -> None:
    Path("toys", FILE).write_text(f"{KEYS['toys']}{lines}\n")

    with pytest.raises(UserError) as error:
        named(monkeypatch)

    assert found in error.value.found
    assert "toys/service.env" in str(error.value)


@pytest.mark.parametrize("variable", ["RETURN_RISK_STATE", "RETURN_RISK_ID_KEY", "RETURN_RISK_EXCHANGE_RATES"])
def test_the_environment_sets_nothing_that_each_shop_has_of_its_own(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "lmdb:a longer text")

    with pytest.raises(UserError) as error:
        named(monkeypatch)

    assert variable in error.value.found
    assert "a longer text" not in str(error.value)


def test_a_shop_without_a_folder_or_a_key_of_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"no params.yaml in .*/nowhere"):
        named(monkeypatch, "shoes=nowhere")
    Path("toys", FILE).unlink()
    with pytest.raises(UserError, match=r"RETURN_RISK_ID_KEY\s+found: no such file"):
        named(monkeypatch)
    Path("toys", FILE).write_text("# nothing\n")
    with pytest.raises(UserError, match=r"RETURN_RISK_ID_KEY\s+found: no such line"):
        named(monkeypatch)


@pytest.mark.parametrize("shops", ["shoes", "shoes=", "Shoes=x", "all=x", "a=x,a=y", "=x"])
def test_names_of_shops_are_clear(monkeypatch: pytest.MonkeyPatch, shops: str) -> None:
    with pytest.raises(UserError, match="RETURN_RISK_SHOPS"):
        named(monkeypatch, shops)
