package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.ConfigSources;
import io.engramdb.node.config.ConfigTable;
import io.engramdb.node.security.PasswordHash;
import io.engramdb.node.security.User;
import io.engramdb.node.security.UserRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfiguredUsersTest {
  @TempDir Path temp;

  private UserRegistry users(String... lines) throws ConfigException, IOException {
    Path file = Files.write(temp.resolve("engram.conf"), List.of(lines));
    return ConfiguredUsers.of(
        ConfigSources.load(ConfigTable.standard(), file, Map.of(), List.of()));
  }

  private static @Nullable User login(UserRegistry users, String name, String password) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    return users.authenticate(name, bytes, 0, bytes.length);
  }

  @Test
  void withoutLinesEverybodyMayComeIn() throws Exception {
    assertTrue(users("port 7000").isOpen());
  }

  @Test
  void aUserWithAHashLogsInAndTheDefaultUserDoesNot() throws Exception {
    String hash = PasswordHash.of("sesame").hex();
    UserRegistry users = users("user default off", "user shop on #" + hash + " ~* &* +@all");
    assertFalse(users.isOpen());
    assertNotNull(login(users, "shop", "sesame"));
    assertNull(login(users, "shop", "wrong"));
    assertNull(login(users, "default", ""));
  }

  @Test
  void requirepassIsThePasswordOfTheDefaultUser() throws Exception {
    UserRegistry users = users("requirepass \"open sesame\"");
    assertNotNull(login(users, "default", "open sesame"));
    assertFalse(users.isOpen());
  }

  @Test
  void aRuleThatWouldLimitAUserIsRefusedAndNotRepeated() {
    ConfigException refused =
        assertThrows(ConfigException.class, () -> users("user shop on >pw ~shop:*"));
    assertTrue(refused.getMessage().startsWith("user shop: a rule is not understood"));
    assertFalse(refused.getMessage().contains("shop:*"));
  }

  @Test
  void passwordsAndResetsAreTakenInOrder() throws Exception {
    User user = ConfiguredUsers.parse("x on >a resetpass >b >c");
    assertEquals(List.of(PasswordHash.of("b"), PasswordHash.of("c")), user.passwords());
    assertTrue(ConfiguredUsers.parse("x on nopass").anyPassword());
    assertFalse(ConfiguredUsers.parse("x on nopass reset").enabled());
  }
}
