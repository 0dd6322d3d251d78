/**
 * Real clients against a real cluster: one checklist, spoken in each client's own API.
 *
 * <p>Plain clients meet a cluster with cluster mode off; cluster clients one with TLS and a user.
 * Start reading at {@link io.engramdb.compat.clients.Checklist}.
 */
@NullMarked
package io.engramdb.compat.clients;

import org.jspecify.annotations.NullMarked;
