package io.engramdb.node.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.NameAndTypeEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Who may import whom, read from the compiled classes. Before you change the table, change {@code
 * node/DESIGN.md}: an edge that is not wanted there is not wanted here.
 *
 * <p>Limit: constants that the compiler inlines leave no trace.
 */
class LayeringTest {

  private static final String ROOT = "io.engramdb.";

  /** What every package may use. */
  private static final List<String> EVERYBODY =
      List.of(
          "java.",
          "javax.",
          "com.sun.management.",
          "jdk.net.",
          "org.slf4j.",
          "org.jspecify.",
          ROOT + "node.base");

  private static final List<String> RATIS = List.of("org.apache.ratis.");
  private static final List<String> NETTY = List.of("io.netty.");

  /** Our packages that a package may import. A package that is missing here fails the test. */
  private static final Map<String, List<String>> OURS =
      Map.ofEntries(
          Map.entry("node.base", List.of()),
          Map.entry("node.engine.dict", List.of()),
          Map.entry("node.engine.value", List.of("node.engine.dict")),
          Map.entry("node.engine", List.of("node.engine.dict", "node.engine.value")),
          Map.entry("node.config", List.of()),
          Map.entry("node.command", engine()),
          Map.entry("node.metrics", List.of("node.command")),
          Map.entry("node.rdb", with(engine(), "snapshot.rdb")),
          Map.entry("node.security", List.of("node.command")),
          Map.entry("node.cluster", List.of("node.command")),
          Map.entry("node.script", with(engine(), "node.command", "node.cluster")),
          Map.entry("node.shard", with(engine(), "node.command", "node.metrics")),
          Map.entry("node.pubsub", with(engine(), "node.command", "node.metrics", "node.shard")),
          Map.entry("node.peer", List.of("node.command", "node.pubsub", "node.shard", "txlog.api")),
          Map.entry(
              "node.commands",
              with(
                  engine(),
                  "node.command",
                  "node.rdb",
                  "node.pubsub",
                  "node.config",
                  "node.metrics",
                  "node.security",
                  "node.script",
                  "node.cluster")),
          Map.entry(
              "node.session",
              List.of(
                  "node.command", "node.shard", "node.security", "node.cluster", "node.metrics")),
          Map.entry(
              "node.durability",
              with(
                  engine(),
                  "node.command",
                  "node.shard",
                  "node.metrics",
                  "node.rdb",
                  "txlog.api",
                  "snapshot.archive",
                  "snapshot.rdb",
                  "snapshot.restore",
                  "snapshot.retention",
                  "snapshot.store")),
          Map.entry("node.resp", List.of("node.command")),
          Map.entry(
              "node.net",
              List.of("node.resp", "node.session", "node.command", "node.config", "node.metrics")),
          Map.entry("node.server", everything()),
          Map.entry(
              "node.cli",
              List.of(
                  "node.config",
                  "node.server",
                  "txlog.api",
                  "txlog.voter",
                  "snapshot.archive",
                  "snapshot.objects",
                  "snapshot.rdb",
                  "snapshot.restore",
                  "snapshot.store",
                  "snapshot.tool")),
          Map.entry("txlog", List.of()),
          Map.entry("txlog.api", List.of("txlog")),
          Map.entry("txlog.wire", List.of("txlog")),
          Map.entry("txlog.ratis", List.of("txlog", "txlog.api", "txlog.wire")),
          Map.entry("txlog.voter", List.of("txlog", "txlog.api", "txlog.ratis")),
          Map.entry("txlog.tool", List.of("txlog", "txlog.api", "txlog.ratis")),
          Map.entry("snapshot", List.of()),
          Map.entry("snapshot.rdb.encoding", List.of("snapshot")),
          Map.entry("snapshot.rdb", List.of("snapshot", "snapshot.rdb.encoding")),
          Map.entry("snapshot.objects", List.of("snapshot")),
          Map.entry("snapshot.objects.sealed", List.of("snapshot", "snapshot.objects")),
          Map.entry("snapshot.objects.s3", List.of("snapshot", "snapshot.objects")),
          Map.entry(
              "snapshot.store",
              List.of(
                  "snapshot",
                  "snapshot.archive",
                  "snapshot.rdb",
                  "snapshot.objects",
                  "snapshot.objects.sealed")),
          Map.entry("snapshot.archive", List.of("snapshot", "snapshot.objects")),
          Map.entry(
              "snapshot.restore",
              List.of("snapshot", "snapshot.archive", "snapshot.objects", "snapshot.store")),
          Map.entry(
              "snapshot.retention",
              List.of("snapshot", "snapshot.archive", "snapshot.objects", "snapshot.store")),
          Map.entry("snapshot.tool", List.of("snapshot", "snapshot.rdb")));

  /** Libraries that a package may import. */
  private static final Map<String, List<String>> THIRD_PARTY =
      Map.ofEntries(
          Map.entry("node.net", with(NETTY, "com.sun.net.httpserver.")),
          Map.entry("node.server", with(NETTY, "ch.qos.logback.", "io.prometheus.")),
          Map.entry(
              "node.cli",
              List.of(
                  "picocli.", "com.fasterxml.jackson.", "org.bouncycastle.", "ch.qos.logback.")),
          Map.entry("node.commands", List.of("com.fasterxml.jackson.")),
          Map.entry("node.script", List.of("party.iroiro.luajava.")),
          Map.entry("snapshot.objects.s3", List.of("software.amazon.awssdk.")),
          Map.entry("txlog.wire", NETTY),
          Map.entry("txlog.ratis", RATIS),
          Map.entry("txlog.voter", RATIS),
          Map.entry("txlog.tool", RATIS));

  private static final Pattern TYPE_IN_DESCRIPTOR = Pattern.compile("L([^;<]+);");

  private static List<String> engine() {
    return List.of("node.engine", "node.engine.dict", "node.engine.value");
  }

  private static List<String> everything() {
    return with(
        engine(),
        "node.command",
        "node.commands",
        "node.config",
        "node.metrics",
        "node.security",
        "node.script",
        "node.cluster",
        "node.shard",
        "node.pubsub",
        "node.peer",
        "node.session",
        "node.durability",
        "node.resp",
        "node.net",
        "snapshot.archive",
        "snapshot.objects",
        "snapshot.rdb",
        "snapshot.restore",
        "snapshot.retention",
        "snapshot.store",
        "txlog.api",
        "txlog.ratis",
        "txlog.voter");
  }

  private static List<String> with(List<String> some, String... more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(List.of(more));
    return List.copyOf(all);
  }

  @Test
  void packagesImportOnlyWhatTheTableAllows() throws IOException {
    Set<String> violations = new TreeSet<>();
    int classes = 0;
    for (String module : List.of("node", "txlog", "snapshot")) {
      Path compiled = SourceTree.root().resolve(module).resolve("target/classes");
      if (!Files.isDirectory(compiled)) {
        continue;
      }
      try (Stream<Path> files = Files.walk(compiled)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
          classes++;
          check(file, violations);
        }
      }
    }
    assertTrue(classes > 50, "only " + classes + " classes were found");
    assertEquals(Set.of(), violations);
  }

  private static void check(Path file, Set<String> violations) throws IOException {
    ClassModel model = ClassFile.of().parse(file);
    String self = packageOf(model.thisClass().asInternalName());
    if (model.thisClass().asInternalName().endsWith("package-info")) {
      return;
    }
    String ownName = self.substring(ROOT.length());
    if (!OURS.containsKey(ownName)) {
      violations.add(ownName + " is not in the table");
      return;
    }
    for (String type : referencedTypes(model)) {
      String used = packageOf(type);
      if (!used.isEmpty() && !used.equals(self) && !isAllowed(ownName, used)) {
        violations.add(ownName + " must not use " + used + " (" + file.getFileName() + ")");
      }
    }
  }

  private static Set<String> referencedTypes(ClassModel model) {
    Set<String> types = new HashSet<>();
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof ClassEntry used) {
        collect(used.asInternalName(), types);
      } else if (entry instanceof NameAndTypeEntry member) {
        collect(member.type().stringValue(), types);
      }
    }
    model.fields().forEach(field -> collect(field.fieldType().stringValue(), types));
    model.methods().forEach(method -> collect(method.methodType().stringValue(), types));
    return types;
  }

  private static void collect(String nameOrDescriptor, Set<String> types) {
    if (nameOrDescriptor.contains(";")) {
      Matcher matcher = TYPE_IN_DESCRIPTOR.matcher(nameOrDescriptor);
      while (matcher.find()) {
        types.add(matcher.group(1));
      }
    } else if (!nameOrDescriptor.startsWith("[") && !nameOrDescriptor.startsWith("(")) {
      types.add(nameOrDescriptor);
    }
  }

  private static boolean isAllowed(String own, String used) {
    for (String prefix : EVERYBODY) {
      if (used.startsWith(prefix) || (used + '.').startsWith(prefix)) {
        return true;
      }
    }
    for (String prefix : THIRD_PARTY.getOrDefault(own, List.of())) {
      if ((used + '.').startsWith(prefix)) {
        return true;
      }
    }
    return used.startsWith(ROOT)
        && OURS.getOrDefault(own, List.of()).contains(used.substring(ROOT.length()));
  }

  private static String packageOf(String internalName) {
    int end = internalName.lastIndexOf('/');
    return end < 0 ? "" : internalName.substring(0, end).replace('/', '.');
  }
}
