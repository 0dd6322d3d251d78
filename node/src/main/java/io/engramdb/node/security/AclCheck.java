package io.engramdb.node.security;

import io.engramdb.node.command.Account;
import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what the user's rules do not allow. Costs one look for a user who may do everything, and
 * allocates only where it refuses. One per shard, shard thread only.
 */
public final class AclCheck implements AdmissionCheck {

  private static final CommandError NO_KEY =
      noPermission("this user has no permissions to access one of the keys used as arguments");
  private static final CommandError NO_CHANNEL =
      noPermission("this user has no permissions to access one of the channels used as arguments");
  private static final String CHANGED =
      "ACLs rules changed between the moment the transaction was accumulated and the EXEC call."
          + " This command is no longer allowed for the following reason: ";
  private static final String IN_SCRIPT = "The user executing the script can't ";

  private final UserRegistry users;
  private final RightsJudge judge = new RightsJudge();

  public AclCheck(UserRegistry users) {
    this.users = users;
  }

  @Override
  public @Nullable CommandError refuse(CommandSpec spec, Args args, ClientState client) {
    Account account = client.account;
    if (account == null || account.unlimited()) {
      return null;
    }
    AclLog.Context context =
        client.transaction.open ? AclLog.Context.MULTI : AclLog.Context.TOP_LEVEL;
    return switch (judge(account, spec, args, client, context)) {
      case ALLOWED -> null;
      case KEY -> NO_KEY;
      case CHANNEL -> NO_CHANNEL;
      default ->
          noPermission("this user has no permissions to run the '" + spec.fullName() + "' command");
    };
  }

  @Override
  public @Nullable CommandError refuseQueued(CommandSpec spec, Args args, ClientState client) {
    Account account = client.account;
    if (account == null || account.unlimited()) {
      return null;
    }
    return switch (judge(account, spec, args, client, AclLog.Context.MULTI)) {
      case ALLOWED -> null;
      case KEY -> noPermission(CHANGED + "no permission to touch the specified keys");
      case CHANNEL ->
          noPermission(
              CHANGED
                  + "no permission to access one of the channels used as argument to the command");
      default -> noPermission(CHANGED + "no permission to execute the command or subcommand");
    };
  }

  @Override
  public @Nullable CommandError refuseInScript(CommandSpec spec, Args args, ClientState client) {
    Account account = client.account;
    if (account == null || account.unlimited()) {
      return null;
    }
    return switch (judge(account, spec, args, client, AclLog.Context.SCRIPT)) {
      case ALLOWED -> null;
      case KEY ->
          noPermission(
              IN_SCRIPT + "access at least one of the keys mentioned in the command arguments");
      case CHANNEL -> noPermission(IN_SCRIPT + "publish to the channel mentioned in the command");
      default -> noPermission(IN_SCRIPT + "run this command or subcommand");
    };
  }

  /** Not logged. */
  @Override
  public boolean permits(CommandSpec spec, Args args, ClientState client) {
    Account account = client.account;
    return account == null
        || account.unlimited()
        || judge.judge(((UserAccount) account).user(), spec, args) == Verdict.ALLOWED;
  }

  /** Why that user may not run the command, in the words of ACL DRYRUN; null if it may. */
  public @Nullable String explain(User user, CommandSpec spec, Args args) {
    String who = "This user has no permissions to ";
    return switch (judge.judge(user, spec, args)) {
      case ALLOWED -> null;
      case KEY -> who + "access the '" + args.text(judge.deniedPlace()) + "' key";
      case CHANNEL -> who + "access the '" + args.text(judge.deniedPlace()) + "' channel";
      default -> who + "run the '" + spec.fullName() + "' command";
    };
  }

  private Verdict judge(
      Account account, CommandSpec spec, Args args, ClientState client, AclLog.Context context) {
    Verdict verdict = judge.judge(((UserAccount) account).user(), spec, args);
    if (verdict != Verdict.ALLOWED) {
      String what = verdict == Verdict.COMMAND ? spec.fullName() : args.text(judge.deniedPlace());
      users.log().add(verdict, context, what, account.name(), client);
    }
    return verdict;
  }

  private static CommandError noPermission(String message) {
    return new CommandError("NOPERM", message);
  }
}
