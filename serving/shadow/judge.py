"""Looks at how the version in shadow stands against the champion, and carries out what follows."""

from dataclasses import asdict, dataclass

import pandas as pd

from data import params
from data.errors import UserError
from data.logged.predictions import PREDICTIONS
from data.logs import log
from data.times import utc_now
from serving.model.folder import ShadowLook
from serving.process.looks import noted
from serving.quality.joined import tables_of_now
from serving.quality.level import follow_in_shadow
from serving.quality.lines import known_until, logged_lines, shop_times
from serving.settings import Settings
from training.monitoring.shadow import NO_PAIRS, Act, Pairs, Standing, pairs, standing
from training.registry import shadow
from training.registry.alias_history import Cause
from training.registry.mlflow_registry import Registry
from training.registry.names import model_name
from training.registry.shadow import InShadow, ShadowParams

SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True)
class Judge:
    """Looks at the shadow of a registry, by the logs and the state that the settings name."""

    settings: Settings
    registry: Registry
    chosen: ShadowParams

    @classmethod
    def of(cls, settings: Settings, registry: Registry) -> "Judge":
        """The judge by params.yaml."""
        return cls(settings, registry, params.load("shadow", ShadowParams))

    def look(self, *, act: bool) -> ShadowLook:
        """Look once and write `ShadowLook`; carry out what follows where ``act`` and `ShadowParams.act` say so.

        Where nothing can be told, the file keeps what was told before, and says why there is nothing newer.

        Raises
        ------
        OSError
            The file can't be written.
        """
        return noted(ShadowLook, self.settings.model_dir, lambda: self._look(act=act))

    def _look(self, *, act: bool) -> ShadowLook:
        name = model_name()
        if act and shadow.tidy(self.registry, name) is not None:
            log.info("the version in shadow is the champion: its shadow has ended")
        found, champion = shadow.in_shadow(self.registry, name), self.registry.champion(name)
        if found is None:
            raise UserError(
                expected=f"a version of {name} in shadow",
                found="none",
                fix='put one there: python -m training.champion shadow VERSION --why "…"',
            )
        days = 0.0 if found.since is None else (utc_now() - found.since).total_seconds() / SECONDS_A_DAY
        stands = standing(self._pairs(champion.number, found.version.number), found.role, days, self.chosen)
        acted = act and self.chosen.act and self._carry_out(found, stands)
        now = utc_now()
        return ShadowLook(
            tried_at=now,
            at=now,
            version=found.version.number,
            champion=champion.number,
            role=found.role,
            acted=acted,
            **asdict(stands),
        )

    def _pairs(self, champion: int, challenger: int) -> Pairs:
        logs = self.settings.prediction_log, self.settings.shadow_log
        if not all(map(PREDICTIONS.files, logs)):
            return NO_PAIRS
        with tables_of_now(self.settings, self.settings.model_dir / "shadow") as tables:
            times = shop_times(tables)
            served, beside = (logged_lines(tables, times, folder) for folder in logs)
        now = known_until(times, self.settings.silence)
        follow_in_shadow(self.settings, beside, times, now)
        return pairs(_of_version(served, champion), _of_version(beside, challenger), now)

    def _carry_out(self, found: InShadow, stands: Standing) -> bool:
        """Do what follows; False where nothing does, or may."""
        name = found.version.name
        match stands.act:
            case Act.PROMOTE:
                barred = shadow.was_withdrawn(self.registry, found.version)
                if barred is not None:
                    log.warning("version %s is not promoted: %s", found.version.number, barred)
                    return False
                shadow.succeed(self.registry, found, stands.why, self.chosen)
            case Act.ROLL_BACK:
                shadow.come_back(self.registry, found, stands.why)
            case Act.DISMISS:
                shadow.leave(self.registry, name, stands.why, Cause.ENDED)
            case _:
                return False
        log.warning("%s version %s: %s: %s", name, found.version.number, stands.act, stands.why)
        return True


def _of_version(scored: pd.DataFrame, version: int) -> pd.DataFrame:
    return scored[scored["model_version"] == str(version)]
