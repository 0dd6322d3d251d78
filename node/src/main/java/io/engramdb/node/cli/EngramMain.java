package io.engramdb.node.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Entry of the {@code engram} command and, through it, of every server process. */
@Command(
    name = "engram",
    description = "Durable, Redis-compatible in-memory database.",
    mixinStandardHelpOptions = true,
    versionProvider = EngramVersion.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; status: every member is up and a primary serves",
      "1:failed; status: a primary serves, a member is missing",
      "2:status: no primary serves",
      "3:the launcher found no Java 25 or could not build",
      "64:wrong use",
      "70:a server stopped because one of its own invariants did not hold"
    })
public final class EngramMain implements Runnable {
  private static final List<Class<?>> COMMANDS =
      List.of(
          UpCommand.class,
          StatusCommand.class,
          DownCommand.class,
          NodeCommand.class,
          LogVoterCommand.class,
          SnapshotterCommand.class,
          RdbCommand.class,
          SnapshotCommand.class,
          ImportCommand.class,
          RehearseCommand.class,
          CommandLine.HelpCommand.class);

  private static final String RESTORE = "--restore";
  private static final Set<String> HELP = Set.of("-h", "--help", "-V", "--version");

  @Spec CommandSpec spec;

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    String[] words = withoutRestore(arguments);
    CommandLine commandLine = commandLine(words.length == 0 ? "" : words[0]);
    System.exit(commandLine.execute(words));
  }

  /** {@code restore URL …} is {@code up --restore URL …}: a new cluster is what it makes. */
  static String[] withoutRestore(String[] arguments) {
    if (arguments.length == 0 || !arguments[0].equals("restore")) {
      return arguments;
    }
    List<String> words = new ArrayList<>(List.of("up"));
    // Without an address it must not become a plain up, which makes an empty cluster.
    boolean help =
        arguments.length > 1
            && arguments[1].startsWith("-")
            && Stream.of(arguments).anyMatch(HELP::contains);
    if (!help && !List.of(arguments).contains(RESTORE)) {
      words.add(RESTORE);
    }
    words.addAll(List.of(arguments).subList(1, arguments.length));
    return words.toArray(String[]::new);
  }

  /** The program with every command. */
  static CommandLine commandLine() {
    return commandLine("");
  }

  /**
   * The program with the commands that it needs for one call: a server, whose start counts, does
   * not look at the options of all the others.
   *
   * @param command the command that is called
   */
  static CommandLine commandLine(String command) {
    CommandLine commandLine = new CommandLine(new EngramMain());
    switch (command) {
      case NodeCommand.NAME -> commandLine.addSubcommand(new NodeCommand());
      case LogVoterCommand.NAME -> commandLine.addSubcommand(new LogVoterCommand());
      case SnapshotterCommand.NAME -> commandLine.addSubcommand(new SnapshotterCommand());
      case RdbCommand.NAME -> commandLine.addSubcommand(new RdbCommand());
      case SnapshotCommand.NAME -> commandLine.addSubcommand(new SnapshotCommand());
      case ImportCommand.NAME -> commandLine.addSubcommand(new ImportCommand());
      default -> {
        for (Class<?> each : COMMANDS) {
          commandLine.addSubcommand(each);
        }
      }
    }
    // A server takes every directive of its configuration file as a flag; it reads them itself.
    for (String server : List.of(NodeCommand.NAME, LogVoterCommand.NAME, SnapshotterCommand.NAME)) {
      CommandLine served = commandLine.getSubcommands().get(server);
      if (served != null) {
        served.setStopAtPositional(true).setUnmatchedOptionsArePositionalParams(true);
      }
    }
    return commandLine
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(EngramMain::wrongUse)
        .setExecutionExceptionHandler(EngramMain::failed);
  }

  private static int wrongUse(ParameterException wrong, String[] arguments) {
    PrintWriter err = wrong.getCommandLine().getErr();
    String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
    String message = wrong.getMessage().lines().findFirst().orElse("wrong use");
    err.println("engram: " + message + " (see: " + command + " --help)");
    return ExitCode.USAGE;
  }

  private static int failed(
      Exception failure, CommandLine commandLine, CommandLine.ParseResult result) throws Exception {
    if (failure instanceof CliException) {
      commandLine.getErr().println("engram: " + failure.getMessage());
      return ExitCode.FAILED;
    }
    throw failure;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to do: up, status, down or node");
  }
}
