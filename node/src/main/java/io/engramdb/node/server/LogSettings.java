package io.engramdb.node.server;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.MemberSetting;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.TxLogConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says about the shard's log: who its members are, which of them this
 * process is, where it lives.
 *
 * @param self this process
 * @param members all members; this process alone if the configuration names none
 * @param log what the log itself needs
 */
record LogSettings(MemberSetting self, List<MemberSetting> members, TxLogConfig log) {
  /** Directory of the log within {@code dir}. */
  static final String LOG_DIRECTORY = "log";

  private static final String LONE_NAME = "node";
  private static final int LONE_LOG_PORT_DISTANCE = 10_000;
  private static final int MAX_PORT = 65_535;
  private static final int UUID_HEX_DIGITS = 32;
  private static final int NODE_ID_HEX_DIGITS = 40;

  /**
   * Reads and checks the directives.
   *
   * @throws ConfigException if they contradict each other
   * @throws IOException if the log directory can't be looked at
   */
  static LogSettings of(Configuration configuration) throws ConfigException, IOException {
    List<MemberSetting> members = configuration.members();
    boolean alone = members.isEmpty();
    if (alone) {
      members = List.of(lone(configuration));
    }
    MemberSetting self = self(members, configuration.text("node-name"), alone);
    Path directory = Path.of(configuration.text("dir")).toAbsolutePath().normalize();
    Path logDirectory = directory.resolve(LOG_DIRECTORY);
    // A member without its log must never come back as if nothing had happened: it would vote
    // without the memory of what it had promised. A log of one voter has nobody to mislead, and a
    // snapshotter promises nothing.
    boolean snapshotter = self.role() == MemberSetting.Role.SNAPSHOTTER;
    boolean mayCreate = alone || snapshotter || configuration.flag("log-create");
    List<Member> logMembers = new ArrayList<>();
    for (MemberSetting each : members) {
      logMembers.add(
          new Member(each.name(), each.log().host(), each.log().port(), role(each.role())));
    }
    TxLogConfig log =
        new TxLogConfig(
            uuid(configuration, "cluster-id", alone),
            uuid(configuration, "shard-id", alone),
            self.name(),
            logMembers,
            logDirectory,
            mayCreate && isEmpty(logDirectory),
            (int) configuration.number("election-timeout-min-ms"),
            (int) configuration.number("election-timeout-max-ms"),
            tls(configuration));
    return new LogSettings(self, members, log);
  }

  private static Member.Role role(MemberSetting.Role role) {
    return switch (role) {
      case DATA -> Member.Role.DATA;
      case LOG_VOTER -> Member.Role.LOG_VOTER;
      case SNAPSHOTTER -> Member.Role.LISTENER;
    };
  }

  /** Whether nobody but this member votes. */
  boolean isSoleVoter() {
    return members.stream()
        .noneMatch(
            each ->
                each.role() != MemberSetting.Role.SNAPSHOTTER && !each.name().equals(self.name()));
  }

  /** Names of the members with that role, without this one. */
  List<String> others(MemberSetting.Role role) {
    return members.stream()
        .filter(each -> each.role() == role && !each.name().equals(self.name()))
        .map(MemberSetting::name)
        .toList();
  }

  /**
   * Names of the members that bring snapshots and log into a store, in the order of their turns:
   * snapshotters first, so that data nodes do it only while there is none.
   */
  List<String> keepers() {
    return members.stream()
        .filter(MemberSetting::keepsSnapshots)
        .sorted(Comparator.comparing(MemberSetting::holdsData).thenComparing(MemberSetting::name))
        .map(MemberSetting::name)
        .toList();
  }

  private static MemberSetting self(List<MemberSetting> members, String name, boolean alone)
      throws ConfigException {
    for (MemberSetting member : members) {
      if (alone || member.name().equals(name)) {
        return member;
      }
    }
    throw new ConfigException(
        name.isEmpty()
            ? "shard-member directives need node-name: which of them is this process?"
            : "node-name " + name + " is not among the shard-member directives");
  }

  private static MemberSetting lone(Configuration configuration) {
    int port = (int) configuration.number("tls-port");
    if (port == 0) {
      port = (int) configuration.number("port");
    }
    int logPort =
        port + LONE_LOG_PORT_DISTANCE <= MAX_PORT
            ? port + LONE_LOG_PORT_DISTANCE
            : port - LONE_LOG_PORT_DISTANCE;
    String announced = configuration.text("cluster-announce-ip");
    String host = announced.isEmpty() ? "127.0.0.1" : announced;
    String configured = configuration.text("node-name");
    String name = configured.isEmpty() ? LONE_NAME : configured;
    return new MemberSetting(
        name,
        configuration.text("availability-zone"),
        MemberSetting.Role.DATA,
        new MemberSetting.HostPort("127.0.0.1", logPort),
        new MemberSetting.HostPort(host, port),
        nodeId(configuration.text("cluster-id") + "/" + name));
  }

  private static String nodeId(String seed) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(seed.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, NODE_ID_HEX_DIGITS);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static UUID uuid(Configuration configuration, String directive, boolean alone)
      throws ConfigException {
    String hex = configuration.text(directive);
    if (hex.isEmpty()) {
      if (alone) {
        return UUID.nameUUIDFromBytes(("lone " + directive).getBytes(StandardCharsets.UTF_8));
      }
      throw new ConfigException("shard-member directives need " + directive);
    }
    return uuidOf(hex);
  }

  /** The identity that forty hexadecimal digits of the configuration stand for. */
  static UUID uuidOf(String hex) {
    String digits = hex.substring(0, UUID_HEX_DIGITS);
    int half = UUID_HEX_DIGITS / 2;
    return new UUID(
        Long.parseUnsignedLong(digits.substring(0, half), 16),
        Long.parseUnsignedLong(digits.substring(half), 16));
  }

  private static TxLogConfig.@Nullable Tls tls(Configuration configuration) throws ConfigException {
    if (!configuration.flag("tls-cluster")) {
      return null;
    }
    return new TxLogConfig.Tls(
        file(configuration, "tls-cert-file"),
        file(configuration, "tls-key-file"),
        file(configuration, "tls-ca-cert-file"));
  }

  private static Path file(Configuration configuration, String directive) throws ConfigException {
    String name = configuration.text(directive);
    if (name.isEmpty()) {
      throw new ConfigException("tls-cluster yes needs " + directive);
    }
    return Path.of(name);
  }

  private static boolean isEmpty(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return true;
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }
}
