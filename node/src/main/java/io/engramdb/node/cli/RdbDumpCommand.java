package io.engramdb.node.cli;

import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.tool.RdbDump;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code engram rdb dump}: what a file holds. */
@Command(
    name = "dump",
    description = "Write one line of JSON per key of an RDB file, names and values in base64.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:everything was written", "1:the file is damaged or can't be read"})
final class RdbDumpCommand implements Callable<Integer> {
  @Mixin RdbFileOptions options;

  @Option(
      names = "--order",
      paramLabel = "key|file",
      description = {
        "key (default): by database and key; reads the file twice and writes nothing",
        "if it is damaged. file: as in the file, in one go and little memory"
      })
  String order = "key";

  @Override
  public Integer call() throws CliException {
    RdbDump.Order chosen =
        switch (order.toLowerCase(Locale.ROOT)) {
          case "key" -> RdbDump.Order.KEY;
          case "file" -> RdbDump.Order.FILE;
          default -> throw new CliException("--order " + order + ": must be key or file");
        };
    // Not the text stream of picocli: what is written is bytes, and may be many. Not closed: it is
    // the process's, not this command's.
    FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    try {
      RdbDump.dump(options.file, chosen, options.modules(), out);
      return ExitCode.OK;
    } catch (RdbException e) {
      throw new CliException(options.file + ": damaged: " + e.getMessage(), e);
    } catch (IOException e) {
      throw options.unreadable(e);
    }
  }
}
