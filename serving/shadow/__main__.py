"""Shows how the version in shadow stands against the champion: ``python -m serving.shadow``, or ``make shadow``.

With ``--act`` it also does what follows: promotion, rollback, or the end of the shadow. A running service does that
every RETURN_RISK_SHADOW_EVERY_SECONDS. docs/how-to/shadow-and-retraining.md says how to read it.
"""

import argparse
import os
from typing import Final

from data.errors import UserError
from data.number_format import ENGLISH
from data.stage import run
from data.times import utc_now
from serving.model.folder import Challenger, ShadowLook, ShadowStatus
from serving.process.file_rights import keep_from_others
from serving.settings import Settings
from serving.shadow.judge import Judge
from training.registry import mlflow_registry

NICE: Final = 19
NEXT: Final = {
    "wait": "it goes on; the service looks again {often}",
    "promote": "it becomes champion, and the champion goes on in shadow",
    "roll back": "it becomes champion again",
    "dismiss": "its shadow ends",
}


def main() -> None:
    """Look once by the settings.

    Raises
    ------
    UserError
        No version is in shadow, or nothing can be told of it.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.shadow", description=__doc__)
    parser.add_argument("--act", action="store_true", help="do what follows, unless shadow.act is false")
    parser.add_argument("--beside", action="store_true", help="stand back behind the service")
    given = parser.parse_args()
    if given.beside:
        os.nice(NICE)
    settings = Settings.from_environment()
    found = Judge.of(settings, mlflow_registry.connect()).look(act=given.act)
    if found.problem is not None:
        raise UserError(
            expected="a version in shadow whose losses can be compared with the champion's",
            found=found.problem,
            fix="see docs/how-to/shadow-and-retraining.md",
        )
    print(shown(found, settings))


def shown(found: ShadowLook, settings: Settings) -> str:
    """Lay a look out, one fact a line."""
    pointer, status = Challenger.read(settings.model_dir), ShadowStatus.read(settings.model_dir)
    number = ENGLISH.number
    facts = {"in shadow": f"version {found.version}, {found.role}; the champion is version {found.champion}"}
    if pointer is not None and pointer.version == found.version:
        facts["since"] = f"{pointer.entered_at:%Y-%m-%d %H:%M} UTC, {(utc_now() - pointer.entered_at).days} days"
    if status is not None and status.version == found.version:
        scored, late = number(status.scored), number(status.late)
        facts["scored"] = f"{scored} lines since its process started; {late} came too late"
        if status.refusal is not None:
            facts["refused"] = status.refusal
    lines, waiting = number(found.lines), number(found.open_lines)
    facts["compared"] = f"{lines} lines of closed return windows, over {found.days:.0f} days; {waiting} wait"
    if found.mean is not None:
        facts["difference"] = f"{found.mean:+.5f} nats a line ({found.low:+.5f} to {found.high:+.5f}); below 0: better"
        facts["evidence"] = f"e-value {found.e_value:.3g} of {found.needed:.3g}"
    facts["what follows"] = f"{found.act}: {found.why}"
    done = "done: " if found.acted else ""
    facts["next"] = done + NEXT[str(found.act)].format(often=_often(settings.shadow_every_seconds))
    width = max(map(len, facts))
    return "\n".join(f"{key.ljust(width)}  {value}" for key, value in facts.items())


def _often(seconds: float) -> str:
    return f"every {seconds / 3600:g} hours" if seconds else "only by hand: make shadow ACT=1"


if __name__ == "__main__":
    run(main)
