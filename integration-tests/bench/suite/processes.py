"""Processes that the suite starts, by id: never looked up by name, always ended."""

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
STOP_SECONDS = 15.0
POLL_SECONDS = 0.005
PORT_RANGE = (11_000, 21_900)
# The log of a node listens so far above its clients' port.
LOG_PORT_DISTANCE = 10_000


class BenchError(Exception):
    """Something that a measurement needs is missing or has failed; says what."""


def free_ports(count: int) -> int:
    """First of neighbouring free ports below the range of outgoing connections."""
    for _ in range(500):
        first = random.randrange(*PORT_RANGE)
        try:
            for port in range(first, first + count):
                for distance in (0, LOG_PORT_DISTANCE):
                    with socket.socket() as probe:
                        probe.bind(("127.0.0.1", port + distance))
            return first
        except OSError:
            continue
    raise BenchError("no free ports")


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used, in steps of a tick (10 ms)."""
    # The second field may hold blanks and parentheses.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise BenchError(f"process {pid} has no resident set")


def machine_busy_seconds() -> float:
    """Time that all processors together have been busy."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / TICKS_PER_SECOND


class Child:
    """A server process of ours, in a session of its own so that Ctrl-C reaches us alone."""

    def __init__(
        self, name: str, command: list[str], output: Path, environment: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.output = output
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("w") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def require_running(self) -> None:
        if self.process.poll() is not None:
            tail = self.output.read_text(errors="replace")[-500:].strip()
            raise BenchError(f"{self.name} ended with {self.process.returncode}: {tail}")

    def stop(self) -> None:
        """Asks once, then insists."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def await_true(condition, what: str, seconds: float, child: Child | None = None) -> None:
    """Polls until the condition holds; names what did not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if child is not None:
            child.require_running()
        if time.monotonic() > deadline:
            raise BenchError(f"{what}: not within {seconds:.0f} s")
        time.sleep(POLL_SECONDS)
