package io.engramdb.it.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a cluster is made; the defaults are those of {@code engram up}. */
public record ClusterOptions(
    boolean tls,
    @Nullable String user,
    @Nullable String password,
    boolean clusterEnabled,
    int replicas,
    List<String> extra,
    Map<String, String> environment) {

  public static ClusterOptions plain() {
    return new ClusterOptions(false, null, null, true, 2, List.of(), Map.of());
  }

  public ClusterOptions withTls() {
    return new ClusterOptions(true, user, password, clusterEnabled, replicas, extra, environment);
  }

  public ClusterOptions withUser(String name, String secret) {
    return new ClusterOptions(tls, name, secret, clusterEnabled, replicas, extra, environment);
  }

  public ClusterOptions withoutClusterMode() {
    return new ClusterOptions(tls, user, password, false, replicas, extra, environment);
  }

  public ClusterOptions withReplicas(int count) {
    return new ClusterOptions(tls, user, password, clusterEnabled, count, extra, environment);
  }

  /** More flags of {@code engram up}. */
  public ClusterOptions with(String... flags) {
    List<String> all = new ArrayList<>(extra);
    all.addAll(List.of(flags));
    return new ClusterOptions(
        tls, user, password, clusterEnabled, replicas, List.copyOf(all), environment);
  }

  /** Variables of all its processes. */
  public ClusterOptions withEnvironment(Map<String, String> variables) {
    return new ClusterOptions(
        tls, user, password, clusterEnabled, replicas, extra, Map.copyOf(variables));
  }

  /** The flags of {@code engram up} that make it. */
  public List<String> flags() {
    List<String> flags = new ArrayList<>();
    if (tls) {
      flags.add("--tls");
    }
    if (user != null && password != null) {
      flags.addAll(List.of("--user", user, "--password", password));
    }
    if (!clusterEnabled) {
      flags.addAll(List.of("--cluster-enabled", "no"));
    }
    if (replicas != 2) {
      flags.addAll(List.of("--replicas", "" + replicas));
    }
    flags.addAll(extra);
    return flags;
  }
}
