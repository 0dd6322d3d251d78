/**
 * Connections between the members of a log: frames over TCP or TLS, two event loops, nothing of
 * Raft. What is inside a frame is its users' business; it knows no consensus library.
 *
 * <p>Start with {@link io.engramdb.txlog.wire.WireConnection}: frames in, frames out. {@link
 * io.engramdb.txlog.wire.WireListener} takes connections in, {@link
 * io.engramdb.txlog.wire.WireLink} keeps one to another member and matches replies with requests.
 *
 * <p>What is told needs no reply; its call number is 0.
 *
 * <p>A connection belongs to one {@link io.engramdb.txlog.wire.Lane}, and the lanes of a member are
 * read by different threads: what waits on one never holds up the other.
 *
 * <h2>Bytes</h2>
 *
 * All numbers are big-endian. Who connects speaks first and says nothing more until it is answered.
 *
 * <table>
 * <caption>Hello, version 1</caption>
 * <tr><th>size</th><th>meaning</th></tr>
 * <tr><td>4</td><td>{@code "Engr"}</td></tr>
 * <tr><td>2</td><td>version of this table and of the frames</td></tr>
 * <tr><td>2</td><td>number of bytes that follow, at most 600</td></tr>
 * <tr><td>1</td><td>lane, see {@link io.engramdb.txlog.wire.Lane#code()}</td></tr>
 * <tr><td>16</td><td>cluster</td></tr>
 * <tr><td>16</td><td>shard</td></tr>
 * <tr><td>1 + n</td><td>name of who connects, UTF-8, with its length</td></tr>
 * <tr><td>1 + n</td><td>name of who is meant</td></tr>
 * </table>
 *
 * <table>
 * <caption>Answer to it</caption>
 * <tr><th>size</th><th>meaning</th></tr>
 * <tr><td>4</td><td>{@code "Engr"}</td></tr>
 * <tr><td>2</td><td>version</td></tr>
 * <tr><td>1 + n</td><td>reason of a refusal, UTF-8, with its length; length 0: welcome</td></tr>
 * </table>
 *
 * <table>
 * <caption>Frame</caption>
 * <tr><th>size</th><th>meaning</th></tr>
 * <tr><td>4</td><td>number of bytes of the body, at most 5 MiB</td></tr>
 * <tr><td>1</td><td>type; 0: the request failed, the body says why in UTF-8</td></tr>
 * <tr><td>8</td><td>number of the call, given by who asks; the reply carries the same</td></tr>
 * <tr><td>…</td><td>body</td></tr>
 * </table>
 */
@NullMarked
package io.engramdb.txlog.wire;

import org.jspecify.annotations.NullMarked;
