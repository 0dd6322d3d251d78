"""The service, through HTTP, on a real cluster-mode redis-server with TLS and a user."""

import json
import logging
import os
import subprocess
import sys
import unittest
import urllib.error
import urllib.request
import uuid

from customers.app import create_app
from customers.database import Database, OutcomeUnknown, Unavailable, never_sent
from customers.settings import BadSettings, from_environment
from customers.store import BadCursor, Conflict, CustomerStore

from .redis_cluster import PASSWORD, USER, TlsRedisCluster

# The cluster client logs a stack trace for each redirect and each refused connection.
logging.getLogger("redis.cluster").setLevel(logging.CRITICAL)
ADA = {"name": "Ada", "email": "ada@example.org"}


def settings_for(cluster, **changes):
    environ = {
        "REDIS_NODES": f"127.0.0.1:{cluster.port}",
        "REDIS_USER": USER,
        "REDIS_PASSWORD": PASSWORD,
        "REDIS_CA_FILE": cluster.ca_file,
        "LISTEN_PORT": "0",
        "DEADLINE_SECONDS": "1.5",
    }
    return {**environ, **changes}


class OnARealCluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = TlsRedisCluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.start()
        store = CustomerStore(Database(from_environment(settings_for(cls.cluster))))
        cls.http = create_app(store).test_client()

    def setUp(self):
        self.cluster.cli("FLUSHALL")

    def post(self, body):
        return self.http.post("/customers", json=body)

    def test_a_new_customer_is_kept_in_a_hash(self):
        answer = self.post({**ADA, "city": "London"})
        self.assertEqual(201, answer.status_code)
        customer_id = answer.json["id"]
        self.assertTrue(answer.headers["Location"].endswith(f"/customers/{customer_id}"))
        kept = self.cluster.cli("HGETALL", f"customer:{customer_id}").splitlines()
        self.assertEqual(
            {**ADA, "city": "London"}, dict(zip(kept[::2], kept[1::2], strict=True))
        )
        shown = self.http.get(f"/customers/{customer_id}")
        self.assertEqual(200, shown.status_code)
        self.assertEqual({"id": customer_id, **ADA, "city": "London"}, shown.json)

    def test_put_replaces_all_fields(self):
        customer_id = self.post({**ADA, "phone": "1"}).json["id"]
        changed = {"name": "Ada L.", "email": "al@example.org"}
        answer = self.http.put(f"/customers/{customer_id}", json=changed)
        self.assertEqual(200, answer.status_code)
        shown = self.http.get(f"/customers/{customer_id}").json
        self.assertEqual({"id": customer_id, **changed}, shown)

    def test_put_does_not_create(self):
        path = f"/customers/{uuid.uuid4()}"
        self.assertEqual(404, self.http.put(path, json=ADA).status_code)
        self.assertEqual(404, self.http.get(path).status_code)

    def test_delete(self):
        path = f"/customers/{self.post(ADA).json['id']}"
        self.assertEqual(204, self.http.delete(path).status_code)
        self.assertEqual(404, self.http.delete(path).status_code)
        self.assertEqual(404, self.http.get(path).status_code)

    def test_bad_input_is_400(self):
        for body in (
            [],
            "text",
            {"name": "Ada"},
            {"email": "a@b"},
            {**ADA, "name": ""},
            {**ADA, "name": 7},
            {**ADA, "name": "x" * 501},
            {**ADA, "email": "nowhere"},
            {**ADA, "role": "admin"},
        ):
            self.assertEqual(400, self.post(body).status_code, body)
        broken = self.http.post("/customers", data="{", content_type="application/json")
        self.assertEqual(400, broken.status_code)

    def test_other_client_errors(self):
        self.assertEqual(415, self.http.post("/customers", data="name=Ada").status_code)
        self.assertEqual(405, self.http.delete("/customers").status_code)
        self.assertEqual(405, self.http.post(f"/customers/{uuid.uuid4()}").status_code)
        self.assertEqual(404, self.http.get("/customers/not-a-uuid").status_code)
        self.assertEqual(404, self.http.get("/nothing").status_code)
        huge = self.http.post("/customers", data=b"x" * 70_000, content_type="application/json")
        self.assertIn(huge.status_code, (400, 413))

    def test_the_list_is_paged_and_complete(self):
        expected = {self.post({**ADA, "name": f"c{i}"}).json["id"] for i in range(250)}
        self.cluster.cli("SET", "something:else", "1")
        seen, cursor, pages = set(), None, 0
        while True:
            query = "limit=20" + (f"&cursor={cursor}" if cursor else "")
            page = self.http.get(f"/customers?{query}").json
            self.assertLess(len(page["customers"]), 60, "a page is bounded")
            seen.update(customer["id"] for customer in page["customers"])
            cursor, pages = page["next"], pages + 1
            if cursor is None:
                break
        self.assertEqual(expected, seen)
        self.assertGreater(pages, 3)

    def test_bad_paging_is_400(self):
        for query in ("limit=0", "limit=501", "limit=x", "cursor=x", "cursor=1-2", "cursor=9-9-x"):
            self.assertEqual(400, self.http.get(f"/customers?{query}").status_code, query)

    def test_a_customer_changed_by_others_is_not_lost_in_put(self):
        path = f"/customers/{self.post(ADA).json['id']}"
        for i in range(20):
            changed = {**ADA, "name": f"Ada {i}"}
            self.assertEqual(200, self.http.put(path, json=changed).status_code)
            self.assertEqual(f"Ada {i}", self.http.get(path).json["name"])


class WhenTheDatabaseIsAway(unittest.TestCase):
    def test_503_while_away_and_back_by_itself(self):
        cluster = TlsRedisCluster()
        self.addCleanup(cluster.close)
        impatient = from_environment(settings_for(cluster, DEADLINE_SECONDS="0.6"))
        http = create_app(CustomerStore(Database(impatient))).test_client()
        self.assertEqual(503, http.post("/customers", json=ADA).status_code, "never started")
        cluster.start()
        customer_id = http.post("/customers", json=ADA).json["id"]
        cluster.kill()
        path = f"/customers/{customer_id}"
        self.assertEqual(503, http.post("/customers", json=ADA).status_code)
        self.assertEqual(503, http.get(path).status_code)
        self.assertEqual(503, http.put(path, json=ADA).status_code)
        self.assertEqual(503, http.delete(path).status_code)
        self.assertEqual(503, http.get("/customers").status_code)
        cluster.start()
        self.assertEqual(200, http.get(path).status_code)
        self.assertEqual(201, http.post("/customers", json=ADA).status_code)

    def test_a_wrong_password_is_503_not_success(self):
        cluster = TlsRedisCluster()
        self.addCleanup(cluster.close)
        cluster.start()
        wrong = from_environment(settings_for(cluster, REDIS_PASSWORD="guess", DEADLINE_SECONDS="0.6"))
        http = create_app(CustomerStore(Database(wrong))).test_client()
        self.assertEqual(503, http.post("/customers", json=ADA).status_code)


class Failing:
    """A store whose every call ends in one way."""

    def __init__(self, error):
        self._error = error

    def __getattr__(self, name):
        def call(*_):
            raise self._error

        return call


class StatusCodes(unittest.TestCase):
    def test_an_unknown_outcome_is_never_a_success(self):
        http = create_app(Failing(OutcomeUnknown("gone"))).test_client()
        path = f"/customers/{uuid.uuid4()}"
        for answer in (
            http.post("/customers", json=ADA),
            http.put(path, json=ADA),
            http.delete(path),
        ):
            self.assertEqual(503, answer.status_code)
            self.assertIn("outcome unknown", answer.json["message"])

    def test_other_troubles(self):
        path = f"/customers/{uuid.uuid4()}"
        for error, code in ((Unavailable("x"), 503), (Conflict("x"), 409), (BadCursor("x"), 400)):
            http = create_app(Failing(error)).test_client()
            call = http.get("/customers") if code == 400 else http.put(path, json=ADA)
            self.assertEqual(code, call.status_code)

    def test_only_a_refused_connect_counts_as_never_sent(self):
        self.assertTrue(never_sent(Exception("Error 111 connecting to 127.0.0.1:1. refused.")))
        self.assertFalse(never_sent(Exception("Connection closed by server.")))


class StartedAsAProcess(unittest.TestCase):
    def test_it_serves_http(self):
        cluster = TlsRedisCluster()
        self.addCleanup(cluster.close)
        cluster.start()
        process = subprocess.Popen(
            [sys.executable, "-m", "customers"],
            env={**os.environ, **settings_for(cluster)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        url = process.stdout.readline().split()[-1]
        request = urllib.request.Request(
            url + "/customers", json.dumps(ADA).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.assertEqual(201, answer.status)
        with self.assertRaises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(f"{url}/customers/{uuid.uuid4()}", timeout=10)
        missing.exception.close()
        self.assertEqual(404, missing.exception.code)

    def test_missing_settings_are_named(self):
        done = subprocess.run(
            [sys.executable, "-m", "customers"],
            env={"PATH": os.environ["PATH"], "REDIS_USER": "shop"},
            capture_output=True,
            text=True,
        )
        self.assertEqual(2, done.returncode)
        self.assertIn("REDIS_NODES, REDIS_PASSWORD, REDIS_CA_FILE", done.stderr)
        with self.assertRaises(BadSettings):
            from_environment({**os.environ, "REDIS_NODES": "nowhere"})


if __name__ == "__main__":
    unittest.main()
