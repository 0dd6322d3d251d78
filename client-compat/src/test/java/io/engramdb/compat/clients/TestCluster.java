package io.engramdb.compat.clients;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.ClusterOptions;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands the running cluster of a kind to a test; each kind is started once per run and stopped at
 * its end.
 */
final class TestCluster implements ParameterResolver {
  static final String USER = "shop";
  static final String PASSWORD = "correct-horse";

  /** What a client is told about the server. */
  enum Kind {
    /** Cluster mode off, no TLS, no password. */
    PLAIN(ClusterOptions.plain().withoutClusterMode()),
    /** Cluster mode on, TLS, user and password. */
    CLUSTER(ClusterOptions.plain().withTls().withUser(USER, PASSWORD));

    final ClusterOptions options;

    Kind(ClusterOptions options) {
      this.options = options;
    }
  }

  /** Says which kind a test class wants. */
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @interface Wants {
    Kind value();
  }

  private record Running(Cluster cluster) implements AutoCloseable {
    @Override
    public void close() {
      cluster.close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Cluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Kind kind = context.getRequiredTestClass().getAnnotation(Wants.class).value();
    return context
        .getRoot()
        .getStore(Namespace.create(TestCluster.class))
        .computeIfAbsent(kind, k -> new Running(Cluster.start(k.options)), Running.class)
        .cluster();
  }
}
