package io.engramdb.node.command;

import java.nio.charset.StandardCharsets;

/**
 * An error that the client is told: code word and message, exactly as Redis words them.
 *
 * <p>A handler may throw it only before its first change. Carries no stack trace, because it is an
 * answer and not a fault.
 */
public final class CommandError extends RuntimeException {

  public static final CommandError SYNTAX = err("syntax error");
  public static final CommandError NOT_AN_INTEGER = err("value is not an integer or out of range");
  public static final CommandError NOT_A_FLOAT = err("value is not a valid float");
  public static final CommandError OUT_OF_RANGE = err("value is out of range");
  public static final CommandError NO_SUCH_KEY = err("no such key");
  public static final CommandError INDEX_OUT_OF_RANGE = err("index out of range");
  public static final CommandError WRONG_TYPE =
      new CommandError("WRONGTYPE", "Operation against a key holding the wrong kind of value");
  public static final CommandError OOM =
      new CommandError("OOM", "command not allowed when used memory > 'maxmemory'.");
  public static final CommandError NO_SPACE =
      new CommandError(
          "NOSPACE", "The log disk is below its reserve; only reads and removals are accepted.");
  public static final CommandError LOADING =
      new CommandError("LOADING", "Redis is loading the dataset in memory");
  public static final CommandError CLUSTER_DOWN =
      new CommandError("CLUSTERDOWN", "The cluster is down");
  public static final CommandError MASTER_DOWN =
      new CommandError(
          "MASTERDOWN", "Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
  public static final CommandError READ_ONLY =
      new CommandError("READONLY", "You can't write against a read only replica.");
  public static final CommandError NO_REPLICAS =
      new CommandError("NOREPLICAS", "Not enough good replicas to write.");
  public static final CommandError NO_AUTH = new CommandError("NOAUTH", "Authentication required.");
  public static final CommandError CROSS_SLOT =
      new CommandError("CROSSSLOT", "Keys in request don't hash to the same slot");
  public static final CommandError EXEC_ABORT =
      new CommandError("EXECABORT", "Transaction discarded because of previous errors.");
  public static final CommandError UNBLOCKED =
      new CommandError(
          "UNBLOCKED",
          "force unblock from blocking operation, instance state changed (master -> replica?)");

  public static final CommandError UNBLOCKED_BY_CLIENT =
      new CommandError("UNBLOCKED", "client unblocked via CLIENT UNBLOCK");

  private final String code;
  private final byte[] line;
  private final boolean counted;

  public CommandError(String code, String message) {
    this(code, message, false);
  }

  private CommandError(String code, String message, boolean counted) {
    super(message, null, false, false);
    this.code = code;
    this.counted = counted;
    // A line break inside an error would end the reply early.
    String whole = message.isEmpty() ? code : code + ' ' + message;
    String text = whole.replace('\r', ' ').replace('\n', ' ');
    this.line = text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** An error of the general code {@code ERR}. */
  public static CommandError err(String message) {
    return new CommandError("ERR", message);
  }

  /** Wrong number of arguments for this command (full name, subcommand after a bar). */
  public static CommandError arity(String fullName) {
    return err("wrong number of arguments for '" + fullName + "' command");
  }

  /** What EXEC answers when it is refused for this reason. */
  public CommandError asExecAbort() {
    String reason = code.equals("ERR") ? getMessage() : code + ' ' + getMessage();
    return new CommandError("EXECABORT", "Transaction discarded because of: " + reason);
  }

  /** The same error, known to the statistics since it was first met. */
  public CommandError asCounted() {
    return new CommandError(code, getMessage(), true);
  }

  /** Whether the statistics know it already. */
  public boolean isCounted() {
    return counted;
  }

  /** Whether it sends the client to another node. */
  public boolean isRedirect() {
    return code.equals("MOVED") || code.equals("READONLY");
  }

  /** First word, for error statistics. */
  public String code() {
    return code;
  }

  /** Code and message without the leading minus and without line end; not to be changed. */
  public byte[] line() {
    return line;
  }
}
