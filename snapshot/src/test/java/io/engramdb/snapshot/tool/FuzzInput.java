package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.RdbBytes;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Damaged RDB files. Some are good ones with bytes, numbers or stretches changed; others are put
 * together from parts of which one is damaged, so that everything around it is right and the reader
 * gets as far as to look at it. Most have no checksum. Each is a function of its number alone.
 */
final class FuzzInput {
  private static final int MAX_SEED_SIZE_BYTES = 4096;
  private static final int SEEDS = 200;
  private static final int LAST_TYPE = 25;

  private static final long[] HOSTILE = {
    0,
    1,
    5,
    63,
    64,
    252,
    253,
    254,
    255,
    16383,
    16384,
    65535,
    65536,
    Short.MAX_VALUE,
    Integer.MAX_VALUE,
    1L << 31,
    0xffffffffL,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2
  };

  private final List<byte[]> seeds = new ArrayList<>();

  FuzzInput(Path corpus) throws IOException {
    for (int i = 0; i < SEEDS; i++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      int version = RdbVersion.OLDEST_WRITTEN + i % 4;
      RdbWriter writer = new RdbWriter(out, version, i % 8 == 0);
      RandomKeys keys = new RandomKeys(i, version >= RdbVersion.REDIS_7_4, true);
      writer.header(writer.version());
      for (int key = 0; key < 1 + i % 3; key++) {
        keys.key(new RdbKey(0, new byte[] {'k', (byte) key}, i % 2 == 0 ? -1 : i), writer);
      }
      writer.end();
      addSeed(out.toByteArray());
    }
    if (Files.isDirectory(corpus)) {
      try (Stream<Path> files = Files.walk(corpus)) {
        for (Path file : files.filter(each -> each.toString().endsWith(".rdb")).sorted().toList()) {
          if (Files.size(file) <= MAX_SEED_SIZE_BYTES) {
            addSeed(Files.readAllBytes(file));
          }
        }
      }
    }
  }

  private void addSeed(byte[] file) {
    if (file.length <= MAX_SEED_SIZE_BYTES && file.length > 0) {
      seeds.add(file);
    }
  }

  /** The input of a number. */
  byte[] make(Random random) {
    byte[] file = random.nextInt(3) == 0 ? built(random) : changed(random);
    if (file.length > 17 && random.nextInt(8) != 0) {
      // Without a checksum the reader has to find the damage itself.
      Arrays.fill(file, file.length - 8, file.length, (byte) 0);
    }
    return file;
  }

  private byte[] seed(Random random) {
    return seeds.get(random.nextInt(seeds.size())).clone();
  }

  private byte[] changed(Random random) {
    byte[] file = seed(random);
    for (int i = random.nextInt(1, 5); i > 0 && file.length > 0; i--) {
      file = change(file, random);
    }
    return file;
  }

  /** One change, of a kind that a format of lengths, counts and opcodes is sensitive to. */
  private byte[] change(byte[] file, Random random) {
    int at = random.nextInt(file.length);
    switch (random.nextInt(10)) {
      case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> file[at] = (byte) random.nextInt();
      case 2 -> file[at] = (byte) random.nextInt(LAST_TYPE + 2);
      case 3 -> file[at] = (byte) random.nextInt(240, 256);
      case 4 -> file[at] += (byte) random.nextInt(-2, 3);
      case 5 -> {
        long number = HOSTILE[random.nextInt(HOSTILE.length)];
        int size = 1 << random.nextInt(4);
        for (int i = 0; i < size && at + i < file.length; i++) {
          file[at + i] = (byte) (number >>> 8 * i);
        }
      }
      case 6 -> {
        return replace(file, at, 1, hostileLength(random));
      }
      case 7 -> {
        return replace(file, at, random.nextInt(1, 20), new byte[0]);
      }
      case 8 -> {
        byte[] other = seed(random);
        int from = random.nextInt(other.length);
        int to = Math.min(other.length, from + random.nextInt(1, 60));
        return replace(file, at, random.nextInt(20), Arrays.copyOfRange(other, from, to));
      }
      default -> {
        return random.nextInt(4) == 0 ? Arrays.copyOf(file, at + 1) : file;
      }
    }
    return file;
  }

  private static byte[] hostileLength(Random random) {
    return new RdbBytes().length(HOSTILE[random.nextInt(HOSTILE.length)]).toBytes();
  }

  private static byte[] replace(byte[] file, int at, int removed, byte[] inserted) {
    int rest = Math.min(file.length, at + removed);
    byte[] result = new byte[at + inserted.length + file.length - rest];
    System.arraycopy(file, 0, result, 0, at);
    System.arraycopy(inserted, 0, result, at, inserted.length);
    System.arraycopy(file, rest, result, at + inserted.length, file.length - rest);
    return result;
  }

  // Files of whole parts.

  private byte[] built(Random random) {
    RdbBytes file =
        random.nextInt(10) == 0
            ? new RdbBytes().raw("VALKEY080")
            : RdbBytes.file(random.nextInt(1, 13));
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int type = random.nextInt(LAST_TYPE + 1);
      file.raw(type).string("k" + i);
      value(file, type, random);
    }
    return file.endUnsummed();
  }

  private void value(RdbBytes file, int type, Random random) {
    switch (type) {
      case 0 -> string(file, random);
      case 1, 2, 3, 4, 5, 22 -> plain(file, type, random);
      case 7 -> module(file, random);
      case 9, 10, 11, 12, 13, 16, 17, 20, 23 -> file.string(blob(type, random));
      case 14, 18 -> {
        int nodes = random.nextInt(4);
        file.length(random.nextInt(8) == 0 ? random.nextInt(6) : nodes);
        for (int i = 0; i < nodes; i++) {
          boolean isPlain = type == 18 && random.nextInt(4) == 0;
          if (type == 18) {
            file.length(isPlain ? 1 : random.nextInt(20) == 0 ? random.nextInt(5) : 2);
          }
          file.string(isPlain ? element(random) : blob(type == 14 ? 10 : 16, random));
        }
      }
      case 15, 19, 21 -> stream(file, type, random);
      case 24 -> {
        file.little(random.nextLong() >>> random.nextInt(12, 64), 8);
        plain(file, type, random);
      }
      case 25 -> file.little(random.nextInt(100), 8).string(blob(23, random));
      default -> string(file, random);
    }
  }

  private static byte[] element(Random random) {
    return random.nextInt(3) == 0
        ? Integer.toString(random.nextInt(-3, 20)).getBytes()
        : Arrays.copyOf(new byte[] {(byte) random.nextInt(97, 103), 'x'}, random.nextInt(5));
  }

  private void string(RdbBytes file, Random random) {
    switch (random.nextInt(4)) {
      case 0 -> file.raw(0xc0 + random.nextInt(5)).little(random.nextLong(), random.nextInt(5));
      case 1 -> {
        byte[] compressed = new byte[random.nextInt(40)];
        random.nextBytes(compressed);
        file.raw(0xc3).length(compressed.length + random.nextInt(2));
        file.length(random.nextInt(400)).raw(compressed);
      }
      default -> file.string(element(random));
    }
  }

  private void plain(RdbBytes file, int type, Random random) {
    int count = random.nextInt(6);
    file.length(random.nextInt(10) == 0 ? HOSTILE[random.nextInt(HOSTILE.length)] : count);
    for (int i = 0; i < count; i++) {
      if (type == 24) {
        file.length(random.nextInt(3));
      }
      string(file, random);
      switch (type) {
        case 3 -> file.raw(random.nextInt(5) == 0 ? 250 + random.nextInt(6) : 3).raw("1.5");
        case 4, 24 -> string(file, random);
        case 5 -> file.little(random.nextInt(4) == 0 ? random.nextLong() : 0x3ffL << 52, 8);
        case 22 -> {
          string(file, random);
          file.little(random.nextInt(3) - 1, 8);
        }
        default -> {}
      }
    }
  }

  private void module(RdbBytes file, Random random) {
    file.length(random.nextLong());
    for (int i = random.nextInt(5); i > 0; i--) {
      int item = random.nextInt(1, 7);
      file.raw(item);
      switch (item) {
        case 1, 2 -> file.length(random.nextLong() >>> random.nextInt(64));
        case 3 -> file.little(0, 4);
        case 4 -> file.little(0, 8);
        default -> string(file, random);
      }
    }
    file.raw(0);
  }

  /** A packed blob of the kind that a type has, most often damaged. */
  private byte[] blob(int type, Random random) {
    int count = random.nextInt(8);
    Object[] elements = new Object[type == 23 ? 3 * count : 2 * count];
    for (int i = 0; i < elements.length; i++) {
      boolean isNumber = type == 23 && i % 3 == 2 || (type == 12 || type == 17) && i % 2 == 1;
      elements[i] =
          isNumber ? (Object) random.nextInt(100) : new String(element(random)) + (char) (97 + i);
    }
    byte[] blob =
        switch (type) {
          case 9 -> zipmap(count, random);
          case 10, 12, 13 -> RdbBytes.ziplist(elements);
          case 11 -> RdbBytes.intset(random.longs(1 + count, -9, 70_000).distinct().toArray());
          default -> RdbBytes.listpack(elements);
        };
    return random.nextInt(3) == 0 ? blob : damaged(blob, type, random);
  }

  private static byte[] zipmap(int count, Random random) {
    RdbBytes zipmap = new RdbBytes().raw(count);
    for (int i = 0; i < count; i++) {
      byte[] value = element(random);
      zipmap.raw(2, 'f', 97 + i).raw(value.length, 0).raw(value);
    }
    return zipmap.raw(0xff).toBytes();
  }

  private byte[] damaged(byte[] blob, int type, Random random) {
    byte[] result = blob;
    for (int i = random.nextInt(1, 4); i > 0 && result.length > 0; i--) {
      result = change(result, random);
    }
    if (type != 9 && type != 11 && result.length >= 4 && random.nextInt(4) != 0) {
      // The size that the header says is right again.
      for (int i = 0; i < 4; i++) {
        result[i] = (byte) (result.length >>> 8 * i);
      }
    }
    return result;
  }

  private void stream(RdbBytes file, int type, Random random) {
    int nodes = random.nextInt(3);
    file.length(nodes);
    int live = 0;
    for (int i = 0; i < nodes; i++) {
      file.raw(16).raw(new byte[7]).raw(10 + i).raw(new byte[8]);
      List<Object> node = new ArrayList<>();
      int entries = random.nextInt(1, 4);
      node.addAll(List.of(entries, 0, 1, "field", 0));
      for (int j = 0; j < entries; j++) {
        boolean same = random.nextBoolean();
        node.addAll(same ? List.of(2, 0, j, "v", 4) : List.of(0, 0, j, 1, "f", "v", 6));
      }
      live += entries;
      byte[] blob = RdbBytes.listpack(node.toArray());
      file.string(random.nextInt(3) == 0 ? damaged(blob, type, random) : blob);
    }
    file.length(live).length(99).length(0);
    if (type > 15) {
      file.length(10).length(0).length(0).length(0).length(live);
    }
    groups(file, type, random);
  }

  private void groups(RdbBytes file, int type, Random random) {
    int groups = random.nextInt(3);
    file.length(groups);
    for (int i = 0; i < groups; i++) {
      file.string("g" + random.nextInt(5)).length(10).length(0);
      if (type > 15) {
        file.length(-1);
      }
      int pending = random.nextInt(4);
      file.length(pending);
      for (int j = 0; j < pending; j++) {
        file.raw(new byte[15]).raw(random.nextInt(20) == 0 ? 0 : j).little(j, 8).length(1);
      }
      int consumers = random.nextInt(3);
      file.length(consumers);
      for (int j = 0; j < consumers; j++) {
        file.string("c" + random.nextInt(9)).little(1, type == 21 ? 16 : 8);
        int own = j == consumers - 1 ? pending : 0;
        file.length(own);
        for (int k = 0; k < own; k++) {
          file.raw(new byte[15]).raw(random.nextInt(20) == 0 ? 9 : k);
        }
      }
    }
  }

  /** Several seeds may fail to be made only if a file can't be read, which is the disk's fault. */
  static FuzzInput of(Path corpus) {
    try {
      return new FuzzInput(corpus);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
