package io.engramdb.load;

import java.io.IOException;

/** Command line of the load generator; see {@link LoadOptions#USAGE}. */
public final class LoadMain {
  private static final int FAILED = 1;
  private static final int WRONG_USE = 64;

  private LoadMain() {}

  /** Runs one load and prints its result. */
  public static void main(String[] args) {
    LoadOptions options;
    try {
      options = LoadOptions.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(WRONG_USE);
      return;
    }
    try {
      System.out.println(new LoadLoop(options).run());
    } catch (IOException | IllegalStateException e) {
      System.err.println("load: " + e.getMessage());
      System.exit(FAILED);
    }
  }
}
