// The checklist for clients of Node.js. An adapter gives the few operations in which they differ;
// see ../README.md for the environment and the protocol on standard output.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

export const mode = process.env.MODE;
export const nodes = process.env.NODES.split(",").map((node) => {
  const [host, port] = node.split(":");
  return { host, port: Number(port) };
});
export const user = process.env.USER_NAME;
export const password = process.env.PASSWORD;
export const ca = process.env.CA_FILE ? readFileSync(process.env.CA_FILE) : undefined;

const DEADLINE_MS = 60_000;

async function eventually(check) {
  const deadlineMs = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await pause(20);
    }
  }
}

function lineFromStandardInput() {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin });
    lines.once("line", (line) => {
      lines.close();
      resolve(line);
    });
  });
}

const checks = {
  async strings(client) {
    assert.equal(await client.call("SET", "s", "välue"), "OK");
    assert.equal(await client.call("GET", "s"), "välue");
    assert.equal(await client.call("GET", "missing"), null);
    assert.equal(await client.call("SET", "s", "other", "NX"), null);
    assert.equal(await client.call("SET", "s", "2", "GET"), "välue");
    assert.equal(await client.call("INCRBY", "s", "5"), 7);
    assert.equal(await client.call("INCRBYFLOAT", "s", "0.25"), "7.25");
    assert.equal(await client.call("APPEND", "s", "!!"), 6);
  },
  async hashes(client) {
    assert.equal(await client.call("HSET", "h", "name", "Ada", "born", "1815"), 2);
    assert.deepEqual({ ...(await client.hashGetAll("h")) }, { name: "Ada", born: "1815" });
    assert.deepEqual(await client.call("HMGET", "h", "name", "missing"), ["Ada", null]);
    assert.equal(await client.call("HINCRBY", "h", "born", "37"), 1852);
    assert.equal(await client.call("HDEL", "h", "name", "missing"), 1);
  },
  async keys(client) {
    await client.call("SET", "{k}1", "v");
    assert.equal(await client.call("TYPE", "{k}1"), "string");
    assert.equal(await client.call("RENAME", "{k}1", "{k}2"), "OK");
    assert.equal(await client.call("EXISTS", "{k}1"), 0);
    assert.equal(await client.call("DEL", "{k}2"), 1);
  },
  async expiry(client) {
    await client.call("SET", "e", "v");
    assert.equal(await client.call("TTL", "e"), -1);
    assert.equal(await client.call("EXPIRE", "e", "1000"), 1);
    const left = await client.call("TTL", "e");
    assert.ok(left > 900 && left <= 1000, `time to live ${left}`);
    assert.equal(await client.call("PERSIST", "e"), 1);
    await client.call("SET", "short", "v", "PX", "100");
    await eventually(async () => assert.equal(await client.call("GET", "short"), null));
  },
  async transactions(client) {
    assert.deepEqual(
      await client.transaction("{t}counter", "{t}other", "v"),
      ["1", "OK", "v"],
    );
    const interference = () => client.call("SET", "{t}w", "theirs");
    assert.equal(await client.watched("{t}w", "mine", interference), false);
    assert.equal(await client.call("GET", "{t}w"), "theirs");
    assert.equal(await client.watched("{t}w", "mine", async () => {}), true);
    assert.equal(await client.call("GET", "{t}w"), "mine");
  },
  async pipelines(client) {
    // Both clients send in one flush what is called in one turn.
    const sets = Array.from({ length: 1000 }, (_, i) => client.call("SET", `p${i}`, `v${i}`));
    const gets = Array.from({ length: 1000 }, (_, i) => client.call("GET", `p${i}`));
    await Promise.all(sets);
    assert.deepEqual(
      await Promise.all(gets),
      Array.from({ length: 1000 }, (_, i) => `v${i}`),
    );
  },
  async scan(client) {
    const sets = Array.from({ length: 500 }, (_, i) => client.call("SET", `scan:${i}`, "v"));
    await Promise.all(sets);
    const found = new Set(await client.scan("scan:*"));
    assert.equal(found.size, 500);
    assert.ok(found.has("scan:499"));
  },
  async bigValues(client) {
    const value = "é1234567".repeat(1 << 20);
    await client.call("SET", "big", value);
    assert.equal((await client.call("GET", "big")) === value, true);
    assert.equal(await client.call("DEL", "big"), 1);
  },
  async errors(client) {
    await client.call("SET", "text", "abc");
    await assert.rejects(() => client.call("INCR", "text"), /value is not an integer/);
    assert.equal(await client.call("GET", "text"), "abc");
  },
  async reconnect(client, connect) {
    await client.call("SET", "before", "1");
    const admin = await connect();
    await admin.onPrimary("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await admin.close();
    await eventually(async () => assert.equal(await client.call("GET", "before"), "1"));
  },
  async failover(client) {
    await client.call("SET", "acknowledged", "1");
    console.log("ready");
    await lineFromStandardInput();
    await eventually(() => client.call("SET", "after", "1"));
    await eventually(async () => assert.equal(await client.call("GET", "acknowledged"), "1"));
  },
};

export async function run(connect) {
  const client = await connect();
  await eventually(() => client.onPrimary("FLUSHALL"));
  for (const [name, check] of Object.entries(checks)) {
    if (name === "failover" && mode !== "cluster") continue;
    await check(client, connect);
    console.log(`ok ${name}`);
  }
  await client.close();
  process.exit(0);
}
