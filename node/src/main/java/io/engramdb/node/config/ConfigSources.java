package io.engramdb.node.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where values come from at the start. A later source wins: defaults, file, environment ({@code
 * ENGRAM_MAXMEMORY_POLICY}), flags ({@code --maxmemory-policy noeviction}).
 */
public final class ConfigSources {

  /** What the names of environment variables begin with. */
  public static final String VARIABLE_PREFIX = "ENGRAM_";

  private final Configuration configuration;

  private ConfigSources(Configuration configuration) {
    this.configuration = configuration;
  }

  /** A value of one source and where it stands. */
  private record Setting(String place, String name, String value) {}

  /**
   * Reads all sources.
   *
   * @param file the configuration file, or null for none
   * @param environment the process's environment; variables that name no parameter are left alone,
   *     because the launcher has some of its own
   * @param flags words in the form {@code --name value…}; the words up to the next flag are the
   *     value
   * @throws ConfigException one line that says where and what is wrong
   */
  public static Configuration load(
      ConfigTable table, @Nullable Path file, Map<String, String> environment, List<String> flags)
      throws ConfigException {
    Configuration configuration = new Configuration(table);
    ConfigSources sources = new ConfigSources(configuration);
    if (file != null) {
      configuration.setFile(file);
      sources.take(ofFile(file));
    }
    sources.take(ofEnvironment(table, environment));
    sources.take(ofFlags(flags));
    sources.checkTogether();
    return configuration;
  }

  private static List<Setting> ofFile(Path file) throws ConfigException {
    List<Setting> settings = new ArrayList<>();
    for (ConfigFile.Directive directive : ConfigFile.read(file)) {
      settings.add(new Setting(directive.place(), directive.name(), directive.value()));
    }
    return settings;
  }

  private static List<Setting> ofEnvironment(ConfigTable table, Map<String, String> environment) {
    List<Setting> settings = new ArrayList<>();
    // In alphabetical order, so that the same environment always gives the same result.
    new TreeMap<>(environment)
        .forEach(
            (variable, value) -> {
              if (variable.startsWith(VARIABLE_PREFIX)) {
                String name =
                    variable
                        .substring(VARIABLE_PREFIX.length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-');
                if (table.find(name) != null) {
                  settings.add(new Setting("environment variable " + variable, name, value));
                }
              }
            });
    return settings;
  }

  private static List<Setting> ofFlags(List<String> flags) throws ConfigException {
    List<Setting> settings = new ArrayList<>();
    int at = 0;
    while (at < flags.size()) {
      String flag = flags.get(at++);
      if (!flag.startsWith("--") || flag.length() == 2) {
        throw new ConfigException("'" + flag + "' is not a flag: flags are --name value");
      }
      int first = at;
      while (at < flags.size() && !flags.get(at).startsWith("--")) {
        at++;
      }
      String name = flag.substring(2);
      int equals = name.indexOf('=');
      if (equals > 0 && first == at) {
        settings.add(
            new Setting("flag --" + name, name.substring(0, equals), name.substring(equals + 1)));
      } else if (first == at) {
        throw new ConfigException("flag " + flag + ": a value is missing");
      } else {
        settings.add(new Setting("flag " + flag, name, String.join(" ", flags.subList(first, at))));
      }
    }
    return settings;
  }

  /** Takes the settings of one source; a parameter that it names again is merged. */
  private void take(List<Setting> settings) throws ConfigException {
    Map<Parameter, String> raw = new HashMap<>();
    for (Setting setting : settings) {
      Parameter parameter = configuration.table().find(setting.name);
      if (parameter == null) {
        throw new ConfigException(setting.place + ": there is no parameter '" + setting.name + "'");
      }
      String before = raw.get(parameter);
      String value = before == null ? setting.value : parameter.type().merge(before, setting.value);
      raw.put(parameter, value);
      try {
        configuration.initialize(parameter, parameter.accept(value));
      } catch (ConfigException wrong) {
        throw new ConfigException(setting.place + ": " + setting.name + ": " + wrong.getMessage());
      }
    }
  }

  /** What no single parameter can check. */
  private void checkTogether() throws ConfigException {
    long least = configuration.number("election-timeout-min-ms");
    long greatest = configuration.number("election-timeout-max-ms");
    if (least >= greatest) {
      throw new ConfigException(
          "election-timeout-min-ms (%d) must be less than election-timeout-max-ms (%d)"
              .formatted(least, greatest));
    }
    if (configuration.number("port") == 0 && configuration.number("tls-port") == 0) {
      throw new ConfigException("port and tls-port are both 0: nobody could connect");
    }
    if (configuration.number("tls-port") != 0
        && (configuration.text("tls-cert-file").isEmpty()
            || configuration.text("tls-key-file").isEmpty())) {
      throw new ConfigException("tls-port needs tls-cert-file and tls-key-file");
    }
  }
}
