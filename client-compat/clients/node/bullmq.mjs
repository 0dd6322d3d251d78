// Queues of BullMQ: its Lua scripts, blocking reads of markers and of a stream of events.
// MODE=plain only; prints "ok NAME" for each check that passed.
import assert from "node:assert/strict";
import { FlowProducer, Queue, QueueEvents, Worker } from "bullmq";
import { nodes } from "./checks.mjs";

const FINISH_LIMIT_MS = 60_000;
const JOBS = 200;

const connection = { ...nodes[0], maxRetriesPerRequest: null };
const opened = [];

function open(what) {
  what.on("error", (error) => {
    console.error(error);
    process.exit(1);
  });
  opened.push(what);
  return what;
}

const queue = open(new Queue("mail", { connection }));
const events = open(new QueueEvents("mail", { connection }));
// Hundreds wait for their jobs at once.
queue.setMaxListeners(0);
events.setMaxListeners(0);
const order = [];

async function work(job) {
  order.push(job.name);
  if (job.name === "flaky" && job.attemptsMade < 2) throw new Error("not yet");
  if (job.name === "broken") throw new Error("never");
  await job.updateProgress(50);
  return { doubled: job.data.value * 2 };
}

function startWorker(options = {}) {
  return open(new Worker("mail", work, { connection, ...options }));
}

const checks = {
  async many(worker) {
    const added = await queue.addBulk(
      Array.from({ length: JOBS }, (_, value) => ({ name: "double", data: { value } })),
    );
    const results = await Promise.all(
      added.map((job) => job.waitUntilFinished(events, FINISH_LIMIT_MS)),
    );
    assert.deepEqual(
      results,
      Array.from({ length: JOBS }, (_, value) => ({ doubled: value * 2 })),
    );
    assert.equal((await queue.getJobCounts("completed")).completed, JOBS);
  },
  async priorities(worker) {
    await worker.pause();
    order.length = 0;
    const added = [];
    for (const [name, priority] of [["third", 9], ["first", 1], ["second", 5]]) {
      added.push(await queue.add(name, { value: 1 }, { priority }));
    }
    assert.equal(await queue.getPrioritizedCount(), 3);
    worker.resume();
    await Promise.all(added.map((job) => job.waitUntilFinished(events, FINISH_LIMIT_MS)));
    assert.deepEqual(order, ["first", "second", "third"]);
  },
  async delays() {
    const beganMs = Date.now();
    const job = await queue.add("later", { value: 4 }, { delay: 300 });
    assert.equal(await job.getState(), "delayed");
    assert.deepEqual(await job.waitUntilFinished(events, FINISH_LIMIT_MS), { doubled: 8 });
    assert.ok(Date.now() - beganMs >= 290, "a delayed job came too early");
  },
  async retries() {
    const backoff = { type: "fixed", delay: 50 };
    const flaky = await queue.add("flaky", { value: 5 }, { attempts: 3, backoff });
    assert.deepEqual(await flaky.waitUntilFinished(events, FINISH_LIMIT_MS), { doubled: 10 });
    const broken = await queue.add("broken", {});
    await assert.rejects(broken.waitUntilFinished(events, FINISH_LIMIT_MS), /never/);
    assert.equal(await broken.getState(), "failed");
    assert.equal(await queue.getFailedCount(), 1);
  },
  async duplicates(worker) {
    await worker.pause();
    const first = await queue.add("once", { value: 1 }, { jobId: "unique" });
    const again = await queue.add("once", { value: 2 }, { jobId: "unique" });
    assert.equal(first.id, again.id);
    assert.equal(await queue.getWaitingCount(), 1);
    worker.resume();
    assert.deepEqual(await first.waitUntilFinished(events, FINISH_LIMIT_MS), { doubled: 2 });
  },
  async flows() {
    const flow = open(new FlowProducer({ connection }));
    const tree = await flow.add({
      name: "parent",
      queueName: "mail",
      data: { value: 7 },
      children: [1, 2, 3].map((value) => ({ name: "child", queueName: "mail", data: { value } })),
    });
    assert.deepEqual(await tree.job.waitUntilFinished(events, FINISH_LIMIT_MS), { doubled: 14 });
    assert.equal(Object.keys(await tree.job.getChildrenValues()).length, 3);
  },
  async schedules() {
    let runs = 0;
    const thrice = new Promise((resolve) => {
      events.on("completed", ({ returnvalue }) => {
        if (returnvalue.doubled === 22 && ++runs === 3) resolve();
      });
    });
    await queue.upsertJobScheduler("tick", { every: 100 }, { name: "tick", data: { value: 11 } });
    await thrice;
    assert.equal((await queue.getJobSchedulers()).length, 1);
    assert.equal(await queue.removeJobScheduler("tick"), true);
  },
  async cleaning(worker) {
    await worker.close();
    await queue.obliterate({ force: true });
    assert.deepEqual(await queue.getJobs(), []);
  },
};

await events.waitUntilReady();
const worker = startWorker();
await worker.waitUntilReady();
for (const [name, check] of Object.entries(checks)) {
  await check(worker);
  console.log(`ok ${name}`);
}
await Promise.all(opened.filter((what) => what !== worker).map((what) => what.close()));
process.exit(0);
