/**
 * The archived log: committed records of a shard, in segments, beside its snapshots in a store.
 * Knows no engine and no log: who archives says what a record's time and running checksum are.
 *
 * <h2>Names</h2>
 *
 * {@code archive/SHARD/INCARNATION/FIRST.log}, where FIRST is the first log index that the segment
 * covers, in 19 digits: a listing is in the order of the log. A segment is put only if there is
 * none of its name, and the next one begins behind the last index of the one before. So of two
 * members that archive at once one finds that the other was quicker and goes on behind it; nobody
 * overwrites anything, and histories of a shard never meet.
 *
 * <h2>A segment</h2>
 *
 * <pre>
 * offset size  meaning (big-endian)
 *      0    8  "EngramAr"
 *      8    2  format version, 1
 *     10   16  shard
 *     26   16  incarnation: which of the shard's histories
 *     42    8  first log index that it covers
 *     50    8  last one
 *     58    8  last index of the segment before; first - 1 unless there is a gap
 *     66    8  first index behind the newest gap of the history, up to here; 0 if it has none
 *     74    4  running checksum over all DATA records before it
 *     78    4  the same behind its last record
 *     82    8  DATA records before it
 *     90    8  the same behind its last record
 *     98    8  time of its first DATA record, Unix milliseconds; 0 if it has none
 *    106    8  time of the newest DATA record up to its end; 0 if there was none
 *    114    8  whatever was acknowledged before this time lies at or before its last index
 *    122    4  entries
 *    126    4  bytes of all entries
 *    130    4  CRC32C over them
 *    134    4  CRC32C of the bytes before
 *    138    n  entries
 *
 * entry:    0    4  length of the record
 *           4    1  kind, as the log has it
 *           5    8  term
 *          13    8  index
 *          21    8  its time, Unix milliseconds; 0 if the record carries none
 *          29    n  the record, byte for byte as in the log
 *        29+n    4  CRC32C of the entry's bytes before
 * </pre>
 *
 * What carries nothing for the shard's data (lease renewals, floors, entries of the consensus
 * protocol) is covered and not in it. A segment without entries says that nothing was written until
 * its time.
 *
 * <p>Start with {@link io.engramdb.snapshot.archive.LogArchive}.
 */
@NullMarked
package io.engramdb.snapshot.archive;

import org.jspecify.annotations.NullMarked;
