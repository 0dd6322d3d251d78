"""What a row gets: sizes, directories, servers that are stopped whatever happens."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .clients import Load, RedisBenchmark, Sample
from .lines import Line, Target, compare
from .processes import BenchError
from .servers import Server
from .sizes import Sizes

TMPFS = Path("/dev/shm")
# The log of a node is not cut, so the longest row fills so much of it.
TMPFS_FREE_BYTES = 8 << 30
# Until the first run tells the rate.
FIRST_RATE = 20_000.0

S = TypeVar("S", bound=Server)
T = TypeVar("T")


@dataclass
class Side:
    """A server and the load that it gets."""

    server: Server
    load: RedisBenchmark | Load


class Context(contextlib.ExitStack):
    """Of one row; leaving it stops its servers and removes its directories."""

    def __init__(self, row: str, sizes: Sizes, disk: Path, keep: bool) -> None:
        super().__init__()
        self.row = row
        self.sizes = sizes
        self._disk = disk
        self._keep = keep

    def say(self, text: str) -> None:
        print(f"  {self.row}: {text}", file=sys.stderr, flush=True)

    def disk(self) -> Path:
        """A new directory on the disk that is measured."""
        self._disk.mkdir(parents=True, exist_ok=True)
        return self._temporary(self._disk)

    def tmpfs(self) -> Path:
        """A new directory in memory."""
        if not TMPFS.is_dir():
            raise BenchError(f"{TMPFS} is missing: a tmpfs is needed")
        if self.sizes.name == "full" and shutil.disk_usage(TMPFS).free < TMPFS_FREE_BYTES:
            raise BenchError(f"{TMPFS} has less than {TMPFS_FREE_BYTES >> 30} GiB free")
        return self._temporary(TMPFS)

    def _temporary(self, parent: Path) -> Path:
        path = Path(tempfile.mkdtemp(prefix=f"engram-bench-{self.row}-", dir=parent))
        if not self._keep:
            self.callback(shutil.rmtree, path, ignore_errors=True)
        return path

    def run_server(self, make: Callable[[], S]) -> S:
        server = make()
        self.callback(server.stop)
        return server

    def interleave(
        self, sides: list[S], measure: Callable[[S], T], rounds: int | None = None
    ) -> list[list[T]]:
        """Measures each side once per round, in an order that changes; per side its rounds."""
        results: list[list[T]] = [[] for _ in sides]
        for number in range(self.sizes.rounds if rounds is None else rounds):
            for step in range(len(sides)):
                place = (number + step) % len(sides)
                results[place].append(measure(sides[place]))
        return results

    def samples(self, sides: list[Side]) -> list[list[Sample]]:
        """Warms each side up with its load, then measures them in turns."""
        rates = []
        for side in sides:
            rate = side.load.run(side.server, min(1.0, self.sizes.warm_up_seconds), FIRST_RATE).rate
            rates.append(side.load.run(side.server, self.sizes.warm_up_seconds, rate).rate)
        places = {id(side): place for place, side in enumerate(sides)}
        measured = self.interleave(
            sides,  # type: ignore[type-var]
            lambda side: side.load.run(
                side.server, self.sizes.measure_seconds, rates[places[id(side)]]
            ),
        )
        loudest = max(sample.other_load for samples in measured for sample in samples)
        names = " ".join(
            f"{side.server.name} {sorted(s.rate for s in samples)[len(samples) // 2]:,.0f}/s"
            for side, samples in zip(sides, measured)
        )
        self.say(f"{sides[0].load.label()}: {names} (other load up to {loudest:.2f} processors)")
        return measured

    def throughput(self, ours: Side, peer: Side, target: Target | None = None) -> Line:
        """One line: requests per second of both."""
        measured = self.samples([ours, peer])
        line = compare(
            self.row,
            ours.load.label(),
            "/s",
            [sample.rate for sample in measured[0]],
            peer.server.name,
            [sample.rate for sample in measured[1]],
            target,
        )
        line.ours_us_per_op = median_us(measured[0])
        line.peer_us_per_op = median_us(measured[1])
        line.rounds = {"ours": measured[0], "peer": measured[1]}
        return line


def median_us(samples: list[Sample]) -> float:
    return sorted(sample.server_us_per_op for sample in samples)[len(samples) // 2]
