"""The parts of the process that scores with the version in shadow."""

from serving.assembly import parts
from serving.model.folder import Challenger
from serving.model.level import ChallengerLevel
from serving.scoring.logged_scoring import LoggedScoring
from serving.shadow.scoring import ShadowScoring
from serving.shops import Shop

OF_SHADOW = "compare it on the test lines instead, and take it out of shadow: make promote VERSION=its number"
"""What to do about a version that counts by features which the state does not have."""


def assemble_shadow(shop: Shop) -> ShadowScoring:
    """Make the parts with which the shadow of a shop scores."""
    settings, state = shop.settings, parts.state_of(shop)
    found = parts.scoring_of(shop, state.store, Challenger, ChallengerLevel, OF_SHADOW)
    kept = parts.score_log(settings, settings.shadow_log)
    scoring = LoggedScoring(found.scorer, kept, state.intake.pseudonym, keep_features=False)
    return ShadowScoring(found.holder, state.store, kept, scoring, OF_SHADOW)
