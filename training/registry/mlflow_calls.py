"""Calls of MLflow: with few log lines, short timeouts, and one error of this project for its many.

Importing mlflow takes seconds, so the functions that need it import it.
"""

# ruff: noqa: PLC0415 - the import of mlflow takes seconds, which every other command would pay

import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from data.errors import UserError
from training.registry.store import address as store_address
from training.registry.store.address import safe

PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
"""Short timeouts: MLflow alone would try an unreachable server for minutes. Values in the environment win."""
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}


def be_quiet() -> None:
    """Import mlflow with fewer warnings and retries, and without progress bars and telemetry."""
    for key, value in {**PATIENCE, **QUIET}.items():
        os.environ.setdefault(key, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings on MLflow's own modules, for its developers
        import mlflow  # noqa: F401 - it sets up its loggers when it is imported

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("mlflow.utils.environment").setLevel(
        logging.ERROR
    )  # it misses pip, which an environment may lack
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # each retry; their outcome is reported once
    logging.getLogger("alembic").setLevel(logging.WARNING)


@contextmanager
def plain_errors(uri: str) -> Iterator[None]:
    """Raise each error of MLflow, its database or the network as one `UserError`."""
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, RequestException, SQLAlchemyError) as error:
        text = " ".join(str(error).replace(uri, safe(uri)).split())
        fix = (
            "start the server or correct MLFLOW_TRACKING_URI; without it, mlflow.db in the project's top is used"
            if store_address.is_server(uri)
            else "correct MLFLOW_TRACKING_URI; for a database of an older MLflow, run: mlflow db upgrade " + safe(uri)
        )
        raise UserError(expected=f"the tracking store {safe(uri)} to answer", found=text[:500], fix=fix) from error


def or_none(call: Callable[[], Any]) -> Any:
    """Return the result of ``call``; None where MLflow answers that the object does not exist."""
    from mlflow.exceptions import MlflowException

    try:
        return call()
    except MlflowException as error:
        absent = error.error_code == "RESOURCE_DOES_NOT_EXIST" or re.search(r"alias .* not found", str(error))
        if absent:
            return None
        raise


@contextmanager
def current_store(uri: str) -> Iterator[None]:
    """Make ``uri`` the current store of this process inside the context."""
    import mlflow

    before = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)  # type: ignore[arg-type]  # None means the environment; MLflow's type hints lack it
        if before is not None:
            os.environ["MLFLOW_TRACKING_URI"] = before
