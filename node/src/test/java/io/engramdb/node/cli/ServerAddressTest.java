package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of servers, as they are typed. */
class ServerAddressTest {

  @ParameterizedTest
  @CsvSource({
    "redis://host, host, 6379, , , , false",
    "redis://host:7000/3, host, 7000, , , 3, false",
    "rediss://user:pa%40ss+@10.0.0.1:1/, 10.0.0.1, 1, user, pa@ss+, , true",
    "valkey://:secret@[::1]:9, ::1, 9, , secret, , false",
    "redis://someone@host, host, 6379, someone, , , false"
  })
  void anAddressHasTheseParts(
      String text,
      String host,
      int port,
      String user,
      String password,
      Integer database,
      boolean tls) {
    ServerAddress.WithDatabase parsed = ServerAddress.parse(text, null);
    ServerAddress address = parsed.address();
    assertEquals(host, address.host());
    assertEquals(port, address.port());
    assertEquals(user, address.user());
    assertEquals(password, address.password());
    assertEquals(database, parsed.database());
    assertEquals(tls, address.tls());
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://host", "host:6379", "redis://", "redis://host/x", "redis://a b"})
  void whatIsNoAddressIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> ServerAddress.parse(text, null));
  }

  @Test
  void anotherMemberIsReachedInTheSameWay() {
    ServerAddress pattern = new ServerAddress("", 0, true, null, "u", "p");
    ServerAddress member = pattern.at("db.example:7001");
    assertEquals("db.example", member.host());
    assertEquals(7001, member.port());
    assertTrue(member.tls());
    assertEquals("p", member.password());
    assertNull(member.authority());
    assertFalse(member.toString().contains("p:"), member::toString);
    assertThrows(IllegalArgumentException.class, () -> pattern.at("db.example"));
    assertThrows(IllegalArgumentException.class, () -> pattern.at("db.example:70000"));
  }
}
