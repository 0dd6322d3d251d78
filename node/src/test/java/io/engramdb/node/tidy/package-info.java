/** Tests of the source tree itself: who imports whom, sizes, words. */
@NullMarked
package io.engramdb.node.tidy;

import org.jspecify.annotations.NullMarked;
