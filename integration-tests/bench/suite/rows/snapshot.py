"""What a snapshot costs while commands go on, and how fast a file of Redis is loaded."""

import re
import threading
import time
from pathlib import Path

from ..clients import Load, Sample, fill_strings
from ..context import Context
from ..lines import Line, Target, compare
from ..processes import BenchError
from ..resp import Resp, info
from ..servers import EngramNode, EngramZones, Redis
from ..sizes import LARGE_HEAP
from .latency import MIXED, SHARE_OF_HIGHEST, _highest_rate, _p999

POLL_SECONDS = 0.02
BYTES_PER_MB = 1e6
REDIS_LOADED = re.compile(r"DB loaded from disk: ([0-9.]+) seconds")
ENGRAM_LOADED = re.compile(r"is loaded: (\d+) keys in (\d+) ms")


class Saver(threading.Thread):
    """Has a server make one snapshot after the other, until it is stopped."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._ended = threading.Event()
        self.count = 0

    def run(self) -> None:
        with Resp(self._port) as resp:
            while not self._ended.is_set():
                resp.ask("BGSAVE")
                while info(self._port)["rdb_bgsave_in_progress"] == "1":
                    time.sleep(POLL_SECONDS)
                self.count += 1

    def end(self) -> None:
        self._ended.set()
        self.join()


def snapshot(context: Context) -> list[Line]:
    return [*_during(context), _load(context)]


def _during(context: Context) -> list[Line]:
    """A lone node, whose snapshots are made on the thread that serves: the worst case."""
    sizes = context.sizes
    server = context.run_server(
        lambda: EngramNode("engram", context.tmpfs() / "engram", LARGE_HEAP)
    )
    with Resp(server.port) as resp:
        resp.ask("CONFIG", "SET", "snapshot-log-size", "0")
    fill_strings(server, sizes.many_keys)
    rate = SHARE_OF_HIGHEST * _highest_rate(context, server)
    load = Load(MIXED, sizes.many_keys, rate=int(rate))
    before: list[Sample] = []
    during: list[Sample] = []
    resident: list[tuple[float, float]] = []
    for _ in range(sizes.rounds):
        before.append(load.run(server, sizes.open_loop_seconds))
        base_bytes = server.resident_bytes()
        saver = Saver(server.port)
        saver.start()
        during.append(load.run(server, sizes.open_loop_seconds))
        resident.append((server.resident_bytes() / BYTES_PER_MB, base_bytes / BYTES_PER_MB))
        saver.end()
        context.say(f"{saver.count} snapshots of {sizes.many_keys} keys while {rate:,.0f}/s")
    times = compare(
        context.row,
        f"GET p99.9 while snapshots are made, {rate:,.0f}/s",
        "ms",
        [_p999(sample, server) for sample in during],
        "before",
        [_p999(sample, server) for sample in before],
        Target(2.0, at_least=False),
    )
    times.rounds = {"ours": during, "peer": before}
    memory = compare(
        context.row,
        "resident set while snapshots are made",
        "MB",
        [ours for ours, _ in resident],
        "before",
        [base for _, base in resident],
        Target(1.1, at_least=False),
    )
    return [times, memory]


def _load(context: Context) -> Line:
    """The same file, of Redis: what each says that loading it into memory took."""
    keys = context.sizes.many_keys
    directory = context.disk()
    source = context.run_server(lambda: Redis("redis", directory / "source"))
    fill_strings(source, keys)
    with Resp(source.port) as resp:
        resp.ask("SAVE")
    source.stop()
    dump = directory / "source" / "dump.rdb"
    number = iter(range(1_000))

    def engram() -> float:
        home = directory / f"engram{next(number)}"
        flags = ("--replicas", "0", "--heap", LARGE_HEAP, "--from-rdb", str(dump))
        server = EngramZones(home, *flags)
        server.stop()
        match = ENGRAM_LOADED.search((home / "node-a" / "engram.log").read_text())
        if match is None:
            raise BenchError(f"nothing is loaded in {home}")
        return int(match[1]) / int(match[2]) * 1_000

    def redis() -> float:
        home = directory / f"redis{next(number)}"
        flags = ("--appendonly", "no", "--dir", str(dump.parent))
        server = Redis("redis", home, *flags)
        server.stop()
        match = REDIS_LOADED.search(Path(home / "output").read_text())
        if match is None:
            raise BenchError(f"nothing is loaded in {home}")
        return keys / float(match[1])

    ours, peer = context.interleave([engram, redis], lambda measure: measure())
    line = compare(context.row, "keys loaded from a file", "/s", ours, "redis", peer, Target(1.0))
    line.rounds = {"ours": ours, "peer": peer}
    return line
