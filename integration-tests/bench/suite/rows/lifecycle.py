"""What a server costs when nothing happens, and how long it takes to come up."""

import shutil
import time

from ..context import Context
from ..lines import Line, Target, alone, compare
from ..processes import cpu_seconds, resident_bytes
from ..servers import EngramNode, EngramZones, Redis
from ..sizes import HEAP

BYTES_PER_MB = 1e6
PERCENT = 100


def idle(context: Context) -> list[Line]:
    server = context.run_server(lambda: EngramZones(context.disk() / "engram"))
    time.sleep(context.sizes.settle_seconds)
    percents: list[list[float]] = []
    megabytes: list[list[float]] = []
    for _ in range(context.sizes.rounds):
        before = [cpu_seconds(pid) for pid in server.pids()]
        began = time.monotonic()
        time.sleep(context.sizes.idle_seconds)
        elapsed = time.monotonic() - began
        after = [cpu_seconds(pid) for pid in server.pids()]
        percents.append([PERCENT * (b - a) / elapsed for a, b in zip(before, after)])
        megabytes.append([resident_bytes(pid) / BYTES_PER_MB for pid in server.pids()])
    work = "data node with most: "
    cpu = alone(
        context.row,
        work + "processor",
        "% of one",
        [max(each) for each in percents],
        Target(3.0, at_least=False, of_ratio=False),
    )
    cpu.rounds = {"percent of each node, primary first": percents}
    resident = alone(
        context.row,
        work + "resident set",
        "MB",
        [max(each) for each in megabytes],
        Target(300.0, at_least=False, of_ratio=False),
    )
    resident.rounds = {"MB of each node, primary first": megabytes}
    return [cpu, resident]


def start(context: Context) -> list[Line]:
    directory = context.disk()

    def engram() -> float:
        return _first_pong(EngramNode("engram", directory / "engram", HEAP))

    def redis() -> float:
        return _first_pong(Redis("redis", directory / "redis"))

    def _first_pong(server: EngramNode | Redis) -> float:
        try:
            return server.first_pong_seconds
        finally:
            server.stop()
            shutil.rmtree(directory / server.name)

    ours, peer = context.interleave([engram, redis], lambda measure: measure())
    target = Target(1.5, at_least=False, of_ratio=False)
    line = compare(context.row, "start to first PONG", "s", ours, "redis", peer, target)
    line.rounds = {"ours": ours, "peer": peer}
    return [line]
