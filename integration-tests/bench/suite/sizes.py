"""How much is measured: every number that decides how long a run takes, with its unit."""

from dataclasses import dataclass

VALUE_BYTES = 64
CONNECTIONS = 50
MANY_CONNECTIONS = 200
# Heaps of lone Engram nodes. Data may be half of a heap, as with `engram up`.
HEAP = "2g"
LARGE_HEAP = "5g"
MEMORY_ROW_HEAP = "512m"


@dataclass(frozen=True)
class Sizes:
    """One scale of the suite."""

    name: str
    rounds: int
    # Each measurement; its requests are counted out from the rate of the warm-up.
    measure_seconds: float
    # Load before the first measurement of each kind, so that the JVM has compiled.
    warm_up_seconds: float
    # Keys of the throughput rows.
    keys: int
    # Keys of the rows about tails and pauses.
    many_keys: int
    open_loop_seconds: float
    pause_run_seconds: float
    # The two ends of the row about growth.
    few_keys: int
    most_keys: int
    # Of the collections of the row about complexity, and calls of each operation on each.
    complexity_elements: tuple[int, ...]
    complexity_calls: int
    memory_elements: int
    settle_seconds: float
    idle_seconds: float
    fsyncs: int


FULL = Sizes(
    name="full",
    rounds=5,
    measure_seconds=3.0,
    warm_up_seconds=20.0,
    keys=1_000_000,
    many_keys=5_000_000,
    open_loop_seconds=20.0,
    pause_run_seconds=600.0,
    few_keys=10_000,
    most_keys=10_000_000,
    complexity_elements=(1_000, 10_000, 100_000, 1_000_000),
    complexity_calls=10_000,
    memory_elements=1_000_000,
    settle_seconds=10.0,
    idle_seconds=20.0,
    fsyncs=1_000,
)

# For a look at whether everything works; its figures say nothing.
QUICK = Sizes(
    name="quick",
    rounds=2,
    measure_seconds=0.4,
    warm_up_seconds=0.8,
    keys=50_000,
    many_keys=100_000,
    open_loop_seconds=1.5,
    pause_run_seconds=5.0,
    few_keys=10_000,
    most_keys=200_000,
    complexity_elements=(1_000, 20_000),
    complexity_calls=500,
    memory_elements=100_000,
    settle_seconds=1.0,
    idle_seconds=2.0,
    fsyncs=200,
)
