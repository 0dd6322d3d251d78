"""A line of the result: one figure of Engram, its peer's, and what was asked for."""

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """What a line must show, as a ratio to the peer or as a figure of its own."""

    limit: float
    at_least: bool = True
    of_ratio: bool = True

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:g}" + (" ×" if self.of_ratio else "")


@dataclass
class Spread:
    """Median of several rounds, and how far they lay apart."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: list[float]) -> "Spread":
        return Spread(statistics.median(values), min(values), max(values))


@dataclass
class Line:
    row: str
    work: str
    unit: str
    ours: Spread
    peer_name: str = ""
    peer: Spread | None = None
    # Of the medians; low and high are those of single rounds.
    ratio: Spread | None = None
    target: Target | None = None
    # Processor time per operation of all processes of each server.
    ours_us_per_op: float | None = None
    peer_us_per_op: float | None = None
    # Everything that was measured, for the JSON.
    rounds: dict[str, list] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        if self.target.of_ratio:
            return None if self.ratio is None else self.target.met(self.ratio.median)
        return self.target.met(self.ours.median)


def compare(
    row: str,
    work: str,
    unit: str,
    ours: list[float],
    peer_name: str,
    peer: list[float],
    target: Target | None = None,
) -> Line:
    """A line of two servers that were measured in turns."""
    of_rounds = [a / b for a, b in zip(ours, peer) if b]
    ours_spread, peer_spread = Spread.of(ours), Spread.of(peer)
    ratio = None
    if of_rounds and peer_spread.median:
        ratio = Spread(
            ours_spread.median / peer_spread.median, min(of_rounds), max(of_rounds)
        )
    return Line(row, work, unit, ours_spread, peer_name, peer_spread, ratio, target)


def alone(row: str, work: str, unit: str, ours: list[float], target: Target | None = None) -> Line:
    """A line without a peer."""
    return Line(row, work, unit, Spread.of(ours), target=target)
