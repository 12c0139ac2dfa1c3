"""Hands the state of the last run to the running service, without a restart and without losing an event.

``python -m serving.renew`` is a step of ``make retrain`` and of ``make level``. Where no service has run yet, there is
nothing to do: its start loads the state of the last run.
"""

import argparse
import time

from data import params
from data.errors import UserError
from data.identity import key_from_environment
from data.logs import log
from data.pseudonyms.pseudonyms import pseudonyms_of
from data.stage import run
from data.validation.params import ValidationParams
from features.online_state.contents import StateContents, is_read_from
from features.online_state.records import StateAbout
from features.online_state.seed_file import read_about
from features.recipe import Recipe
from features.stores.store import StoreError
from serving.model.folder import Pointer
from serving.process.file_rights import keep_from_others
from serving.settings import Settings
from serving.state.home import StateHome
from training.model.bundle import Bundle

LOOK_SECONDS = 1.0
POLLS = 3
"""So many polls of the registry are waited for, until the service has the champion of the last run."""


def main() -> None:
    """Renew the state in the store that the settings name.

    Raises
    ------
    UserError
        There is no seed; or it can't replace the present state; or the served model counts by other features.
    """
    keep_from_others()
    argparse.ArgumentParser(prog="python -m serving.renew", description=__doc__).parse_args()
    settings = Settings.from_environment()
    pseudonyms = pseudonyms_of(key_from_environment(warn=False), settings.customer_keys)
    max_delay_days = params.load("validation", ValidationParams).max_delay_days
    home = StateHome(settings.state, max_delay_days, pseudonyms=pseudonyms, silence=settings.silence)
    try:
        if home.served() is None:
            log.info("no service has used this store yet: its start loads the state of the last run")
            return
        wait_for_model(settings, read_about(home.seed), POLLS * settings.registry_poll_seconds)
        log.info("the service has the state of the last run" if home.renew() else "the service had this state already")
    except StoreError as error:
        raise UserError(
            expected="the store of the online state (RETURN_RISK_STATE) to answer",
            found=str(error),
            fix="look at the store; then run this again: python -m serving.renew",
        ) from None


def wait_for_model(settings: Settings, seed: StateAbout, seconds: float) -> None:
    """Wait until the model that the service follows counts by the features of the seed.

    Raises
    ------
    UserError
        It does not after ``seconds``: the champion is another one, or no service runs.
    """
    until = time.monotonic() + seconds
    while not _fits(settings, seed):
        if time.monotonic() > until:
            raise UserError(
                expected="the served model to count by the same features as the state of the last run",
                found="other features, and no new champion with these",
                fix="see why with `make champion`. The service goes on with model and state as they are. Where the new"
                " features are to be served all the same, restart it",
            )
        time.sleep(LOOK_SECONDS)


def _fits(settings: Settings, seed: StateAbout) -> bool:
    pointer = Pointer.read(settings.model_dir)
    if pointer is None:
        return True
    recipe = Recipe.from_json(Bundle.load(settings.model_dir / pointer.folder).recipe)
    return is_read_from(StateContents(recipe).digest, seed.state_digest)


if __name__ == "__main__":
    run(main)
