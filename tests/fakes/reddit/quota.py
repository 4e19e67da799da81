"""How many questions a key may ask.

Reddit allows 100 queries a minute and key, averaged over ten minutes (Data API wiki): 1,000 in a window of 600 s.
Windows end when the clock says so, not 600 s after a client's first request. Refused requests are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes.reddit.errors import plain


@dataclass
class Quota:
    """`limit` requests in each window of `window` seconds. Quota(100, 60) is the same without bursts,
    Quota(600, 600) what Reddit allowed before 2023.
    """

    limit: int = 1000
    window: float = 600.0
    enforced: bool = True
    _used: dict[tuple[str, int], int] = field(default_factory=dict)

    def spend(self, key: str, now: float) -> None:
        """Counts one request; refuses with 429 what is beyond the limit."""
        slot = (key, int(now // self.window))
        used = self._used.get(slot, 0)
        if self.enforced and used >= self.limit:
            raise plain(429)
        self._used[slot] = used + 1

    def used(self, key: str, now: float) -> int:
        return self._used.get((key, int(now // self.window)), 0)

    def use_up(self, key: str, now: float, *, leave: int = 0) -> None:
        """As if another program had spent this key's window, but for `leave` requests."""
        self._used[(key, int(now // self.window))] = max(self.limit - leave, 0)

    def headers(self, key: str, now: float) -> dict[str, str]:
        used = self.used(key, now)
        return {
            "x-ratelimit-remaining": f"{max(self.limit - used, 0):.1f}",
            "x-ratelimit-used": str(used),
            "x-ratelimit-reset": str(int(self.window - now % self.window)),
        }
