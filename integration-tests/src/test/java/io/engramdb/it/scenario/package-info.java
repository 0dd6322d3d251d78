/**
 * Fault tests on a real cluster: what is promised to users, while processes die, stand still, run
 * out of disk or are flooded.
 *
 * <p>Sizes are small by default and grow with {@code -Dengram.test.NAME=VALUE}. Start reading at
 * {@link io.engramdb.it.scenario.NoLossScenario}.
 */
@NullMarked
package io.engramdb.it.scenario;

import org.jspecify.annotations.NullMarked;
