"""The policy of a shop: its actions, what it believes of their effects, and whom they may reach. It is a YAML file.

Effects are relative changes: -0.1 of returns is a tenth fewer of them. A belief has a mean and a spread, the standard
deviation of what is not known of it. The first beliefs come from published trials; those of the shop's own experiments
replace them.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from statistics import NormalDist
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from data.logged.decisions import EXPLORATION, HOLDOUT, OWN_ARMS, POLICY
from data.schema import Reason
from training.decisions import own_history
from training.decisions.condition_names import a_factor, a_feature

ALL_REASONS: Final = "ALL"
"""Stands for every reason that an effect does not name."""
LANGUAGES: Final = ("en", "de", "zh")

Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number as YAML has it: no text such as "1", no true, no nan."""
Share = Annotated[Number, Field(ge=0, le=1)]
HoldoutShare = Annotated[Number, Field(ge=0.01, le=0.5)]
"""Less than a hundredth measures nothing in a shop of any size, and more than half leaves nothing to earn."""
Count = Annotated[int, Field(ge=1, le=10**9, strict=True)]
Days = Annotated[int, Field(ge=1, le=3650, strict=True)]
Minor = Annotated[int, Field(ge=0, le=10**12, strict=True)]
FeatureName = Annotated[str, AfterValidator(a_feature)]
FactorName = Annotated[str, AfterValidator(a_factor)]


@cache
def half_width(level: float) -> float:
    """So many standard deviations reaches an interval of this ``level`` to each side; kept, as each basket asks."""
    return NormalDist().inv_cdf((1 + level) / 2)


class Part(BaseModel):
    """Base of all parts of a policy: no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Segment(StrEnum):
    """A customer by the orders before: those of `products.segments` in params.yaml, and guests."""

    GUEST = "guest"
    NEW = "new"
    OCCASIONAL = "occasional"
    ACTIVE = "active"
    LAPSING = "lapsing"
    LOST = "lost"


class ActionKind(StrEnum):
    """How far an action goes."""

    INFORM = "inform"
    OFFER = "offer"
    RESTRICT = "restrict"


class Belief(Part):
    """What is believed of a relative change: its mean, and the standard deviation of what is not known."""

    mean: Annotated[Number, Field(ge=-1, le=1)]
    spread: Annotated[Number, Field(ge=0, le=10)]


NO_CHANGE: Final = Belief(mean=0, spread=0)


class Bounds(Part):
    """A range, with its ends; an end that is left out is open. A missing value lies in no range."""

    least: Number | None = None
    most: Number | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("least, most or both are needed")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("least must not be above most")
        return self

    def hold(self, value: float | None) -> bool:
        """Whether ``value`` lies within; None and NaN do not."""
        if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


class ShareBounds(Bounds):
    """A range of shares."""

    least: Share | None = None
    most: Share | None = None


class ReasonMass(Part):
    """P(returned for one of the reasons ``of``) must be at least ``least``."""

    of: Annotated[tuple[Reason, ...], Field(min_length=1)]
    least: Share


class Lines(Part):
    """The lines that an action is about; every condition that is named must hold for a line.

    ``probability``: P(returned). ``value_minor``: price times quantity. ``bracket``: the basket has the same product
    in another size or color. ``other_size``: a size is known in which the line would come back less. ``drivers``: one
    of these factors raises the score most, or second most. ``faults``: the product report finds one of these excess
    reasons in the product. ``features``: ranges of features of the catalog.
    """

    probability: ShareBounds | None = None
    value_minor: Bounds | None = None
    categories: tuple[str, ...] | None = None
    departments: tuple[str, ...] | None = None
    reasons: ReasonMass | None = None
    bracket: Literal["size", "color"] | None = None
    other_size: Annotated[bool, Field(strict=True)] = False
    drivers: tuple[FactorName, ...] | None = None
    faults: tuple[Reason, ...] | None = None
    features: Mapping[FeatureName, Bounds] = {}


class Cost(Part):
    """What an action costs: when it is shown, and for each line of its that is kept. Money is in minor units."""

    shown_minor: Minor = 0
    kept_minor: Minor = 0
    kept_share: Share = 0


def _each_reason(given: Any) -> Any:
    """Read one belief as that of every reason."""
    return {ALL_REASONS: given} if isinstance(given, dict) and {"mean", "spread"} & given.keys() else given


def _a_reason(key: str) -> str:
    if key not in {ALL_REASONS, *(reason.value for reason in Reason)}:
        raise ValueError(f"expected a reason, such as {Reason.SIZE_TOO_SMALL.value}, or {ALL_REASONS}")
    return key


ReasonKey = Annotated[str, AfterValidator(_a_reason)]
ReturnsEffect = Annotated[Mapping[ReasonKey, Belief], BeforeValidator(_each_reason), Field(min_length=1)]


class Effects(Part):
    """What an action is believed to change, relatively, and ``source``: who measured or supposed that.

    ``returns``: P(returned) by reason, of the lines that the action is about. ``bought``: the chance that these lines
    are bought. ``basket``: the chance that the basket is bought at all. ``later``: the margin of what the customer buys
    later.
    """

    returns: ReturnsEffect
    bought: Belief = NO_CHANGE
    basket: Belief = NO_CHANGE
    later: Belief = NO_CHANGE
    source: Annotated[str, Field(min_length=1)]


class Cap(Part):
    """At most ``most`` times within ``days``, counted backwards from now."""

    most: Count
    days: Days


def _all_languages(texts: Mapping[str, str]) -> Mapping[str, str]:
    if lacking := [language for language in LANGUAGES if not texts.get(language, "").strip()]:
        raise ValueError(f"a text in {', '.join(lacking)} is lacking")
    return texts


Texts = Annotated[Mapping[Literal["en", "de", "zh"], str], AfterValidator(_all_languages)]


class Action(Part):
    """One action.

    ``customers``: the segments that it may reach. ``per_customer``: how often one customer may get it; a guest gets it
    at most once a basket. ``per_day``: how often all customers together may get it in 24 hours. ``texts``: what the
    checkout may show, with names in braces from `training.decisions.texts`.
    """

    name: Name
    kind: ActionKind
    lines: Lines
    customers: Annotated[tuple[Segment, ...], Field(min_length=1)]
    cost: Cost = Cost()
    effects: Effects
    per_customer: Cap
    per_day: Count | None = None
    texts: Texts

    @model_validator(mode="after")
    def _restrictions_spare(self) -> Self:
        """Art. 22 GDPR, and CJEU C-634/21 and C-203/22: a score alone does not decide against a person."""
        if self.kind is not ActionKind.RESTRICT:
            return self
        spared = {Segment.GUEST, Segment.NEW} & set(self.customers)
        if spared:
            raise ValueError(
                f"a restriction must not reach segments of which little is known: {', '.join(sorted(spared))}"
            )
        why = own_history.lacking({name: bounds.least for name, bounds in self.lines.features.items()})
        if why is not None:
            raise ValueError(why)
        return self


class ReturnCost(Part):
    """What a return for one reason costs: a fixed part in minor units, and a share of the line's value."""

    fixed_minor: Minor
    value_share: Share


SomeUnits = Annotated[Number, Field(gt=0, lt=1)]
LEAST_POLICY_SHARE: Final = 0.001
"""So many units, at least, remain for the policy itself beside its other arms."""
DIGITS: Final = 12


class Exploration(Part):
    """An arm in which each basket gets a draw among nothing and the actions that fit, to learn what is in doubt.

    ``share``: of units. ``method``: uniform, each as likely as the others; or thompson, each with the chance that it is
    the best by what is believed of its profit (Thompson, 1933). ``least_chance``: that of each at least, so that no
    weight in a later evaluation is above its inverse. Restrictions, and actions whose whole interval lies below 0, are
    not drawn. ``learned``: the name of learned effects, by which profits are expected in this arm; None: by beliefs.
    """

    share: SomeUnits
    method: Literal["uniform", "thompson"] = "uniform"
    least_chance: Annotated[Number, Field(ge=0, le=0.5)] = 0.0
    learned: Name | None = None


class Challenger(Part):
    """An arm that tries another policy beside this one.

    ``share``: of units. ``policy``: its file, by its path from the folder of this one; of that file count the actions
    with their caps and beliefs, the level and the money, while key and shares are those of this one. ``learned``: the
    name of learned effects, by which the actions of this policy are chosen.
    """

    name: Name
    share: SomeUnits
    policy: str | None = None
    learned: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.name in OWN_ARMS:
            raise ValueError(f"{self.name} is the name of another arm")
        if (self.policy is None) == (self.learned is None):
            raise ValueError("one of policy and learned is needed, and not both")
        return self


def _every_segment(margins: Mapping[Segment, int]) -> Mapping[Segment, int]:
    if lacking := [segment.value for segment in Segment if segment not in margins]:
        raise ValueError(f"no margin for {', '.join(lacking)}; write 0 where nothing is at risk")
    return margins


class Policy(Part):
    """A policy.

    Attributes
    ----------
    draw_key
        Deals units into arms. Another one deals them anew, so keep it while an experiment runs.
    holdout_share
        The share of units that is never shown anything, so that what the actions earn can be measured.
    level
        The level of the interval around an expected profit. An action acts where the lower end lies above 0.
    restrictions
        The shop's switch for actions of the kind restrict; even then a person has to confirm each.
    return_costs
        By reason, where they differ from the section ``costs`` of params.yaml.
    later_margin_minor
        The margin of what a customer of each segment buys within the next year. It has every segment; 0 puts
        nothing at risk.
    per_customer
        How often one customer may get any actions at all.
    exploration
        The arm that explores; None for none.
    challengers
        Arms that try other policies. Add new ones at the end: a changed share moves the units of those after it.
    """

    name: Name
    draw_key: Annotated[str, Field(min_length=1, max_length=100)]
    holdout_share: HoldoutShare
    level: Annotated[Number, Field(gt=0.5, lt=1)]
    restrictions: Annotated[bool, Field(strict=True)] = False
    return_costs: Mapping[Reason, ReturnCost] = {}
    later_margin_minor: Annotated[Mapping[Segment, Minor], AfterValidator(_every_segment)]
    per_customer: Cap
    exploration: Exploration | None = None
    challengers: Annotated[tuple[Challenger, ...], Field(max_length=9)] = ()
    actions: Annotated[tuple[Action, ...], Field(max_length=50)]

    @model_validator(mode="after")
    def _arms(self) -> Self:
        names = [each.name for each in self.challengers]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two challengers have the name {', '.join(twice)}")
        if len(self.shares) > len((HOLDOUT, POLICY)) and self.shares[POLICY] < LEAST_POLICY_SHARE:
            raise ValueError(
                f"the shares of holdout, exploration and challengers leave {self.shares[POLICY]:g} of the units to the"
                f" policy, and have to leave at least {LEAST_POLICY_SHARE:g}"
            )
        if self.exploration is not None and self.exploration.least_chance * (len(self.actions) + 1) > 1:
            raise ValueError(
                f"exploration.least_chance must be at most {1 / (len(self.actions) + 1):g}, since each of"
                f" {len(self.actions)} actions and nothing have it"
            )
        return self

    @model_validator(mode="after")
    def _sound(self) -> Self:
        names = [action.name for action in self.actions]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two actions have the name {', '.join(twice)}")
        restricting = [action.name for action in self.actions if action.kind is ActionKind.RESTRICT]
        if restricting and not self.restrictions:
            raise ValueError(
                f"{', '.join(restricting)} restricts customers, which needs restrictions: true at the top of the policy"
            )
        return self

    @property
    def learned(self) -> dict[str, str]:
        """The arms that go by learned effects, with the names of these."""
        found = {each.name: each.learned for each in self.challengers if each.learned is not None}
        if self.exploration is not None and self.exploration.learned is not None:
            found[EXPLORATION] = self.exploration.learned
        return found

    @property
    def shares(self) -> dict[str, float]:
        """The share of units in each arm: holdout, exploration, challengers in their order, and the policy."""
        others = {HOLDOUT: self.holdout_share}
        others |= {} if self.exploration is None else {EXPLORATION: self.exploration.share}
        others |= {each.name: each.share for each in self.challengers}
        return {**others, POLICY: round(1 - sum(others.values()), DIGITS)}

    @property
    def z(self) -> float:
        """So many standard deviations is an end of an interval at the policy's level away from its middle."""
        return half_width(self.level)

    @property
    def features(self) -> frozenset[str]:
        """The features that conditions name."""
        return frozenset(name for action in self.actions for name in action.lines.features)
