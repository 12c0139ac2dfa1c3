"""How MLflow is called: quietly, with little patience, and with its errors in plain words.

Importing mlflow takes seconds, so that it happens inside the functions that need it.
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
from training.registry import store_address
from training.registry.store_address import safe

PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
"""MLflow itself would try an unreachable server for minutes; the user's own environment goes first."""
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}


def be_quiet() -> None:
    """Import mlflow with its warnings, progress bars, retries and telemetry turned down."""
    for key, value in {**PATIENCE, **QUIET}.items():
        os.environ.setdefault(key, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own modules, for whoever works on MLflow
        import mlflow  # noqa: F401 - it sets up its loggers when it is imported

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("mlflow.utils.environment").setLevel(
        logging.ERROR
    )  # it misses pip, which an environment may lack
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # each retry; their outcome is reported once
    logging.getLogger("alembic").setLevel(logging.WARNING)


@contextmanager
def plain_errors(uri: str) -> Iterator[None]:
    """Raise what MLflow, its database or the network say as one `UserError`."""
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
            else "correct MLFLOW_TRACKING_URI; a database of an older MLflow: mlflow db upgrade " + safe(uri)
        )
        raise UserError(expected=f"the tracking store {safe(uri)} to answer", found=text[:500], fix=fix) from error


def or_none(ask: Callable[[], Any]) -> Any:
    """Give what ``ask`` gives; None where MLflow says that there is no such thing."""
    from mlflow.exceptions import MlflowException

    try:
        return ask()
    except MlflowException as error:
        absent = error.error_code == "RESOURCE_DOES_NOT_EXIST" or re.search(r"alias .* not found", str(error))
        if absent:
            return None
        raise


@contextmanager
def current_store(uri: str) -> Iterator[None]:
    """Make ``uri`` the current store of this process for a while."""
    import mlflow

    before = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)  # type: ignore[arg-type]  # back to the environment: not in MLflow's hints
        if before is not None:
            os.environ["MLFLOW_TRACKING_URI"] = before
