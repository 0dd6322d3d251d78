package io.engramdb.node.server;

import io.engramdb.node.shard.ShardScheduler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Asks the shard on its own thread, and waits. Any thread but that one. */
final class ShardQuestion {

  /** How long the shard's thread may take to answer. */
  private static final long ANSWER_MS = 10_000;

  private final ShardScheduler scheduler;

  ShardQuestion(ShardScheduler scheduler) {
    this.scheduler = scheduler;
  }

  <T> T ask(Supplier<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    scheduler.execute(
        () -> {
          try {
            answer.complete(question.get());
          } catch (RuntimeException e) {
            answer.completeExceptionally(e);
          }
        });
    try {
      return answer.get(ANSWER_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the node ends", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the shard does not answer", e);
    }
  }
}
