/**
 * The replicated transaction log: contract ({@code api}), implementation ({@code ratis}), log-only
 * voter ({@code voter}), offline tools ({@code tool}). It knows no Redis and no snapshot format.
 */
@NullMarked
package io.engramdb.txlog;

import org.jspecify.annotations.NullMarked;
