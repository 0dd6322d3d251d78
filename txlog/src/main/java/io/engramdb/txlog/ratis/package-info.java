/**
 * The log on Apache Ratis: the only package that knows it, together with {@code tool}.
 *
 * <p>Start with {@link io.engramdb.txlog.ratis.RatisTxLog}. Proposals go through {@link
 * io.engramdb.txlog.ratis.DirectSubmission}, committed entries come through {@link
 * io.engramdb.txlog.ratis.CommittedEntryStateMachine} and the {@link
 * io.engramdb.txlog.ratis.NoticeLane}; {@link io.engramdb.txlog.ratis.GuardedRpc} closes a hole of
 * Ratis without which nothing here would be durable.
 *
 * <h2>The record envelope</h2>
 *
 * What a Ratis log entry carries as log data (there is no state machine data). All numbers are
 * big-endian.
 *
 * <table>
 * <caption>Version 1</caption>
 * <tr><th>offset</th><th>size</th><th>meaning</th></tr>
 * <tr><td>0</td><td>1</td><td>version of this layout, 1</td></tr>
 * <tr><td>1</td><td>1</td><td>kind, see {@link io.engramdb.txlog.api.RecordKind#code()}</td></tr>
 * <tr><td>2</td><td>2</td><td>zero</td></tr>
 * <tr><td>4</td><td>4</td><td>CRC32C over bytes 0–3 and everything from byte 8 on</td></tr>
 * <tr><td>8</td><td>8</td><td>epoch: the term in which the author was promoted</td></tr>
 * <tr><td>16</td><td>8</td><td>sequence: 1 for the first record of an epoch, no gaps</td></tr>
 * <tr><td>24</td><td>4</td><td>number of payload bytes</td></tr>
 * <tr><td>28</td><td>…</td><td>payload</td></tr>
 * </table>
 *
 * <h2>A member's directory</h2>
 *
 * <table>
 * <caption>Files</caption>
 * <tr><th>path</th><th>content</th></tr>
 * <tr><td>identity</td><td>marker: who this directory belongs to, see {@link
 *     io.engramdb.txlog.ratis.IdentityMarker}</td></tr>
 * <tr><td>lock</td><td>locked while a process uses the directory</td></tr>
 * <tr><td>floor</td><td>what was purged, see {@link io.engramdb.txlog.ratis.FloorFile}</td></tr>
 * <tr><td>raft/SHARD-ID/directory-id</td><td>copy of the random id in the marker</td></tr>
 * <tr><td>raft/SHARD-ID/current</td><td>Ratis: segments, term and vote, membership</td></tr>
 * <tr><td>removed</td><td>Ratis: never used by us; given so that it is not in /tmp</td></tr>
 * </table>
 */
@NullMarked
package io.engramdb.txlog.ratis;

import org.jspecify.annotations.NullMarked;
