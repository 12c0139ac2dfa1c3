"""Token bucket: limits how much a key may send, at a steady rate with bursts."""

import math


class TokenBucket:
    """Holds up to ``burst`` tokens, and gains ``rate`` of them a second.

    A request is admitted while there is a token. Then it takes a token for each of its baskets or events; the bucket
    may go below zero, and later requests wait. So a batch is admitted before its body is read, and still counts
    in full.
    """

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, now

    def wait(self, now: float) -> int:
        """Give the whole seconds until a request may come in; 0: now. ``now``: of a monotonic clock."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return 0 if self._tokens >= 1 else math.ceil((1 - self._tokens) / self._rate)

    def take(self, tokens: int) -> None:
        """Take the tokens of an admitted request."""
        self._tokens -= tokens
