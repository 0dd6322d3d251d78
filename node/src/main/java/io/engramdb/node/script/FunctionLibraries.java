package io.engramdb.node.script;

import static io.engramdb.node.script.Lua.ascii;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.LibraryHead;
import io.engramdb.node.engine.StoredScripts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Function libraries as they were compiled (upstream {@code functions.c}).
 *
 * <p>The texts are data and stand in {@link StoredScripts}: they are logged, replayed, saved and
 * thrown away like keys. Here is only what was compiled from them, brought up to date before it is
 * used, so that a replica that nobody calls functions on needs no interpreter. Shard thread only.
 */
public final class FunctionLibraries {

  private static final Logger LOG = LoggerFactory.getLogger(FunctionLibraries.class);

  private static final CommandError NOT_FOUND = CommandError.err("Function not found");
  private static final CommandError NO_LIBRARY = CommandError.err("Library not found");
  private static final CommandError NO_FUNCTIONS = CommandError.err("No functions registered");
  private static final CommandError BAD_KEY_COUNT = CommandError.err("Bad number of keys provided");
  private static final byte[] FUNCTION = ascii("function");

  /** What FUNCTION RESTORE does with libraries that are there. */
  public enum RestorePolicy {
    /** They stay; one of the same name ends the command. */
    APPEND,
    /** One of the same name is replaced. */
    REPLACE,
    /** All of them go. */
    FLUSH
  }

  /** One compiled library. */
  public record Library(Bytes name, Bytes text, List<Function> functions) {}

  /** One function of it. */
  public record Function(
      Bytes name, @Nullable Bytes description, Set<ScriptFlag> flags, int callback) {
    String calledName() {
      return name.toString();
    }
  }

  private final ScriptHost host;
  private Map<Bytes, Library> libraries = new LinkedHashMap<>();

  /** By name in lower case. */
  private Map<Bytes, Function> functions = new HashMap<>();

  /** What the compiled libraries come from. */
  private @Nullable StoredScripts source;

  private long sourceVersion;

  FunctionLibraries(ScriptHost host) {
    this.host = host;
  }

  // --- calling

  /** FCALL and FCALL_RO. */
  public void call(ExecutionContext context, Args args, boolean readOnly, ReplyWriter reply) {
    StoredScripts stored = context.keyspaces().scripts();
    stored.lookAtLibraries();
    update(stored);
    Function function = functions.get(ScriptCache.lowerCase(args, 1));
    if (function == null) {
      throw NOT_FOUND;
    }
    int keys = ScriptCache.keyCount(args, BAD_KEY_COUNT);
    ScriptRun run =
        ScriptCache.prepare(context, args, true, function.calledName(), function.flags(), readOnly);
    host.runtime().callFunction(run, function.callback(), args, keys, reply);
  }

  /**
   * Whether an FCALL calls a function that declares to write nothing; what is not compiled yet, or
   * has been exchanged since, may do anything.
   */
  public boolean readsOnly(Args args) {
    StoredScripts present = source;
    if (present == null || present.libraryVersion() != sourceVersion) {
      return false;
    }
    Function function = functions.get(ScriptCache.lowerCase(args, 1));
    return function != null && function.flags().contains(ScriptFlag.NO_WRITES);
  }

  // --- changing

  /**
   * FUNCTION LOAD.
   *
   * @return the library's name
   */
  public Bytes load(ExecutionContext context, Bytes text, boolean replaces) {
    StoredScripts stored = context.keyspaces().scripts();
    Bytes name = head(text).name();
    if (context.replaying()) {
      stored.putLibrary(name, text);
      return name;
    }
    update(stored);
    if (!replaces && libraries.containsKey(name)) {
      throw alreadyThere(name);
    }
    if (!stored.hasRoomFor(text.length())) {
      throw ScriptCache.TOO_MUCH_TEXT;
    }
    Library added = compiled(text);
    exchange(context, List.of(added), RestorePolicy.REPLACE);
    return name;
  }

  /** FUNCTION RESTORE. */
  public void restore(ExecutionContext context, List<byte[]> texts, RestorePolicy policy) {
    StoredScripts stored = context.keyspaces().scripts();
    update(stored);
    long size = 0;
    for (byte[] text : texts) {
      size += text.length;
    }
    if (!stored.hasRoomFor(size)) {
      throw ScriptCache.TOO_MUCH_TEXT;
    }
    List<Library> added = new ArrayList<>();
    try {
      for (byte[] text : texts) {
        Bytes name = head(Bytes.wrap(text)).name();
        if (added.stream().anyMatch(each -> each.name().equals(name))) {
          throw alreadyThere(name);
        }
        added.add(compiled(Bytes.wrap(text)));
      }
    } catch (CommandError e) {
      added.forEach(this::release);
      throw e;
    }
    exchange(context, added, policy);
  }

  /** Takes compiled libraries in, or none of them: then they are released. */
  private void exchange(ExecutionContext context, List<Library> added, RestorePolicy policy) {
    boolean flushes = policy == RestorePolicy.FLUSH;
    Map<Bytes, Library> next = flushes ? new LinkedHashMap<>() : new LinkedHashMap<>(libraries);
    Map<Bytes, Function> nextFunctions;
    try {
      for (Library each : added) {
        if (next.remove(each.name()) != null && policy == RestorePolicy.APPEND) {
          throw CommandError.err("Library " + each.name() + " already exists");
        }
        next.put(each.name(), each);
      }
      nextFunctions = index(next);
    } catch (CommandError e) {
      added.forEach(this::release);
      throw e;
    }
    StoredScripts stored = context.keyspaces().scripts();
    if (flushes && stored.flushLibraries()) {
      record(context, "flush");
    }
    for (Library each : added) {
      stored.putLibrary(each.name(), each.text());
      record(context, "load", ascii("replace"), each.text().array());
    }
    for (Library each : libraries.values()) {
      if (next.get(each.name()) != each) {
        release(each);
      }
    }
    libraries = next;
    functions = nextFunctions;
    sourceVersion = stored.libraryVersion();
  }

  /** FUNCTION DELETE. */
  public void delete(ExecutionContext context, Bytes name) {
    StoredScripts stored = context.keyspaces().scripts();
    boolean there = stored.lookAtLibraries().containsKey(name);
    if (!there && !context.replaying()) {
      throw NO_LIBRARY;
    }
    stored.removeLibrary(name);
    record(context, "delete", name.array());
  }

  /** FUNCTION FLUSH. */
  public void flush(ExecutionContext context) {
    if (context.keyspaces().scripts().flushLibraries()) {
      record(context, "flush");
    }
  }

  private static void record(ExecutionContext context, String subcommand, byte[]... words) {
    byte[][] arguments = new byte[words.length + 1][];
    arguments[0] = ascii(subcommand);
    System.arraycopy(words, 0, arguments, 1, words.length);
    context.effects().record(context.client().database, FUNCTION, arguments);
  }

  // --- what is there

  /** Libraries whose names match, for who tells a client of them. */
  public List<Library> list(ExecutionContext context, @Nullable GlobPattern pattern) {
    StoredScripts stored = context.keyspaces().scripts();
    Map<Bytes, Bytes> texts = stored.lookAtLibraries();
    update(stored);
    List<Library> found = new ArrayList<>();
    for (Bytes name : texts.keySet()) {
      Library library = libraries.get(name);
      if (library != null && (pattern == null || pattern.matches(name.array()))) {
        found.add(library);
      }
    }
    return found;
  }

  /** How many functions there are. */
  public int functionCount(StoredScripts stored) {
    if (host.running() == null) {
      update(stored);
    }
    return functions.size();
  }

  // --- compiling

  private static LibraryHead head(Bytes text) {
    try {
      return LibraryHead.of(text.array());
    } catch (IllegalArgumentException e) {
      throw CommandError.err(String.valueOf(e.getMessage()));
    }
  }

  private static CommandError alreadyThere(Bytes name) {
    return CommandError.err("Library '" + name + "' already exists");
  }

  private Library compiled(Bytes text) {
    LibraryHead head = head(text);
    byte[] code = Bytes.copy(text.array(), head.codeAt(), text.length() - head.codeAt()).array();
    List<Function> registered =
        host.runtime().load(code).stream()
            .map(
                each ->
                    new Function(each.name(), each.description(), each.flags(), each.callback()))
            .toList();
    if (registered.isEmpty()) {
      throw NO_FUNCTIONS;
    }
    return new Library(head.name(), text, registered);
  }

  private void release(Library library) {
    library.functions().forEach(each -> host.runtime().release(each.callback()));
  }

  private static Map<Bytes, Function> index(Map<Bytes, Library> libraries) {
    Map<Bytes, Function> index = new HashMap<>();
    for (Library library : libraries.values()) {
      for (Function function : library.functions()) {
        if (index.putIfAbsent(folded(function.name()), function) != null) {
          throw CommandError.err("Function " + function.name() + " already exists");
        }
      }
    }
    return index;
  }

  private static Bytes folded(Bytes name) {
    return Bytes.wrap(ascii(LibraryRegistry.folded(name)));
  }

  /** Compiles what has come and forgets what has gone since it was looked at last. */
  private void update(StoredScripts stored) {
    if (stored == source && stored.libraryVersion() == sourceVersion) {
      return;
    }
    Map<Bytes, Library> next = new LinkedHashMap<>();
    Map<Bytes, Function> nextFunctions = new HashMap<>();
    stored
        .libraries()
        .forEach(
            (name, text) -> {
              Library known = libraries.remove(name);
              if (known != null && !known.text().equals(text)) {
                release(known);
                known = null;
              }
              try {
                Library library = known == null ? compiled(text) : known;
                next.put(name, library);
                nextFunctions.putAll(index(Map.of(name, library)));
              } catch (CommandError e) {
                // Only a file of somebody else can hold such a library: what a client loads works.
                LOG.error("library {} can't be used: {}", name, e.getMessage());
              }
            });
    libraries.values().forEach(this::release);
    libraries = next;
    functions = nextFunctions;
    source = stored;
    sourceVersion = stored.libraryVersion();
  }
}
