package io.engramdb.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Console;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The option {@code -o} and the two ways out that go with it: results to the standard output,
 * progress there too unless the result is JSON, which stands alone.
 */
final class OutputOptions {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Forms of output. */
  enum Format {
    text,
    json
  }

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      description = "form of the output (default: text)")
  Format format = Format.text;

  boolean json() {
    return format == Format.json;
  }

  /** A line that says what is going on. */
  void progress(String line) {
    PrintWriter out = json() ? spec.commandLine().getErr() : spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }

  /** Says how far a step of a restore is; see there. */
  ProgressLine steps(String step, String unit, long totalBytes) {
    PrintWriter out = json() ? spec.commandLine().getErr() : spec.commandLine().getOut();
    Console console = System.console();
    return new ProgressLine(
        step,
        unit,
        totalBytes,
        !json() && console != null && console.isTerminal(),
        text -> {
          out.print(text);
          out.flush();
        },
        System::nanoTime);
  }

  /** The result in the form that was asked for. */
  void result(Object value, String text) {
    PrintWriter out = spec.commandLine().getOut();
    try {
      out.println(json() ? JSON.writeValueAsString(value) : text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    out.flush();
  }
}
