"""The servers that are compared: Engram and its peers, each on free ports of 127.0.0.1."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from . import resp
from .processes import BenchError, Child, await_true, cpu_seconds, free_ports, resident_bytes

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 120.0


class Server:
    """Something that serves, made of one process or of several."""

    name: str
    port: int

    def pids(self) -> list[int]:
        """All processes, the one that clients talk to first."""
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds(pid) for pid in self.pids())

    def resident_bytes(self) -> int:
        return sum(resident_bytes(pid) for pid in self.pids())


class Lone(Server):
    """A server of one process."""

    child: Child
    takes_writes = True
    # From the start of the process to the answer of the first PING.
    first_pong_seconds: float

    def _start(self, command: list[str], output: Path, environment: dict[str, str]) -> None:
        began = time.monotonic()
        self.child = Child(self.name, command, output, environment)
        try:
            self._await("PING")
            self.first_pong_seconds = time.monotonic() - began
            if self.takes_writes:
                self._await("SET", "started", "yes")
        except BaseException:
            self.child.stop()
            raise

    def _await(self, *words: str) -> None:
        what = f"{self.name} answers {words[0]}"
        await_true(lambda: resp.answers(self.port, *words), what, START_SECONDS, self.child)

    def pids(self) -> list[int]:
        return [self.child.pid]

    def stop(self) -> None:
        self.child.stop()


class Redis(Lone):
    """redis-server; without more flags it keeps nothing on disk."""

    def __init__(self, name: str, directory: Path, *flags: str) -> None:
        self.name = name
        self.port = free_ports(1)
        self.takes_writes = "--replicaof" not in flags
        directory.mkdir(parents=True)
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--dir", str(directory), *(flags or ("--appendonly", "no"))]
        self._start(command, directory / "output", {})


# One fsync per turn of its loop; the file is never rewritten during a measurement.
ALWAYS_FLAGS = (
    *("--appendonly", "yes", "--appendfsync", "always"),
    *("--auto-aof-rewrite-percentage", "0"),
)


def redis_always(directory: Path) -> Redis:
    return Redis("redis-always", directory, *ALWAYS_FLAGS)


class RedisWithReplicas(Server):
    """A Redis primary and two replicas, all with appendfsync always."""

    name = "redis-wait"

    def __init__(self, directory: Path) -> None:
        self._members: list[Redis] = []
        try:
            self._members.append(Redis("primary", directory / "primary", *ALWAYS_FLAGS))
            self.port = self._members[0].port
            for number in (1, 2):
                flags = (*ALWAYS_FLAGS, "--replicaof", "127.0.0.1", str(self.port))
                self._members.append(Redis("replica", directory / f"replica{number}", *flags))
            await_true(self._in_step, "replicas of Redis", START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def _in_step(self) -> bool:
        lines = resp.info(self.port)
        return all("state=online" in lines.get(f"slave{number}", "") for number in (0, 1))

    def pids(self) -> list[int]:
        return [member.child.pid for member in self._members]

    def stop(self) -> None:
        for member in self._members:
            member.stop()


class Etcd(Server):
    """Three members of etcd; its port is the leader's."""

    name = "etcd"
    COUNT = 3

    def __init__(self, directory: Path) -> None:
        first = free_ports(2 * self.COUNT)
        names = [f"m{number}" for number in range(self.COUNT)]
        client = [f"http://127.0.0.1:{first + number}" for number in range(self.COUNT)]
        peer = [f"http://127.0.0.1:{first + self.COUNT + number}" for number in range(self.COUNT)]
        cluster = ",".join(f"{name}={url}" for name, url in zip(names, peer))
        self._endpoints = client
        self._children: list[Child] = []
        try:
            for number, name in enumerate(names):
                home = directory / name
                home.mkdir(parents=True, mode=0o700)
                command = ["etcd", "--name", name, "--data-dir", str(home / "data")]
                command += ["--listen-client-urls", client[number]]
                command += ["--advertise-client-urls", client[number]]
                command += ["--listen-peer-urls", peer[number]]
                command += ["--initial-advertise-peer-urls", peer[number]]
                command += ["--initial-cluster", cluster, "--initial-cluster-state", "new"]
                command += ["--logger", "zap", "--log-level", "error"]
                self._children.append(Child(name, command, home / "output"))
            await_true(lambda: self._leader() is not None, "a leader of etcd", START_SECONDS)
            leader = self._leader()
            assert leader is not None
            self.port = first + leader
            # The leader's process first.
            self._children.insert(0, self._children.pop(leader))
        except BaseException:
            self.stop()
            raise

    def _leader(self) -> int | None:
        """Which endpoint leads; None as long as nobody says so."""
        done = subprocess.run(
            ["etcdctl", "--endpoints", ",".join(self._endpoints), "endpoint", "status"]
            + ["-w", "json"],
            capture_output=True,
            text=True,
            env={**os.environ, "ETCDCTL_API": "3"},
        )
        if done.returncode != 0:
            return None
        for number, member in enumerate(json.loads(done.stdout)):
            status = member["Status"]
            if status["leader"] == status["header"]["member_id"]:
                return number
        return None

    def pids(self) -> list[int]:
        return [child.pid for child in self._children]

    def stop(self) -> None:
        for child in self._children:
            child.stop()


def launcher() -> str:
    return os.environ.get("ENGRAM_LAUNCHER", str(ROOT / "engram"))


def java() -> str:
    done = subprocess.run([ROOT / ".mvn" / "java25"], capture_output=True, text=True)
    if done.returncode != 0:
        raise BenchError(done.stderr.strip())
    return done.stdout.strip()


class EngramNode(Lone):
    """One data node whose shard has one voter: every write goes through the log and its fsync."""

    def __init__(self, name: str, directory: Path, heap: str, java_opts: str = "") -> None:
        self.name = name
        self.port = free_ports(1)
        directory.mkdir(parents=True)
        command = [launcher(), "node", "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(directory), "--protected-mode", "no"]
        environment = {"ENGRAM_HEAP": heap, "ENGRAM_JAVA_OPTS": java_opts, "ENGRAM_BUILD": "no"}
        self._start(command, directory / "output", environment)

    def jcmd(self, *words: str) -> str:
        """Asks the JVM of the node."""
        tool = Path(java()).parent / "jcmd"
        command = [str(tool), str(self.child.pid), *words]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"{tool}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout


class EngramZones(Server):
    """`engram up`: three data nodes on this machine; its port is the primary's."""

    name = "engram"

    def __init__(self, directory: Path, *flags: str) -> None:
        self._directory = directory
        try:
            self._cli("up", "--port", str(free_ports(3)), *flags)
            status = json.loads(self._cli("status", "-o", "json"))
            nodes = [node for shard in status["shards"] for node in shard["nodes"]]
            nodes.sort(key=lambda node: node["role"] != "primary")
            self._pids = [node["pid"] for node in nodes]
            self.port = nodes[0]["port"]
        except BaseException:
            self.stop()
            raise

    def _cli(self, command: str, *arguments: str) -> str:
        # Through files: a pipe would stay open as long as a server that inherited it.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(
                [launcher(), command, "--dir", str(self._directory), *arguments],
                stdout=out,
                stderr=err,
                timeout=START_SECONDS * 2,
                start_new_session=True,
                env={**os.environ, "ENGRAM_BUILD": "no"},
            )
            out.seek(0)
            err.seek(0)
            text, problem = out.read(), err.read().strip()
        if done.returncode != 0:
            raise BenchError(f"engram {command}: {problem or text.strip()}")
        return text

    def pids(self) -> list[int]:
        return list(self._pids)

    def stop(self) -> None:
        if (self._directory / "cluster.json").exists():
            self._cli("down")
