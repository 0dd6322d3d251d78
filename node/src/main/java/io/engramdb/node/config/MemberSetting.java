package io.engramdb.node.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One member of the shard, as {@code shard-member} writes it: {@code NAME zone=Z
 * role=data|log-voter|snapshotter log=HOST:PORT client=HOST:PORT node-id=40HEX}. A log-only voter
 * has no client address; that of a snapshotter is for whoever looks after it.
 *
 * @param name unique in the shard
 * @param zone availability zone, may be empty
 * @param role what it does
 * @param log where the members talk to each other
 * @param client where clients talk to it; null for a log-only voter
 * @param nodeId 40 hexadecimal digits
 */
public record MemberSetting(
    String name,
    String zone,
    Role role,
    HostPort log,
    @org.jspecify.annotations.Nullable HostPort client,
    String nodeId) {

  /** Most members that one shard may have. */
  public static final int MAX_MEMBERS = 31;

  /** What a member does. */
  public enum Role {
    /** Votes and serves clients. */
    DATA("data"),
    /** Votes, and keeps the log alone. */
    LOG_VOTER("log-voter"),
    /** Holds all data to make snapshots of it and to archive the log; neither votes nor serves. */
    SNAPSHOTTER("snapshotter");

    private final String word;

    Role(String word) {
      this.word = word;
    }

    /** As a configuration file has it. */
    public String word() {
      return word;
    }
  }

  /** Whether it serves data to clients. */
  public boolean holdsData() {
    return role == Role.DATA;
  }

  /** Whether it has all data in memory, and snapshots on its disk. */
  public boolean keepsSnapshots() {
    return role != Role.LOG_VOTER;
  }

  /** A host name or address and a port; an IPv6 address stands in brackets. */
  public record HostPort(String host, int port) {

    static HostPort parse(String text) throws ConfigException {
      int colon = text.lastIndexOf(':');
      String host = colon < 0 ? "" : text.substring(0, colon);
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      }
      String digits = text.substring(colon + 1);
      int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
      if (host.isEmpty() || port < 1 || port > 65535) {
        throw new ConfigException("shard-member: '" + text + "' is not HOST:PORT");
      }
      return new HostPort(host, port);
    }

    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }
  }

  /** The members of a list whose elements are separated by semicolons. */
  public static List<MemberSetting> parseAll(String text) throws ConfigException {
    List<MemberSetting> members = new ArrayList<>();
    Set<String> identities = new HashSet<>();
    for (String part : text.split(";")) {
      if (part.isBlank()) {
        continue;
      }
      MemberSetting member = parse(part.strip());
      members.add(member);
      if (!identities.add(member.name) || !identities.add(member.nodeId)) {
        throw new ConfigException(
            "shard-member: '" + member.name + "' or its node-id stands twice");
      }
    }
    if (members.size() > MAX_MEMBERS) {
      throw new ConfigException("shard-member: at most " + MAX_MEMBERS + " members");
    }
    return members;
  }

  private static MemberSetting parse(String text) throws ConfigException {
    String[] words = text.split("\\s+");
    Fields fields = new Fields(words[0]);
    for (int i = 1; i < words.length; i++) {
      fields.set(words[i]);
    }
    return fields.toMember();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name);
    if (!zone.isEmpty()) {
      text.append(" zone=").append(zone);
    }
    text.append(" role=").append(role.word()).append(" log=").append(log);
    if (client != null) {
      text.append(" client=").append(client);
    }
    return text.append(" node-id=").append(nodeId).toString();
  }

  /** What has been read of a member so far. */
  private static final class Fields {
    private final String name;
    private String zone = "";
    private Role role = Role.DATA;
    private @org.jspecify.annotations.Nullable HostPort log;
    private @org.jspecify.annotations.Nullable HostPort client;
    private String nodeId = "";

    Fields(String name) throws ConfigException {
      this.name = name;
      if (!name.matches("[A-Za-z0-9_.-]{1,64}")) {
        throw new ConfigException("shard-member: '" + name + "' is not a name");
      }
    }

    void set(String word) throws ConfigException {
      int equals = word.indexOf('=');
      String key = equals < 0 ? word : word.substring(0, equals);
      String value = word.substring(equals + 1);
      switch (key) {
        case "zone" -> zone = value;
        case "role" -> role = role(value);
        case "log" -> log = HostPort.parse(value);
        case "client" -> client = HostPort.parse(value);
        case "node-id" -> nodeId = value;
        default -> throw new ConfigException("shard-member: unknown setting '" + word + "'");
      }
    }

    private static Role role(String value) throws ConfigException {
      for (Role each : Role.values()) {
        if (each.word.equals(value)) {
          return each;
        }
      }
      throw new ConfigException(
          "shard-member: role is data, log-voter or snapshotter, not '" + value + "'");
    }

    MemberSetting toMember() throws ConfigException {
      if (log == null) {
        throw new ConfigException("shard-member: '" + name + "' has no log=HOST:PORT");
      }
      if (role == Role.DATA && client == null) {
        throw new ConfigException("shard-member: '" + name + "' has no client=HOST:PORT");
      }
      if (!nodeId.matches("[0-9a-f]{40}")) {
        throw new ConfigException(
            "shard-member: '" + name + "' needs node-id= and 40 hexadecimal digits");
      }
      return new MemberSetting(name, zone, role, log, client, nodeId);
    }
  }
}
