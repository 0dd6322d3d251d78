"""The programs that make load: redis-benchmark, and the load generator of this module."""

import csv
import json
import os
import resource
import subprocess
import time
from dataclasses import dataclass, field

from .processes import BenchError, machine_busy_seconds
from .servers import ROOT, Server, java
from .sizes import CONNECTIONS, VALUE_BYTES

RUN_SECONDS = 3_600
MIN_REQUESTS = 2_000
LOAD_HEAP_FLAGS = ["-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4"]
FILL_CONNECTIONS, FILL_PIPELINE = 8, 200


@dataclass
class Sample:
    """One measurement of one server."""

    rate: float
    p50_ms: float
    p99_ms: float
    # Of all processes of the server, and of the client.
    server_us_per_op: float
    client_us_per_op: float
    # Processors' worth of load that was neither the server nor the client.
    other_load: float
    details: dict = field(default_factory=dict)


@dataclass
class _Usage:
    """Processor time while a client program ran."""

    elapsed_s: float
    server_s: float
    client_s: float
    busy_s: float

    def sample(self, operations: float, rate: float, p50_ms: float, p99_ms: float) -> Sample:
        other_s = self.busy_s - self.server_s - self.client_s
        return Sample(
            rate=rate,
            p50_ms=p50_ms,
            p99_ms=p99_ms,
            server_us_per_op=1e6 * self.server_s / operations,
            client_us_per_op=1e6 * self.client_s / operations,
            other_load=max(0.0, other_s / self.elapsed_s),
        )


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _run(server: Server, command: list[str]) -> tuple[str, _Usage]:
    """Runs a client to its end; nothing else of ours ends meanwhile, so its time is the sum's."""
    began, busy = time.monotonic(), machine_busy_seconds()
    served, used = server.cpu_seconds(), _children_seconds()
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=RUN_SECONDS, start_new_session=True
    )
    if done.returncode != 0:
        problem = (done.stderr.strip() or done.stdout.strip())[-500:]
        raise BenchError(f"{os.path.basename(command[0])} on {server.name}: {problem}")
    usage = _Usage(
        elapsed_s=time.monotonic() - began,
        server_s=server.cpu_seconds() - served,
        client_s=_children_seconds() - used,
        busy_s=machine_busy_seconds() - busy,
    )
    return done.stdout, usage


@dataclass(frozen=True)
class RedisBenchmark:
    """A load by redis-benchmark: `test` is the word after -t."""

    test: str
    pipeline: int
    keys: int
    connections: int = CONNECTIONS

    def label(self) -> str:
        return f"{self.test.upper()} c{self.connections} P{self.pipeline}"

    def run(self, server: Server, seconds: float, rate: float) -> Sample:
        """Sends as many requests as take so long at the rate that is known."""
        requests = max(MIN_REQUESTS, int(rate * seconds))
        command = ["redis-benchmark", "-p", str(server.port), "-c", str(self.connections)]
        command += ["-P", str(self.pipeline), "-r", str(self.keys), "-d", str(VALUE_BYTES)]
        command += ["-n", str(requests), "-t", self.test, "--csv"]
        text, usage = _run(server, command)
        rows = list(csv.DictReader(text.splitlines()))
        if len(rows) != 1:
            raise BenchError(f"redis-benchmark on {server.name}: {text}")
        row = rows[0]
        p50_ms, p99_ms = float(row["p50_latency_ms"]), float(row["p99_latency_ms"])
        return usage.sample(requests, float(row["rps"]), p50_ms, p99_ms)


@dataclass(frozen=True)
class Load:
    """A load by our own generator: `requests` are 'PERCENT COMMAND …', see LoadOptions."""

    requests: tuple[str, ...]
    keys: int
    connections: int = CONNECTIONS
    pipeline: int = 1
    etcd: bool = False
    # Not 0: open loop.
    rate: int = 0
    # Sent but not counted, within the same run of the generator.
    warm_up_seconds: float = 0.5

    def label(self) -> str:
        return f"c{self.connections} P{self.pipeline}"

    def run(self, server: Server, seconds: float, rate: float = 0) -> Sample:
        """Runs for so long; the rate that may be known does not matter."""
        arguments = ["--seconds", str(seconds), "--warm-up", str(self.warm_up_seconds)]
        arguments += ["--rate", str(self.rate)]
        if self.etcd:
            # Its requests are independent streams: an answer makes room for the next one at once.
            arguments += ["--etcd", "--sliding"]
        return self._generate(server, arguments)

    def fill(self, server: Server, count: int) -> None:
        """Sends so many requests, once each."""
        self._generate(server, ["--requests", str(count)])

    def _generate(self, server: Server, arguments: list[str]) -> Sample:
        command = [java(), *LOAD_HEAP_FLAGS, "-cp", class_path(), "io.engramdb.load.LoadMain"]
        command += ["--port", str(server.port), "--connections", str(self.connections)]
        command += ["--pipeline", str(self.pipeline), "--keys", str(self.keys)]
        command += ["--data", str(VALUE_BYTES), *arguments]
        for request in self.requests:
            command += ["--request", request]
        text, usage = _run(server, command)
        result = json.loads(text)
        if result["failures"]:
            raise BenchError(
                f"{server.name} refused {result['failures']}: {result['first_failure']}"
            )
        first = next(iter(result["kinds"].values()))
        # The processor's time is of the whole run, warm-up included.
        counted_s = result["seconds"] + (0 if "--requests" in arguments else self.warm_up_seconds)
        operations = max(1.0, result["rate"] * counted_s)
        sample = usage.sample(operations, result["rate"], first["p50"], first["p99"])
        sample.details = result
        return sample


def fill_strings(server: Server, count: int) -> None:
    """Sets key:000000000000 and so on: what both programs read."""
    requests = ("100 SET key:{seq} {data}",)
    Load(requests, 1, FILL_CONNECTIONS, FILL_PIPELINE).fill(server, count)


def class_path() -> str:
    target = ROOT / "integration-tests" / "target"
    return f"{target}/classes:{target}/lib/*"
