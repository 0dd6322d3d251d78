package io.engramdb.node.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code engram --version} prints: the version that Maven wrote into the jar. */
final class EngramVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"engram " + text()};
  }

  static String text() {
    String version = EngramVersion.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
