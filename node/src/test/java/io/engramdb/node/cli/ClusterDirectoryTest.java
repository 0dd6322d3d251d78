package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.config.ConfigSources;
import io.engramdb.node.config.ConfigTable;
import io.engramdb.node.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterDirectoryTest {
  @TempDir Path temp;

  @Test
  void whatIsWrittenIsReadBack() throws CliException {
    ClusterDirectory files = new ClusterDirectory(temp.resolve("made"));
    ClusterFile cluster = ClusterPlan.create(Samples.settings(1)).asInitialized();
    files.write(cluster);
    assertEquals(cluster, files.read());
  }

  @Test
  void aClusterThatIsOlderThanTheMonitoringPortHasNone() throws CliException, IOException {
    ClusterDirectory files = new ClusterDirectory(temp);
    ClusterFile cluster = ClusterPlan.create(Samples.settings(2));
    files.write(cluster);
    assertTrue(ConnectText.of(files, cluster).endsWith("http://127.0.0.1:9123/metrics"));
    Path file = temp.resolve("cluster.json");
    String text = Files.readString(file);
    String older = text.replaceAll("\"metricsPort\"\\s*:\\s*9121,", "");
    assertNotEquals(text, older);
    Files.writeString(file, older);
    ClusterFile read = files.read();
    assertEquals(0, read.settings().metricsPort());
    assertFalse(ConnectText.of(files, read).contains("metrics"));
  }

  @Test
  void onlyTheOwnerReadsWhatHoldsAPassword() throws CliException, IOException {
    ClusterDirectory files = new ClusterDirectory(temp);
    ClusterFile cluster = ClusterPlan.create(Samples.settings(2));
    files.write(cluster);
    ClusterMember member = cluster.members().getFirst();
    MemberConfig.write(files, cluster, member);
    for (Path file : List.of(temp.resolve("cluster.json"), files.configFile(member))) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
    assertFalse(Files.readString(files.configFile(member)).contains("sesame"));
  }

  @Test
  void aDamagedFileIsNamed() throws IOException {
    Path file = Files.writeString(temp.resolve("cluster.json"), "{\"format\":");
    CliException damaged =
        assertThrows(CliException.class, () -> new ClusterDirectory(temp).read());
    assertTrue(damaged.getMessage().startsWith(file + " is damaged"), damaged.getMessage());
  }

  @Test
  void aFileOfALaterFormatIsRefused() throws IOException {
    Files.writeString(
        temp.resolve("cluster.json"),
        "{\"format\":2,\"clusterId\":\"\",\"shardId\":\"\",\"members\":[]}");
    CliException refused =
        assertThrows(CliException.class, () -> new ClusterDirectory(temp).read());
    assertTrue(refused.getMessage().contains("format 2"), refused.getMessage());
  }

  @Test
  void everyMembersFileIsAcceptedByAServer() throws Exception {
    ClusterDirectory files = new ClusterDirectory(temp.resolve("with blank \" and quote"));
    for (int replicas = 0; replicas <= ClusterPlan.MAX_REPLICAS; replicas++) {
      ClusterFile cluster = ClusterPlan.create(Samples.settings(replicas));
      for (ClusterMember member : cluster.members()) {
        MemberConfig.write(files, cluster, member);
        Configuration configuration =
            ConfigSources.load(
                ConfigTable.standard(),
                files.configFile(member),
                Map.of(),
                List.of("--log-create", "yes"));
        assertEquals(cluster.members().size(), configuration.members().size());
        assertEquals(member.name(), configuration.text("node-name"));
        assertEquals(files.of(member).toString(), configuration.text("dir"));
        assertEquals(300, configuration.number("election-timeout-min-ms"));
        assertTrue(configuration.flag("log-create"));
        if (member.holdsData()) {
          assertEquals(member.port(), configuration.number("tls-port"));
          assertEquals(0, configuration.number("port"));
          assertEquals(9121 + member.port() - 7000, configuration.number("metrics-port"));
          assertEquals((512L << 20) / 100 * 50, configuration.number("maxmemory"));
        }
      }
    }
  }
}
