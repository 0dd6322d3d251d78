package io.engramdb.node.config;

import io.engramdb.node.config.Parameter.Use;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All parameters, declared like commands: one row each, in {@link RedisParameters} and {@link
 * EngramParameters}. Immutable.
 */
public final class ConfigTable {

  private final Map<String, Parameter> byName;
  private final List<Parameter> rows;

  private ConfigTable(List<Parameter> rows) {
    this.rows = List.copyOf(rows);
    Map<String, Parameter> names = new TreeMap<>();
    for (Parameter row : rows) {
      addName(names, row.name(), row);
      if (row.alias() != null) {
        addName(names, row.alias(), row);
      }
    }
    this.byName = names;
  }

  private static void addName(Map<String, Parameter> names, String name, Parameter row) {
    if (names.put(name, row) != null) {
      throw new IllegalArgumentException("parameter " + name + " stands twice");
    }
  }

  /** The parameters of a node. */
  public static ConfigTable standard() {
    Builder builder = new Builder();
    RedisParameters.declare(builder);
    EngramParameters.declare(builder);
    return builder.build();
  }

  /** The parameter of that name or alias, without regard to case; null if there is none. */
  public @Nullable Parameter find(String name) {
    return byName.get(name.toLowerCase(Locale.ROOT));
  }

  /** Every name, aliases included, in alphabetical order. */
  public Collection<String> names() {
    return byName.keySet();
  }

  public List<Parameter> rows() {
    return rows;
  }

  /** Collects rows; each method declares one and returns it for a closer description. */
  public static final class Builder {
    private final Map<String, Row> rows = new LinkedHashMap<>();

    public Row bool(String name, boolean initial) {
      return row(name, ParameterType.bool(), initial ? "yes" : "no");
    }

    public Row integer(String name, long initial, long least, long greatest) {
      return row(name, ParameterType.integer(least, greatest), Long.toString(initial));
    }

    public Row memory(String name, long initial, long least, long greatest) {
      return row(name, ParameterType.memory(least, greatest), Long.toString(initial));
    }

    public Row oneOf(String name, String initial, String... words) {
      return row(name, ParameterType.oneOf(words), initial);
    }

    public Row text(String name, String initial) {
      return row(name, ParameterType.text(), initial);
    }

    public Row words(String name, String initial) {
      return row(name, ParameterType.words(), initial);
    }

    public Row row(String name, ParameterType type, String initial) {
      Row row = new Row(name, type, initial);
      if (rows.put(name, row) != null) {
        throw new IllegalArgumentException("parameter " + name + " stands twice");
      }
      return row;
    }

    public ConfigTable build() {
      List<Parameter> parameters = new ArrayList<>();
      rows.values().forEach(row -> parameters.add(row.toParameter()));
      return new ConfigTable(parameters);
    }
  }

  /** One row being written; live unless said otherwise. */
  public static final class Row {
    private final String name;
    private final ParameterType type;
    private final String initial;
    private @Nullable String alias;
    private Use use = Use.LIVE;
    private String reason = "";
    private boolean hidden;

    Row(String name, ParameterType type, String initial) {
      this.name = name;
      this.type = type;
      this.initial = initial;
    }

    /** A second name. */
    public Row alias(String other) {
      alias = other;
      return this;
    }

    /** Read at the start only. */
    public Row atStart() {
      use = Use.AT_START;
      return this;
    }

    /** Nothing but the default can be had, for that reason. */
    public Row fixed(String why) {
      use = Use.FIXED;
      reason = why;
      return this;
    }

    /** Accepted, kept and without effect. */
    public Row withoutEffect() {
      use = Use.WITHOUT_EFFECT;
      return this;
    }

    /** Shown only to who asks for it by its name. */
    public Row hidden() {
      hidden = true;
      return this;
    }

    private Parameter toParameter() {
      try {
        String canonical = type.canonical(initial);
        return new Parameter(name, alias, type, canonical, use, reason, hidden);
      } catch (ConfigException wrong) {
        throw new IllegalArgumentException(name + ": " + wrong.getMessage(), wrong);
      }
    }
  }
}
