package io.engramdb.it.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code engram status -o json} says. */
public record ClusterStatus(String state, List<Node> nodes) {
  /**
   * One process of the first shard.
   *
   * @param port client port, 0 where there is none
   * @param pid 0 if the process does not run
   */
  public record Node(
      String name,
      String zone,
      String role,
      int port,
      long pid,
      long commitIndex,
      long appliedIndex) {
    public boolean isPrimary() {
      return role.equals("primary");
    }
  }

  static ClusterStatus parse(String json) {
    try {
      JsonNode root = new ObjectMapper().readTree(json);
      List<Node> nodes = new ArrayList<>();
      for (JsonNode shard : root.path("shards")) {
        for (JsonNode node : shard.path("nodes")) {
          nodes.add(
              new Node(
                  node.path("name").asText(),
                  node.path("zone").asText(),
                  node.path("role").asText(),
                  node.path("port").asInt(),
                  node.path("pid").asLong(),
                  node.path("commitIndex").asLong(-1),
                  node.path("appliedIndex").asLong(-1)));
        }
      }
      return new ClusterStatus(root.path("state").asText(), nodes);
    } catch (IOException e) {
      throw new AssertionError("not JSON: " + json, e);
    }
  }

  public Optional<Node> primary() {
    return nodes.stream().filter(Node::isPrimary).findFirst();
  }
}
