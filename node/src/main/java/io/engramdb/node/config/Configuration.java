package io.engramdb.node.config;

import io.engramdb.node.base.Invariant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The value of every parameter of this process.
 *
 * <p>Any thread. Reading is a map look-up and, for numbers, a parse: whatever runs often listens
 * instead and keeps the value in a field of its own. Changes are made one after another.
 */
public final class Configuration {

  private final ConfigTable table;
  private final Map<Parameter, String> values = new ConcurrentHashMap<>();

  /** Parameters that CONFIG SET has changed since the start; only these a rewrite stores. */
  private final Set<Parameter> changed = ConcurrentHashMap.newKeySet();

  private final List<Registration> registrations = new ArrayList<>();
  private @Nullable Path file;

  private record Registration(Set<Parameter> parameters, ConfigListener listener) {}

  /** A value that was refused, and whose. */
  public static final class RefusedChange extends Exception {
    private final int index;

    RefusedChange(int index, String message) {
      super(message);
      this.index = index;
    }

    /** Which of the assignments was refused. */
    public int index() {
      return index;
    }
  }

  /** A parameter and the value that it shall have, as the user wrote it. */
  public record Assignment(Parameter parameter, String value) {}

  /** All defaults. */
  public Configuration(ConfigTable table) {
    this.table = table;
    for (Parameter parameter : table.rows()) {
      values.put(parameter, parameter.initial());
    }
  }

  public ConfigTable table() {
    return table;
  }

  /** The file that the values were read from, or null; CONFIG REWRITE writes it. */
  public synchronized @Nullable Path file() {
    return file;
  }

  synchronized void setFile(Path path) {
    file = path;
  }

  // --- typed reading

  private Parameter require(String name) {
    Parameter parameter = table.find(name);
    if (parameter == null) {
      throw new IllegalArgumentException("no parameter " + name);
    }
    return parameter;
  }

  /** The canonical text of a value. */
  public String value(Parameter parameter) {
    String value = values.get(parameter);
    Invariant.check(value != null, "a parameter of another table");
    return String.valueOf(value);
  }

  public String text(String name) {
    return value(require(name));
  }

  /** A number; sizes in bytes, times in the unit that the name says. */
  public long number(String name) {
    return Long.parseLong(text(name));
  }

  /** A yes or no. */
  public boolean flag(String name) {
    return text(name).equals("yes");
  }

  /** The words of a list; empty if there are none. */
  public List<String> words(String name) {
    String value = text(name);
    return value.isEmpty() ? List.of() : List.of(value.split(" "));
  }

  /** The lines of a parameter that a file may name several times; empty if it does not. */
  public List<String> lines(String name) {
    return require(name).type().fileLines(text(name));
  }

  /** The members of the shard. */
  public List<MemberSetting> members() {
    try {
      return MemberSetting.parseAll(text("shard-member"));
    } catch (ConfigException impossible) {
      throw new IllegalStateException("a canonical value is not valid", impossible);
    }
  }

  // --- changing

  /** The value as the sources of the start have it; listeners are not told. */
  void initialize(Parameter parameter, String canonical) {
    values.put(parameter, canonical);
  }

  /** Whether CONFIG SET has changed this parameter since the start. */
  boolean changedAtRunTime(Parameter parameter) {
    return changed.contains(parameter);
  }

  /**
   * Changes several parameters, all or none.
   *
   * @throws RefusedChange if one can't be changed, is malformed or can't be put into effect
   */
  public synchronized void set(List<Assignment> assignments) throws RefusedChange {
    List<String> accepted = new ArrayList<>();
    Set<Parameter> seen = new LinkedHashSet<>();
    for (int i = 0; i < assignments.size(); i++) {
      if (!seen.add(assignments.get(i).parameter())) {
        throw new RefusedChange(i, "duplicate parameter");
      }
    }
    for (int i = 0; i < assignments.size(); i++) {
      if (isOtherAtStart(assignments.get(i))) {
        throw new RefusedChange(i, "can't set immutable config");
      }
    }
    for (int i = 0; i < assignments.size(); i++) {
      accepted.add(accept(assignments.get(i), i));
    }
    List<String> previous = new ArrayList<>();
    for (int i = 0; i < assignments.size(); i++) {
      Parameter parameter = assignments.get(i).parameter();
      previous.add(value(parameter));
      values.put(parameter, accepted.get(i));
    }
    apply(assignments, previous);
    changed.addAll(seen);
  }

  /** What is read at the start can't become anything else; what it is already it may be called. */
  private boolean isOtherAtStart(Assignment assignment) {
    Parameter parameter = assignment.parameter();
    if (parameter.use() != Parameter.Use.AT_START) {
      return false;
    }
    try {
      return !parameter.accept(assignment.value()).equals(value(parameter));
    } catch (ConfigException wrong) {
      return true;
    }
  }

  private String accept(Assignment assignment, int index) throws RefusedChange {
    Parameter parameter = assignment.parameter();
    ParameterType type = parameter.type();
    try {
      // Checked alone first, so that an error is about what the user wrote.
      String alone = parameter.accept(assignment.value());
      return type.setMerges()
          ? parameter.accept(type.merge(value(parameter), assignment.value()))
          : alone;
    } catch (ConfigException wrong) {
      throw new RefusedChange(index, wrong.getMessage());
    }
  }

  private void apply(List<Assignment> assignments, List<String> previous) throws RefusedChange {
    List<ConfigListener> heard = new ArrayList<>();
    for (int i = 0; i < assignments.size(); i++) {
      for (Registration registration : registrations) {
        if (!registration.parameters.contains(assignments.get(i).parameter())
            || heard.contains(registration.listener)) {
          continue;
        }
        heard.add(registration.listener);
        try {
          registration.listener.apply(this);
        } catch (ConfigException refused) {
          takeBack(assignments, previous, heard);
          throw new RefusedChange(i, refused.getMessage());
        }
      }
    }
  }

  private void takeBack(
      List<Assignment> assignments, List<String> previous, List<ConfigListener> heard) {
    for (int i = 0; i < assignments.size(); i++) {
      values.put(assignments.get(i).parameter(), previous.get(i));
    }
    for (ConfigListener listener : heard) {
      try {
        listener.apply(this);
      } catch (ConfigException impossible) {
        throw new IllegalStateException("values that were in effect are refused", impossible);
      }
    }
  }

  // --- listening

  /** Calls the listener at each change of one of these parameters from now on. */
  public synchronized void listen(ConfigListener listener, String... names) {
    Set<Parameter> parameters = new LinkedHashSet<>();
    for (String name : names) {
      parameters.add(require(name));
    }
    registrations.add(new Registration(parameters, listener));
  }

  /** Tells a number now and at each change. */
  public void followNumber(String name, LongConsumer consumer) {
    listen(configuration -> consumer.accept(configuration.number(name)), name);
    consumer.accept(number(name));
  }

  /** Tells a yes or no now and at each change. */
  public void followFlag(String name, Consumer<Boolean> consumer) {
    listen(configuration -> consumer.accept(configuration.flag(name)), name);
    consumer.accept(flag(name));
  }

  /** Tells a value now and at each change. */
  public void followText(String name, Consumer<String> consumer) {
    listen(configuration -> consumer.accept(configuration.text(name)), name);
    consumer.accept(text(name));
  }
}
