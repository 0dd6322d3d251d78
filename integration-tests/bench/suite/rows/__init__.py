"""The rows, in the order in which they run."""

from collections.abc import Callable
from dataclasses import dataclass

from ..context import Context
from ..lines import Line
from . import complexity, growth, latency, lifecycle, memory, replicated, single, snapshot


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    run: Callable[[Context], list[Line]]
    # Programs that must be installed, beside redis-server and redis-benchmark.
    needs: tuple[str, ...] = ()


ROWS = [
    Row("single", "one data node, log on tmpfs, vs Redis without persistence", single.volatile),
    Row("types", "the same, other commands at pipeline 16", single.types),
    Row("durable", "one data node with fsync vs Redis appendfsync always", single.durable),
    Row("zones", "three zones vs Redis without persistence", replicated.volatile),
    Row("etcd", "three zones vs three nodes of etcd", replicated.etcd, ("etcd", "etcdctl")),
    Row("wait", "three zones vs Redis, two replicas, WAIT 1, all always", replicated.wait),
    Row("commit", "latency of a commit vs fdatasync of the same disk", latency.commit),
    Row("tail", "p99.9 of GET at half load vs Redis without persistence", latency.tail),
    Row("pauses", "longest pause of the JVM in a mixed run", latency.pauses),
    Row("memory", "memory per element vs Redis", memory.memory),
    Row("growth", "throughput with many keys over that with few", growth.growth),
    Row("complexity", "1 M elements over 1 k, operation by operation", complexity.complexity),
    Row("snapshot", "while snapshots are made vs before; loading a file vs Redis", snapshot.snapshot),
    Row("idle", "idle three-zone cluster", lifecycle.idle),
    Row("start", "start of one node to the first PONG", lifecycle.start),
]
