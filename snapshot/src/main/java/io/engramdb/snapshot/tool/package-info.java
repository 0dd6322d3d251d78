/**
 * What an operator does with RDB files: look whether one is whole, and see what is in it. Writes to
 * a stream that it is given; the command line is elsewhere. Start with {@link
 * io.engramdb.snapshot.tool.RdbCheck}.
 */
@NullMarked
package io.engramdb.snapshot.tool;

import org.jspecify.annotations.NullMarked;
