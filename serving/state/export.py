"""The shop's tables as they are by now: those of the last run or snapshot, and what events changed since."""

from pathlib import Path

from data import params
from data.errors import UserError
from data.logs import log
from data.pseudonyms.customer_keys import CustomerKeys
from data.pseudonyms.pseudonyms import Pseudonyms
from data.sources import snapshot
from data.sources.params import DataParams
from data.tables import RAW, VALIDATED
from data.times import iso, now_us
from data.validation.params import ValidationParams
from features.exporting.export import Base, Exported, export
from features.online_state import restore
from features.params import FeatureParams
from features.stores.store import Store, StoreError
from serving.state.home import StateHome, check_identity

SNAPSHOTS = Path("data/snapshots")


def snapshot_folder(data: DataParams) -> Path:
    """The folder of the snapshot: ``data.path`` for source events, else one that is named after the shop."""
    return data.path if data.source == "events" else SNAPSHOTS / data.shop


def base_of(out: Path, validated: Path = VALIDATED, raw: Path = RAW) -> Base:
    """The tables to start from: the snapshot in ``out``, or, where there is none yet, those of the last run.

    Raises
    ------
    UserError
        There is neither.
    """
    if (out / snapshot.FILE).exists():
        return Base(out, snapshot.read(out))
    log.info("there is no snapshot in %s yet: it begins with the tables of the last run", out)
    return Base(validated, snapshot.of_run(raw))


def write(home: StateHome, base: Base, out: Path, pseudonyms: Pseudonyms | None = None) -> Exported:
    """Export what the served state knows into ``out``.

    ``pseudonyms``: where customers have secrets, orders of those who have none any more are nobody's. None: the tables
    are for a moment, and orders stay whose they are.

    Raises
    ------
    UserError
        As `features.exporting.export.export`; or the store can't be read.
    """
    now = now_us()
    try:
        with home.reading() as store:
            return _exported(store, home, base, out, now, pseudonyms)
    except StoreError as error:
        raise UserError(
            expected="the online state that the service keeps (RETURN_RISK_STATE names its store)",
            found=str(error),
            fix="start the service once (make serve), or set RETURN_RISK_STATE as for the service",
        ) from None


def _exported(
    store: Store, home: StateHome, base: Base, out: Path, now: int, pseudonyms: Pseudonyms | None
) -> Exported:
    about = restore.current(store)
    living = None
    if isinstance(pseudonyms, CustomerKeys) and about is not None and about.id_key is not None:
        check_identity(about, pseudonyms)
        living = pseudonyms.living()
    done = export(store, base, out, now, home.max_delay_days, params.load("features", FeatureParams), living)
    log.info("every event that was answered before %s is in the tables", iso(now))
    return done


def max_delay_days() -> int:
    """`validation.max_delay_days` of params.yaml."""
    return params.load("validation", ValidationParams).max_delay_days
