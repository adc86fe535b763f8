"""How many requests are let through: a bucket of tokens that fills at a rate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """Tokens for requests: up to `burst`, and `rate` more a second (Amazon API Gateway Developer Guide, "Throttle
    requests to your REST APIs for better throughput")."""

    rate: float
    burst: float
    tokens: float
    since: float

    def take(self, now: float) -> bool:
        """Take the token of a request; return whether there was one."""
        self.tokens = min(self.burst, self.tokens + (now - self.since) * self.rate)
        self.since = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True
