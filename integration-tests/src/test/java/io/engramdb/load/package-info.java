/** Tests of the load generator: what it counts must be what happened. */
@NullMarked
package io.engramdb.load;

import org.jspecify.annotations.NullMarked;
