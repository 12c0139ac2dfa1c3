"""How much a key may send: a bucket of tokens that fills at a steady rate."""

import math


class TokenBucket:
    """Holds up to ``burst`` tokens, and gains ``rate`` of them a second.

    A request is let in while there is a token; what it turns out to hold is taken then, even into debt, which later
    requests wait for. So a batch needs no look into its body before it is let in, and still counts in full.
    """

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, now

    def wait(self, now: float) -> int:
        """Give the whole seconds until a request may come in; 0: now. ``now``: of a clock that never goes back."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return 0 if self._tokens >= 1 else math.ceil((1 - self._tokens) / self._rate)

    def take(self, tokens: int) -> None:
        """Take what a request holds."""
        self._tokens -= tokens
