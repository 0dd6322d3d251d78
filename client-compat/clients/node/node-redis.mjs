// node-redis, plain or cluster.
import { createClient, createCluster, WatchError } from "redis";
import { ca, mode, nodes, password, run, user } from "./checks.mjs";

const quiet = (client) => client.on("error", () => {});
const reconnectStrategy = () => 50;

async function connect() {
  const redis =
    mode === "plain"
      ? createClient({ socket: { ...nodes[0], reconnectStrategy } })
      : createCluster({
          rootNodes: nodes.map(({ host, port }) => ({ url: `rediss://${host}:${port}` })),
          defaults: {
            username: user,
            password,
            socket: { tls: true, ca, connectTimeout: 1000, reconnectStrategy },
          },
        });
  quiet(redis);
  await redis.connect();
  return adapter(redis);
}

function adapter(redis) {
  const call = (...words) =>
    mode === "plain"
      ? redis.sendCommand(words)
      : redis.sendCommand(words[1], isRead(words[0]), words);
  const own = async () => {
    if (mode === "plain") {
      const connection = redis.duplicate();
      quiet(connection);
      return connection.connect();
    }
    const { host, port } = redis.masters[0];
    const connection = createClient({
      username: user,
      password,
      socket: { host, port, tls: true, ca, reconnectStrategy },
    });
    quiet(connection);
    return connection.connect();
  };
  return {
    call,
    hashGetAll: (key) => redis.hGetAll(key),
    async onPrimary(...words) {
      const connection = await own();
      try {
        return await connection.sendCommand(words);
      } finally {
        connection.destroy();
      }
    },
    async transaction(counter, other, value) {
      const results = await redis.multi().incr(counter).set(other, value).get(other).exec();
      return results.map(String);
    },
    async watched(key, value, interference) {
      const connection = await own();
      try {
        await connection.watch(key);
        await interference();
        await connection.multi().set(key, value).exec();
        return true;
      } catch (error) {
        if (error instanceof WatchError) return false;
        throw error;
      } finally {
        connection.destroy();
      }
    },
    async scan(pattern) {
      const connections = mode === "plain" ? [redis] : await Promise.all(redis.masters.map(own));
      const found = [];
      for (const connection of connections) {
        for await (const page of connection.scanIterator({ MATCH: pattern, COUNT: 100 })) {
          found.push(...page);
        }
        if (connection !== redis) connection.destroy();
      }
      return found;
    },
    close: () => redis.destroy(),
  };
}

const isRead = (name) => ["GET", "TTL", "EXISTS", "TYPE", "HMGET"].includes(name);

await run(connect);
