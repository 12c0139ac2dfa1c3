"""No log that a setting names is forgotten where logs are gone through for persons."""

from pathlib import Path

from serving.privacy.person_logs import PersonLogs
from serving.settings import Settings


def test_every_log_that_a_setting_names_is_among_them_with_the_kind_of_its_files() -> None:
    named = {
        name: Path(name)
        for name, field in Settings.model_fields.items()
        if field.annotation is Path and (name.endswith("_log") or " log " in f"{field.description} ".replace(",", " "))
    }
    assert {"prediction_log", "shadow_log", "decision_log"} <= named.keys()

    found = PersonLogs.of(Settings().model_copy(update=named))

    assert sorted(found) == sorted(named.values())
    assert sorted(folder for _, folder in found.kinds) == sorted(named.values())
