"""How long single requests take: commits, tails under load, pauses of the JVM."""

import os
import re
import statistics
import time
from datetime import datetime, timezone
from pathlib import Path

from ..clients import Load, Sample, fill_strings
from ..context import Context, median_us
from ..lines import Line, Target, alone, compare
from ..processes import BenchError
from ..servers import EngramNode, EngramZones, Redis, Server
from ..sizes import LARGE_HEAP

SYNC_BYTES = 1_024
MIXED = ("80 GET {key}", "20 SET {key} {data}")
SHARE_OF_HIGHEST = 0.5
SAFEPOINT = re.compile(r'^\[([^\]]+)\].*Safepoint "([^"]+)".*Total:\s*(\d+) ns', re.MULTILINE)
FULL_COLLECTION = re.compile(r"Pause Full.*ms$", re.MULTILINE)
NS_PER_MS = 1e6


def fdatasync_p50_ms(directory: Path, count: int) -> float:
    """Appends a kilobyte and syncs it, again and again, to a file that grows."""
    path = directory / "fdatasync"
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    block = b"x" * SYNC_BYTES
    elapsed_ms = []
    try:
        for _ in range(count):
            os.write(file, block)
            began = time.perf_counter_ns()
            os.fdatasync(file)
            elapsed_ms.append((time.perf_counter_ns() - began) / NS_PER_MS)
    finally:
        os.close(file)
        path.unlink()
    return statistics.median(elapsed_ms)


def commit(context: Context) -> list[Line]:
    sizes = context.sizes
    directory = context.disk()
    server = context.run_server(lambda: EngramZones(directory / "engram"))
    load = Load(("100 SET {key} {data}",), sizes.keys, connections=1)
    load.run(server, sizes.warm_up_seconds)
    samples: list[Sample] = []
    syncs_ms: list[float] = []
    for _ in range(sizes.rounds):
        # The disk before and after: it may change while the cluster is measured.
        before_ms = fdatasync_p50_ms(directory, sizes.fsyncs // 2)
        samples.append(load.run(server, sizes.measure_seconds))
        after_ms = fdatasync_p50_ms(directory, sizes.fsyncs // 2)
        syncs_ms.append((before_ms + after_ms) / 2)
    ours_ms = [sample.p50_ms for sample in samples]
    line = compare(
        context.row, "SET c1 p50", "ms", ours_ms, "fdatasync", syncs_ms, Target(5.0, at_least=False)
    )
    line.rounds = {"ours": samples, "peer": syncs_ms}
    return [line]


def _pair(context: Context, java_opts: str = "") -> tuple[EngramNode, Redis]:
    directory = context.tmpfs()
    ours = context.run_server(
        lambda: EngramNode("engram", directory / "engram", LARGE_HEAP, java_opts)
    )
    peer = context.run_server(lambda: Redis("redis", directory / "redis"))
    return ours, peer


def _highest_rate(context: Context, server: Server) -> float:
    """Throughput of the mix with one request per connection at a time."""
    load = Load(MIXED, context.sizes.many_keys)
    load.run(server, context.sizes.warm_up_seconds)
    rate = load.run(server, context.sizes.measure_seconds).rate
    context.say(f"{server.name}: highest load {rate:,.0f}/s")
    return rate


def _p999(sample: Sample, server: Server) -> float:
    if sample.details["unanswered"]:
        raise BenchError(f"{server.name} left {sample.details['unanswered']} requests unanswered")
    return float(sample.details["kinds"]["GET"]["p99.9"])


def tail(context: Context) -> list[Line]:
    ours, peer = _pair(context)
    for server in (ours, peer):
        fill_strings(server, context.sizes.many_keys)
    highest = {server.name: _highest_rate(context, server) for server in (ours, peer)}
    peers = {name: SHARE_OF_HIGHEST * highest[peer.name] for name in highest}
    own = {name: SHARE_OF_HIGHEST * highest[name] for name in highest}
    work = "GET p99.9, half of {} highest load"
    lines = []
    for rates, text, target in (
        (own, work.format("its own"), Target(1.5, at_least=False)),
        (peers, work.format("Redis'"), None),
    ):
        lines.append(_tail_line(context, [ours, peer], rates, text, target))
    return lines


def _tail_line(
    context: Context,
    servers: list[Server],
    rates: dict[str, float],
    work: str,
    target: Target | None,
) -> Line:
    def run(server: Server) -> Sample:
        load = Load(MIXED, context.sizes.many_keys, rate=int(rates[server.name]))
        return load.run(server, context.sizes.open_loop_seconds)

    measured = context.interleave(servers, run)
    figures = [
        [_p999(sample, server) for sample in samples]
        for server, samples in zip(servers, measured)
    ]
    line = compare(context.row, work, "ms", figures[0], servers[1].name, figures[1], target)
    line.ours_us_per_op, line.peer_us_per_op = median_us(measured[0]), median_us(measured[1])
    line.rounds = {"ours": measured[0], "peer": measured[1]}
    return line


def pauses(context: Context) -> list[Line]:
    sizes = context.sizes
    directory = context.tmpfs()
    log = directory / "pauses.log"
    java_opts = f"-Xlog:gc*,safepoint:file={log}:utctime:filecount=0"
    server = context.run_server(
        lambda: EngramNode("engram", directory / "engram", LARGE_HEAP, java_opts)
    )
    fill_strings(server, sizes.many_keys)
    rate = SHARE_OF_HIGHEST * _highest_rate(context, server)
    began = datetime.now(timezone.utc)
    sample = Load(MIXED, sizes.many_keys, rate=int(rate)).run(server, sizes.pause_run_seconds)
    ended = datetime.now(timezone.utc)
    text = log.read_text()
    full_count = len(FULL_COLLECTION.findall(text))
    # A run may be too short for any pause; a collection on demand shows that they are logged.
    server.jcmd("GC.run")
    if not SAFEPOINT.search(log.read_text()):
        raise BenchError(f"no safepoint is logged in {log}")
    pauses_ms = [(0.0, "none")] + [
        (int(total_ns) / NS_PER_MS, cause)
        for at, cause, total_ns in SAFEPOINT.findall(text)
        if began <= datetime.fromisoformat(at) <= ended
    ]
    longest_ms, cause = max(pauses_ms)
    context.say(
        f"{len(pauses_ms) - 1} safepoints, longest {longest_ms:.2f} ms ({cause}), full collections"
        f" since the start: {full_count},"
        f" p99.99 of GET {sample.details['kinds']['GET']['p99.99']} ms"
    )
    longest = alone(
        context.row,
        f"longest safepoint in {sizes.pause_run_seconds:.0f} s at {rate:,.0f}/s",
        "ms",
        [longest_ms],
        Target(5.0, at_least=False, of_ratio=False),
    )
    longest.rounds = {"pauses": sorted(pauses_ms, reverse=True)[:50], "ours": [sample]}
    full = alone(
        context.row,
        "full collections",
        "",
        [float(full_count)],
        Target(0.0, at_least=False, of_ratio=False),
    )
    return [longest, full]
