package io.engramdb.it.harness;

import java.io.IOException;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands tests a running, healthy, empty cluster; those of one kind get the same one, so that a run
 * does not spend its time on starting processes.
 *
 * <p>Results stay apart: whoever asks gets a cluster whose members all run and whose keyspace is
 * empty. After a test that failed, and when the cluster does not heal, the next one gets a new one.
 */
public final class SharedCluster implements ParameterResolver, AfterEachCallback {
  public static final String USER = "shop";
  public static final String PASSWORD = "correct-horse";

  /** How a cluster was made. */
  public enum Kind {
    /** The defaults of {@code engram up}. */
    OPEN(ClusterOptions.plain()),
    /** Cluster mode off, no TLS, no password. */
    SINGLE(ClusterOptions.plain().withoutClusterMode()),
    /** Cluster mode on, TLS, user and password. */
    SECURED(ClusterOptions.plain().withTls().withUser(USER, PASSWORD)),
    /** One data node and two voters that keep the log alone. */
    LOG_ONLY(ClusterOptions.plain().withReplicas(0));

    final ClusterOptions options;

    Kind(ClusterOptions options) {
      this.options = options;
    }
  }

  /** On a class or on a parameter: which kind. */
  @Inherited
  @ExtendWith(SharedCluster.class)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Wants {
    Kind value();
  }

  /** The cluster of one kind, if there is one. */
  private static final class Slot implements AutoCloseable {
    final AtomicReference<@Nullable Cluster> running = new AtomicReference<>();

    @Override
    public void close() {
      Cluster cluster = running.getAndSet(null);
      if (cluster != null) {
        cluster.close();
      }
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Cluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Kind kind =
        parameter
            .findAnnotation(Wants.class)
            .orElseGet(() -> context.getRequiredTestClass().getAnnotation(Wants.class))
            .value();
    Slot slot = slot(context, kind);
    Cluster known = slot.running.get();
    if (known != null && !isAsNew(known)) {
      slot.close();
    }
    if (slot.running.get() == null) {
      slot.running.set(Cluster.start(kind.options));
    }
    return slot.running.get();
  }

  /** Whatever a failed test left behind must not decide how the next one ends. */
  @Override
  public void afterEach(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      for (Kind kind : Kind.values()) {
        slot(context, kind).close();
      }
    }
  }

  private static Slot slot(ExtensionContext context, Kind kind) {
    return context
        .getRoot()
        .getStore(Namespace.create(SharedCluster.class))
        .computeIfAbsent(kind, k -> new Slot(), Slot.class);
  }

  private static boolean isAsNew(Cluster cluster) {
    try {
      cluster.heal();
      try (RespClient client = cluster.connectPrimary()) {
        client.call("FLUSHALL").orFail();
      }
      return true;
    } catch (IOException | AssertionError broken) {
      System.err.println("a shared cluster is replaced: " + broken.getMessage());
      return false;
    }
  }
}
