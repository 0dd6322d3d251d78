"""One redis-server in cluster mode with TLS and one user: enough to test the service alone."""

import os
import shutil
import socket
import subprocess
import tempfile
import time

USER, PASSWORD = "shop", "correct-horse"
START_SECONDS = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class TlsRedisCluster:
    def __init__(self):
        for program in ("redis-server", "redis-cli", "openssl"):
            if shutil.which(program) is None:
                raise AssertionError(f"{program} is missing: apt-get install redis openssl")
        self.directory = tempfile.mkdtemp(prefix="customers-test-")
        # Cluster mode wants a bus port; let the kernel find both.
        self.port, self.bus_port = free_port(), free_port()
        self.process = None
        self._make_certificate()
        self._write_configuration()

    @property
    def ca_file(self):
        return os.path.join(self.directory, "ca.crt")

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", os.path.join(self.directory, "redis.conf")],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while self.cli("PING") != "PONG":
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError("redis-server does not start")
            time.sleep(0.05)
        if "cluster_slots_ok:16384" not in self.cli("CLUSTER", "INFO"):
            self.cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        while "cluster_state:ok" not in self.cli("CLUSTER", "INFO"):
            if time.monotonic() > deadline:
                raise AssertionError("the cluster does not become ok")
            time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory)

    def cli(self, *command):
        done = subprocess.run(
            ["redis-cli", "-p", str(self.port), "--tls", "--cacert", self.ca_file]
            + ["--user", USER, "--pass", PASSWORD, "--no-auth-warning", *command],
            capture_output=True,
            text=True,
            timeout=10,
        )
        return done.stdout.strip()

    def _make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
            + ["-subj", "/CN=customers test", "-addext", "subjectAltName=IP:127.0.0.1"]
            + ["-keyout", os.path.join(self.directory, "server.key"), "-out", self.ca_file],
            check=True,
            stderr=subprocess.DEVNULL,
        )

    def _write_configuration(self):
        lines = [
            "bind 127.0.0.1",
            "port 0",
            f"tls-port {self.port}",
            f"tls-cert-file {self.ca_file}",
            f"tls-key-file {self.directory}/server.key",
            f"tls-ca-cert-file {self.ca_file}",
            "tls-auth-clients no",
            "tls-cluster yes",
            "cluster-enabled yes",
            f"cluster-port {self.bus_port}",
            "cluster-announce-ip 127.0.0.1",
            "user default off",
            f"user {USER} on >{PASSWORD} ~* &* +@all",
            "appendonly yes",
            "appendfsync always",
            f"dir {self.directory}",
        ]
        with open(os.path.join(self.directory, "redis.conf"), "w") as conf:
            conf.write("\n".join(lines) + "\n")
