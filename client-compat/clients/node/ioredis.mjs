// ioredis, plain or cluster.
import { Cluster, Redis } from "ioredis";
import { ca, mode, nodes, password, run, user } from "./checks.mjs";

const quiet = (client) => client.on("error", () => {});

async function connect() {
  const redis =
    mode === "plain"
      ? new Redis(nodes[0])
      : new Cluster(nodes, {
          clusterRetryStrategy: () => 50,
          slotsRefreshTimeout: 2000,
          redisOptions: {
            username: user,
            password,
            tls: { ca },
            connectTimeout: 1000,
            maxRetriesPerRequest: 20,
          },
        });
  quiet(redis);
  return adapter(redis);
}

function adapter(redis) {
  // A transaction needs a connection of its own; in a cluster that is one to the key's node.
  const own = async () => {
    if (mode === "plain") return redis.duplicate();
    const [host, port] = redis.slots[0][0].split(":");
    return new Redis({ host, port: Number(port), username: user, password, tls: { ca } });
  };
  return {
    call: (...words) => redis.call(...words),
    hashGetAll: (key) => redis.hgetall(key),
    onPrimary: (...words) =>
      mode === "plain" ? redis.call(...words) : redis.nodes("master")[0].call(...words),
    async transaction(counter, other, value) {
      const results = await redis.multi().incr(counter).set(other, value).get(other).exec();
      return results.map(([error, result]) => {
        if (error) throw error;
        return String(result);
      });
    },
    async watched(key, value, interference) {
      const connection = await own();
      quiet(connection);
      await connection.watch(key);
      await interference();
      const results = await connection.multi().set(key, value).exec();
      connection.disconnect();
      return results !== null;
    },
    async scan(pattern) {
      const found = [];
      for (const node of mode === "plain" ? [redis] : redis.nodes("master")) {
        for await (const page of node.scanStream({ match: pattern, count: 100 })) {
          found.push(...page);
        }
      }
      return found;
    },
    close: () => redis.disconnect(),
  };
}

await run(connect);
