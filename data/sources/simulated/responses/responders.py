"""Who responds how: one number a visit for nudges and one for offers; below 0, they do harm.

A response has the variance 1. It is made of an index of what a shop can observe of the customer by the visit, and of
hidden noise, which stays with the customer. It is moved so that the wanted share of customers lies below 0. At 1, an
action has the effect that `actions` gives for it; at -1 the opposite.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated.draws import Draws


@dataclass(frozen=True)
class Profile:
    """What a shop has observed of each customer, float64 of shape (n,) each.

    ``tenure_days``: since the registration. ``orders``: placed. The shares: of lines returned, of lines in a bracket,
    of orders with a voucher, of orders paid by invoice; each drawn towards the mean where there are few orders.
    """

    tenure_days: Floats
    orders: Floats
    return_share: Floats
    bracket_share: Floats
    voucher_share: Floats
    invoice_share: Floats


@dataclass(frozen=True)
class ResponseParams:
    """How the world is made.

    Attributes
    ----------
    harmed_share
        Share of customers whom nudges harm: they return more.
    annoyed_share
        Share of customers whom offers harm: they order more to choose from, and return more.
    hidden_share
        Share of the variance of responses that follows from nothing that a shop observes.
    dismissal_slope
        How much less often a customer dismisses what is shown, in log-odds, for each unit of the response.
    """

    harmed_share: float = 0.4
    annoyed_share: float = 0.25
    hidden_share: float = 0.1
    dismissal_slope: float = 1.2


@dataclass(frozen=True)
class Responders:
    """The true responses, float64 of shape (n,) each.

    ``nudge`` and ``offer``: see the module. ``seen_nudge`` and ``seen_offer``: their means given the profile, which is
    the most that a shop with unlimited data could learn from it. ``dismissal_slope``: see `ResponseParams`.
    """

    nudge: Floats
    offer: Floats
    seen_nudge: Floats
    seen_offer: Floats
    dismissal_slope: float = ResponseParams.dismissal_slope

    @property
    def harmed(self) -> Bools:
        """Whom nudges harm."""
        return np.asarray(self.nudge < 0, dtype=np.bool_)


def responders(profile: Profile, customer: Ints, reference: Ints, params: ResponseParams, draws: Draws) -> Responders:
    """Draw the responses at visits of customers who are observed as ``profile`` says, one row a visit.

    The hidden part of a customer is the same at all visits. The shares of ``params`` hold at the visits ``reference``,
    such as the first one of each customer.
    """
    hidden = {name: draws.normal(f"response/{name}", customer) for name in ("nudge", "offer")}
    nudge, seen_nudge = _response(nudge_index(profile), hidden["nudge"], reference, params.harmed_share, params)
    offer, seen_offer = _response(offer_index(profile), hidden["offer"], reference, params.annoyed_share, params)
    return Responders(nudge, offer, seen_nudge, seen_offer, params.dismissal_slope)


def nudge_index(profile: Profile) -> Floats:
    """Give the part of the response to nudges that follows from ``profile``, before it is standardised.

    Customers of long standing and those who seldom return take advice. Those who order several sizes on purpose, or
    come for vouchers while they are new, do not want to hear it. The index has a step, a bend and an interaction, so
    that no line through the covariates has its form.
    """
    new = np.exp(-profile.tenure_days / 365.0)
    often = np.minimum(profile.orders, 12.0) / 12.0
    return np.asarray(
        0.9 * np.log1p(profile.tenure_days / 180.0)
        - 3.0 * np.maximum(profile.return_share - 0.25, 0.0)
        - 0.9 * (profile.bracket_share > 0.12)
        - 2.5 * profile.voucher_share * new
        + 0.5 * often,
        dtype=np.float64,
    )


def offer_index(profile: Profile) -> Floats:
    """Give the same for offers: they suit those who use vouchers, and invite those who pay by invoice to overorder."""
    often = np.minimum(profile.orders, 12.0) / 12.0
    return np.asarray(3.0 * profile.voucher_share - 1.2 * profile.invoice_share + often, dtype=np.float64)


def _response(
    index: Floats, hidden: Floats, reference: Ints, share: float, params: ResponseParams
) -> tuple[Floats, Floats]:
    """Give the response, and its mean given the index; ``share`` of the responses at ``reference`` lie below 0."""
    usual = index[reference]
    seen = np.sqrt(1.0 - params.hidden_share) * (index - usual.mean()) / max(float(usual.std()), 1e-9)
    full = seen + np.sqrt(params.hidden_share) * hidden
    zero = float(np.quantile(full[reference], share))
    return full - zero, seen - zero
