package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeapSizeTest {
  @Test
  void unitsAreThoseOfTheJvm() {
    assertEquals(512L << 20, HeapSize.bytes("512m"));
    assertEquals(2L << 30, HeapSize.bytes("2G"));
    assertEquals(3000L << 10, HeapSize.bytes("3000k"));
    assertEquals(268435456, HeapSize.bytes("268435456"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "m", "0m", "1.5g", "-1g", "1t", "12x", "99999999999g"})
  void anythingElseIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> HeapSize.bytes(text));
  }

  @Test
  void theDefaultIsAShareOfTheMachineWithinBounds() {
    assertEquals("256m", HeapSize.ofMemory(2L << 30));
    assertEquals("682m", HeapSize.ofMemory(8L << 30));
    assertEquals("1024m", HeapSize.ofMemory(64L << 30));
  }
}
