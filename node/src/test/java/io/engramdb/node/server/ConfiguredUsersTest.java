package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.command.CommandTable;
import io.engramdb.node.commands.AllCommands;
import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.ConfigSources;
import io.engramdb.node.config.ConfigTable;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.security.AclRules;
import io.engramdb.node.security.AclSettings;
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
    UserRegistry registry = UserRegistry.open();
    registry.speakOf(commands());
    ConfiguredUsers.read(
        ConfigSources.load(ConfigTable.standard(), file, Map.of(), List.of()), registry);
    return registry;
  }

  private static CommandTable commands() {
    CommandTable.Builder table = new CommandTable.Builder();
    AllCommands.dataFamilies(new ValueLimits()).forEach(family -> family.register(table));
    return table.build();
  }

  private static User parse(String line) throws ConfigException {
    return ConfiguredUsers.parse(line, new AclRules(commands(), new AclSettings()));
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
  void aRuleThatIsNotUnderstoodIsRefusedAndNotRepeated() {
    ConfigException refused =
        assertThrows(ConfigException.class, () -> users("user shop on >pw sesame"));
    assertTrue(refused.getMessage().startsWith("user shop: a rule is not understood"));
    assertFalse(refused.getMessage().contains("sesame"));
  }

  @Test
  void usersAreLimitedByTheirRules() throws Exception {
    User user = users("user shop on >pw ~shop:* +get (+set %W~cart:*)").find("shop");
    assertFalse(user.unlimited());
    assertTrue(
        user.rules()
            .endsWith(
                "~shop:* resetchannels -@all +get (%W~cart:* resetchannels" + " -@all +set)"));
  }

  @Test
  void usersOfAFileAreReadAtTheStart() throws Exception {
    Path file = Files.write(temp.resolve("users.acl"), List.of("user shop on nopass +@all ~*"));
    assertNotNull(users("aclfile " + file).find("shop"));
    assertNotNull(users("dir " + temp, "aclfile users.acl").find("shop"));
    assertThrows(ConfigException.class, () -> users("aclfile " + file, "user x on"));
    Files.write(file, List.of("user shop on", "user shop off"));
    assertTrue(
        assertThrows(ConfigException.class, () -> users("aclfile " + file))
            .getMessage()
            .startsWith("WARNING: Duplicate user 'shop' found on line 2. "));
    assertThrows(ConfigException.class, () -> users("aclfile " + file + ".none"));
  }

  @Test
  void passwordsAndResetsAreTakenInOrder() throws Exception {
    User user = parse("x on >a resetpass >b >c");
    assertEquals(List.of(PasswordHash.of("b"), PasswordHash.of("c")), user.passwords());
    assertTrue(parse("x on nopass").anyPassword());
    assertFalse(parse("x on nopass reset").enabled());
  }
}
