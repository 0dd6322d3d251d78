package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.AclCategory;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientDirectory;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandHandler;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.UserRules;
import io.engramdb.node.security.AclCheck;
import io.engramdb.node.security.AclFile;
import io.engramdb.node.security.AclLog;
import io.engramdb.node.security.AclRules;
import io.engramdb.node.security.PasswordHash;
import io.engramdb.node.security.RuleException;
import io.engramdb.node.security.User;
import io.engramdb.node.security.UserRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ACL: users and what they may do. Upstream: Redis 7.2 {@code acl.c}, with the error texts of 7.0.
 *
 * <p>A change is logged as the whole user that results, its passwords as hashes, and made when that
 * is committed, on every node alike; the connection runs nothing until then. Inside a transaction
 * the commands behind it still run with the rights from before.
 */
public final class AclCommands implements CommandFamily {

  private static final Logger LOG = LoggerFactory.getLogger(AclCommands.class);

  private static final List<String> HELP =
      List.of(
          "CAT [<category>]",
          "    All categories, or the commands of one.",
          "DELUSER <username> [<username> ...]",
          "    Delete users; their connections close.",
          "DRYRUN <username> <command> [<arg> ...]",
          "    Whether the user may run the command; nothing is run.",
          "GETUSER <username>",
          "    Everything about a user.",
          "GENPASS [<bits>]",
          "    A password by chance, of 256 bits or as many as are asked for.",
          "LIST",
          "    All users with their rules, as in an ACL file.",
          "LOAD",
          "    Take all users from the ACL file of this node.",
          "LOG [<count> | RESET]",
          "    What users were refused, newest first; or forget it.",
          "SAVE",
          "    Write all users into the ACL file of this node.",
          "SETUSER <username> <attribute> [<attribute> ...]",
          "    Make a user, or change one.",
          "USERS",
          "    The names of all users.",
          "WHOAMI",
          "    The user of this connection.");

  private static final byte[] ACL = ascii("acl");
  private static final byte[] SETUSER = ascii("SETUSER");
  private static final byte[] DELUSER = ascii("DELUSER");

  private static final int DEFAULT_PASSWORD_BITS = 256;
  private static final int MAX_PASSWORD_BITS = 4096;
  private static final int DEFAULT_LOG_ENTRIES = 10;

  private static final CommandError NO_FILE =
      CommandError.err(
          "This Redis instance is not configured to use an ACL file. You may want to specify users"
              + " via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a"
              + " Redis configuration file set) in order to store users in the Redis"
              + " configuration.");
  private static final CommandError NOT_SAVED =
      CommandError.err(
          "There was an error trying to save the ACLs. Please check the server logs for more"
              + " information");
  private static final CommandError BAD_BITS =
      CommandError.err(
          "ACL GENPASS argument must be the number of bits for the output password, a positive"
              + " number up to "
              + MAX_PASSWORD_BITS);
  private static final CommandError BLANKS =
      CommandError.err("Usernames can't contain spaces or null characters");
  private static final CommandError DEFAULT_STAYS =
      CommandError.err("The 'default' user cannot be removed");

  private final UserRegistry users;
  private final AclCheck check;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param clients asked only when a command runs, because the directory is made after the table
   */
  public AclCommands(UserRegistry users, Supplier<ClientDirectory> clients) {
    this.users = users;
    this.check = new AclCheck(users);
    users
        .log()
        .describeBy(
            client -> {
              ConnectedClient connected = clients.get().find(client.id);
              StringBuilder line = new StringBuilder();
              if (connected != null) {
                ClientLine.append(line, connected, client.lastCommandMs, 0);
              }
              return line.toString();
            });
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table.within(table.container("acl", "6.0.0", -2).add());
    table.other("cat", "6.0.0", -2, this::cat).flags(NOSCRIPT, LOADING, STALE).add();
    admin(table, "deluser", "6.0.0", -3, this::delUser).logged().add();
    admin(table, "dryrun", "7.0.0", -4, this::dryRun).add();
    table.other("genpass", "6.0.0", -2, this::genPass).flags(NOSCRIPT, LOADING, STALE).add();
    admin(table, "getuser", "6.0.0", 3, this::getUser).add();
    admin(table, "list", "6.0.0", 2, this::list).add();
    admin(table, "load", "6.0.0", 2, this::load).logged().add();
    admin(table, "log", "6.0.0", -2, this::log).add();
    admin(table, "save", "6.0.0", 2, this::save).add();
    admin(table, "setuser", "6.0.0", -3, this::setUser).logged().add();
    admin(table, "users", "6.0.0", 2, this::names).add();
    table.other("whoami", "6.0.0", 2, this::whoAmI).flags(NOSCRIPT, LOADING, STALE).add();
    table
        .other("help", "6.0.0", 2, (context, args, reply) -> HelpReply.write(reply, "ACL", HELP))
        .flags(LOADING, STALE)
        .add();
    table.topLevel();
  }

  private static CommandTable.Builder.Row admin(
      CommandTable.Builder table, String name, String since, int arity, CommandHandler handler) {
    return table.other(name, since, arity, handler).flags(ADMIN, NOSCRIPT, LOADING, STALE);
  }

  // --- changes

  /**
   * {@code ACL SETUSER name [rule …]}; reply: OK; effects: the whole user; O(rules). As an effect:
   * {@code ACL SETUSER name rules}, without rules the user is no more.
   */
  private void setUser(ExecutionContext context, Args args, ReplyWriter reply) {
    String name = args.text(2);
    if (context.replaying()) {
      context.keyspaces().users().put(name, args.count() > 3 ? args.text(3) : "");
      return;
    }
    if (AclRules.hasBlanks(name)) {
      throw BLANKS;
    }
    List<String> words = new ArrayList<>();
    for (int i = 3; i < args.count(); i++) {
      words.add(args.text(i));
    }
    User changed = changed(newest(context, name), name, words);
    record(context, name, changed.rules());
    reply.ok();
  }

  private User changed(@Nullable User present, String name, List<String> words) {
    List<String> merged;
    try {
      merged = AclRules.merge(words);
    } catch (RuleException e) {
      throw CommandError.err(e.getMessage());
    }
    try {
      return users.rules().apply(present == null ? users.rules().fresh(name) : present, merged);
    } catch (RuleException e) {
      throw CommandError.err("Error in ACL SETUSER modifier '" + e.rule() + "': " + e.getMessage());
    }
  }

  /** The user as it will be when everything recorded is committed. */
  private @Nullable User newest(ExecutionContext context, String name) {
    String proposed = context.keyspaces().users().proposed(name);
    if (proposed == null) {
      return users.find(name);
    }
    try {
      return proposed.isEmpty() ? null : users.rules().parse(name, proposed);
    } catch (RuleException e) {
      throw new IllegalStateException("rules that this node has made itself", e);
    }
  }

  private void record(ExecutionContext context, String name, String rules) {
    UserRules logged = context.keyspaces().users();
    byte[] nameBytes = name.getBytes(StandardCharsets.ISO_8859_1);
    logged.propose(name, rules);
    if (rules.isEmpty() && !users.isConfigured(name)) {
      context.effects().record(0, ACL, DELUSER, nameBytes);
      context.whenCommitted(
          () -> {
            logged.settled(name, rules);
            logged.remove(name);
          });
      return;
    }
    if (rules.isEmpty()) {
      context.effects().record(0, ACL, SETUSER, nameBytes);
    } else {
      byte[] text = rules.getBytes(StandardCharsets.ISO_8859_1);
      context.effects().record(0, ACL, SETUSER, nameBytes, text);
    }
    context.whenCommitted(
        () -> {
          logged.settled(name, rules);
          logged.put(name, rules);
        });
  }

  /**
   * {@code ACL DELUSER name [name …]}; reply: how many there were; effects: one for each; O(names).
   * As an effect: the log forgets the name.
   */
  private void delUser(ExecutionContext context, Args args, ReplyWriter reply) {
    if (context.replaying()) {
      context.keyspaces().users().remove(args.text(2));
      return;
    }
    TreeSet<String> names = new TreeSet<>();
    for (int i = 2; i < args.count(); i++) {
      names.add(args.text(i));
    }
    if (names.contains(User.DEFAULT_NAME)) {
      throw DEFAULT_STAYS;
    }
    names.removeIf(name -> newest(context, name) == null);
    names.forEach(name -> record(context, name, ""));
    reply.integer(names.size());
  }

  // --- the file of this node

  /** {@code ACL LOAD}; reply: OK; effects: every user of the file, and those that are not in it. */
  private void load(ExecutionContext context, Args args, ReplyWriter reply) {
    Map<String, User> wanted = new HashMap<>();
    wanted.put(User.DEFAULT_NAME, User.openDefault());
    try {
      for (User user : AclFile.read(file(), users.rules())) {
        wanted.put(user.name(), user);
      }
    } catch (AclFile.BadFileException e) {
      throw CommandError.err(e.getMessage());
    }
    TreeSet<String> names = new TreeSet<>(context.keyspaces().users().proposedNames());
    users.all().forEach(user -> names.add(user.name()));
    names.addAll(wanted.keySet());
    for (String name : names) {
      User user = wanted.get(name);
      User present = newest(context, name);
      if (user == null && present != null) {
        record(context, name, "");
      } else if (user != null && (present == null || !present.rules().equals(user.rules()))) {
        record(context, name, user.rules());
      }
    }
    reply.ok();
  }

  /** {@code ACL SAVE}; reply: OK; no effects. */
  private void save(ExecutionContext context, Args args, ReplyWriter reply) {
    Path file = file();
    try {
      AclFile.write(file, users.all());
    } catch (IOException e) {
      LOG.warn("the ACL file can't be written", e);
      throw NOT_SAVED;
    }
    reply.ok();
  }

  private Path file() {
    String file = users.settings().file;
    if (file.isEmpty()) {
      throw NO_FILE;
    }
    return Path.of(file);
  }

  // --- questions

  /** {@code ACL CAT [category]}; reply: array of category or command names. */
  private void cat(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() == 2) {
      reply.array(AclCategory.values().length);
      for (AclCategory category : AclCategory.values()) {
        reply.bulk(category.wireName());
      }
      return;
    }
    refuseMore(args);
    AclCategory wanted = find(args.text(2));
    List<CommandSpec> members =
        users.rules().table().all().stream()
            .filter(spec -> spec.categories().contains(wanted))
            .toList();
    reply.array(members.size());
    members.forEach(spec -> reply.bulk(spec.fullName()));
  }

  private static void refuseMore(Args args) {
    if (args.count() > 3) {
      throw HelpReply.unknownOrArity("ACL", args.textToZero(1));
    }
  }

  private static AclCategory find(String name) {
    for (AclCategory category : AclCategory.values()) {
      if (category.wireName().equalsIgnoreCase(name)) {
        return category;
      }
    }
    throw CommandError.err("Unknown category '" + name + "'");
  }

  /** {@code ACL WHOAMI}; reply: bulk string. */
  private void whoAmI(ExecutionContext context, Args args, ReplyWriter reply) {
    String user = context.client().user;
    bulk(reply, user == null ? User.DEFAULT_NAME : user);
  }

  /** {@code ACL USERS}; reply: array of names. */
  private void names(ExecutionContext context, Args args, ReplyWriter reply) {
    List<User> all = List.copyOf(users.all());
    reply.array(all.size());
    all.forEach(user -> bulk(reply, user.name()));
  }

  /** {@code ACL LIST}; reply: array of lines. */
  private void list(ExecutionContext context, Args args, ReplyWriter reply) {
    List<User> all = List.copyOf(users.all());
    reply.array(all.size());
    all.forEach(user -> bulk(reply, "user " + user.name() + ' ' + user.rules()));
  }

  /** {@code ACL GETUSER name}; reply: map, or null if there is no such user. */
  private void getUser(ExecutionContext context, Args args, ReplyWriter reply) {
    User user = users.find(args.text(2));
    if (user == null) {
      reply.nil();
      return;
    }
    reply.map(6);
    reply.bulk("flags");
    List<String> flags = user.flags();
    reply.set(flags.size());
    flags.forEach(reply::bulk);
    reply.bulk("passwords");
    reply.array(user.passwords().size());
    for (PasswordHash password : user.passwords()) {
      reply.bulk(password.hex());
    }
    List<List<String>> selectors = user.selectorTexts();
    selector(reply, selectors.get(0));
    reply.bulk("selectors");
    reply.array(selectors.size() - 1);
    for (List<String> texts : selectors.subList(1, selectors.size())) {
      reply.map(3);
      selector(reply, texts);
    }
  }

  private static void selector(ReplyWriter reply, List<String> texts) {
    reply.bulk("commands");
    bulk(reply, texts.get(0));
    reply.bulk("keys");
    bulk(reply, texts.get(1));
    reply.bulk("channels");
    bulk(reply, texts.get(2));
  }

  private static void bulk(ReplyWriter reply, String text) {
    reply.bulk(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** {@code ACL DRYRUN name command [arg …]}; reply: OK, or a bulk string that says why not. */
  private void dryRun(ExecutionContext context, Args args, ReplyWriter reply) {
    User user = users.find(args.text(2));
    if (user == null) {
      throw CommandError.err("User '" + args.textToZero(2) + "' not found");
    }
    byte[][] words = new byte[args.count() - 3][];
    for (int i = 0; i < words.length; i++) {
      words[i] = args.copy(i + 3);
    }
    Args line = Args.of(words);
    CommandSpec spec = users.rules().table().resolve(line);
    if (spec == null || (spec.isContainer() && line.count() > 1)) {
      throw CommandError.err("Command '" + args.textToZero(3) + "' not found");
    }
    if (!spec.acceptsWords(line.count())) {
      throw CommandError.arity(spec.fullName());
    }
    String why = check.explain(user, spec, line);
    if (why == null) {
      reply.ok();
    } else {
      bulk(reply, why);
    }
  }

  /** {@code ACL GENPASS [bits]}; reply: hexadecimal digits; no effects. */
  private void genPass(ExecutionContext context, Args args, ReplyWriter reply) {
    refuseMore(args);
    long bits = args.count() == 2 ? DEFAULT_PASSWORD_BITS : args.longAt(2);
    if (bits <= 0 || bits > MAX_PASSWORD_BITS) {
      throw BAD_BITS;
    }
    int digits = (int) (bits + 3) / 4;
    byte[] bytes = new byte[(digits + 1) / 2];
    random.nextBytes(bytes);
    reply.bulk(HexFormat.of().formatHex(bytes).substring(0, digits));
  }

  /** {@code ACL LOG [count | RESET]}; reply: array of maps, or OK. */
  private void log(ExecutionContext context, Args args, ReplyWriter reply) {
    refuseMore(args);
    if (args.count() == 3 && args.is(2, "RESET")) {
      users.log().clear();
      reply.ok();
      return;
    }
    long count = args.count() == 2 ? DEFAULT_LOG_ENTRIES : Math.max(0, args.longAt(2));
    long nowMs = users.log().nowMs();
    List<AclLog.Entry> entries = users.log().newest(count);
    reply.array(entries.size());
    for (AclLog.Entry entry : entries) {
      reply.map(10);
      reply.bulk("count");
      reply.integer(entry.count());
      reply.bulk("reason");
      reply.bulk(entry.reason().wireName());
      reply.bulk("context");
      reply.bulk(entry.context().wireName());
      reply.bulk("object");
      bulk(reply, entry.object());
      reply.bulk("username");
      bulk(reply, entry.username());
      reply.bulk("age-seconds");
      reply.real((nowMs - entry.updatedMs()) / 1000.0);
      reply.bulk("client-info");
      reply.bulk(entry.client());
      reply.bulk("entry-id");
      reply.integer(entry.id());
      reply.bulk("timestamp-created");
      reply.integer(entry.createdMs());
      reply.bulk("timestamp-last-updated");
      reply.integer(entry.updatedMs());
    }
  }
}
