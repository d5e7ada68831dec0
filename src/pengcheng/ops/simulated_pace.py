"""How fast simulated time passes. Pure."""

import msgspec


class Pace(msgspec.Struct, frozen=True):
    """`speed` times as fast as time; for the first `lively_seconds` `lively_speed` times."""

    speed: float
    lively_speed: float = 0.0
    lively_seconds: float = 0.0

    def simulated(self, elapsed: float) -> float:
        """The simulated seconds that have passed after so many real ones."""
        lively = min(elapsed, self.lively_seconds)
        return lively * self.lively_speed + (elapsed - lively) * self.speed

    def seconds_until(self, simulated: float) -> float:
        """The real seconds after which so many simulated ones have passed."""
        lively = self.lively_seconds * self.lively_speed
        if simulated < lively:
            return simulated / self.lively_speed
        return self.lively_seconds + (simulated - lively) / self.speed
