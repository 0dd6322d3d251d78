package io.engramdb.node.config;

import org.jspecify.annotations.Nullable;

/**
 * One row of the {@link ConfigTable}. Immutable.
 *
 * @param name the directive
 * @param alias a second, older name, or null
 * @param initial canonical default
 * @param reason for {@link Use#FIXED}: why another value is refused; otherwise empty
 * @param hidden shown only to who asks for it by its name
 */
public record Parameter(
    String name,
    @Nullable String alias,
    ParameterType type,
    String initial,
    Use use,
    String reason,
    boolean hidden) {

  /** What setting the parameter does. */
  public enum Use {
    /** Has an effect, and can be changed while the node runs. */
    LIVE,
    /** Has an effect, and is read at the start only. */
    AT_START,
    /**
     * Shows what is in effect and nothing else can be had: another value is refused with the reason
     * rather than accepted and ignored.
     */
    FIXED,
    /** Accepted and kept; it tunes a mechanism that this server does not have or need. */
    WITHOUT_EFFECT
  }

  /**
   * The canonical text of a value.
   *
   * @throws ConfigException if the value is malformed, or would be a lie
   */
  public String accept(String value) throws ConfigException {
    String canonical = type.canonical(value);
    if (use == Use.FIXED && !canonical.equals(initial)) {
      throw new ConfigException(reason);
    }
    return canonical;
  }
}
