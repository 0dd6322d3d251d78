package io.engramdb.node.cli;

import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.tool.RdbCheck;
import io.engramdb.snapshot.tool.RdbReport;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code engram rdb check}: a verdict about a file. */
@Command(
    name = "check",
    description = "Read an RDB file to its end; say whether it is whole, or where it is not.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the file is whole", "1:the file is damaged or can't be read"})
final class RdbCheckCommand implements Callable<Integer> {
  @Mixin RdbFileOptions options;
  @Mixin OutputOptions output;

  @Override
  public Integer call() throws CliException {
    try {
      RdbReport report = RdbCheck.check(options.file, options.modules());
      output.result(document(report), options.file + ": " + report.text());
      return report.isWhole() ? ExitCode.OK : ExitCode.FAILED;
    } catch (IOException e) {
      throw options.unreadable(e);
    }
  }

  private static Map<String, Object> document(RdbReport report) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("verdict", report.isWhole() ? "ok" : "damaged");
    document.put("version", report.version());
    document.put("sizeBytes", report.sizeBytes());
    document.put("databases", report.databases());
    document.put("keys", report.keys());
    document.put("functions", report.functions());
    document.put("remarks", report.remarks());
    RdbException fault = report.fault();
    if (fault != null) {
      document.put("fault", fault.fault());
      document.put("offset", fault.offset());
      document.put("key", fault.key());
      document.put("reason", fault.reason());
    }
    return document;
  }
}
