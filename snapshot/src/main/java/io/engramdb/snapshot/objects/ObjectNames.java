package io.engramdb.snapshot.objects;

import java.util.regex.Pattern;

/** Which names objects may have; see the package document. */
public final class ObjectNames {

  /** S3's bound is 1,024 bytes, of which a prefix takes some. */
  private static final int MAX_CHARACTERS = 512;

  static final String TEMPORARY = ".tmp";

  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");

  private ObjectNames() {}

  /** Whether an object may be called so. */
  public static boolean isValid(String name) {
    return name.length() <= MAX_CHARACTERS
        && NAME.matcher(name).matches()
        && !name.endsWith(TEMPORARY);
  }

  /** The name itself, if it is one. */
  public static String valid(String name) throws StoreException {
    if (!isValid(name)) {
      throw new StoreException(StoreFault.REFUSED, "no object may be called \"" + name + "\"");
    }
    return name;
  }
}
