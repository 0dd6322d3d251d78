/**
 * RDB, the file format in which Redis and Valkey keep snapshots: read from all versions that are
 * known, written in those that servers of today read. The same code reads and writes what DUMP and
 * RESTORE carry.
 *
 * <p>It knows neither engine nor log. Start with {@link io.engramdb.snapshot.rdb.RdbVisitor}, the
 * border to everything else, then {@link io.engramdb.snapshot.rdb.RdbReader}. Packed blobs are in
 * {@code encoding}.
 *
 * <h2>A file</h2>
 *
 * {@code REDIS} and four digits, or {@code VALKEY} and three: the version. Then items, an opcode
 * each. Then 0xFF and, from version 5 on, a CRC-64 over everything before it, little-endian; 0 says
 * that there is none. What follows is no part of it.
 *
 * <table>
 * <caption>Items. "Length" and "string" are below; numbers are little-endian</caption>
 * <tr><th>opcode</th><th>what</th><th>body</th></tr>
 * <tr><td>254</td><td>database of the next keys</td><td>length</td></tr>
 * <tr><td>253, 252</td><td>expiry of the next key</td><td>int32 s, int64 ms</td></tr>
 * <tr><td>251</td><td>hint: keys, and those that expire</td><td>2 lengths</td></tr>
 * <tr><td>250</td><td>remark</td><td>string name, string value</td></tr>
 * <tr><td>249, 248</td><td>access counter, idle seconds of the next key</td>
 *     <td>1 byte, length</td></tr>
 * <tr><td>247</td><td>a module's data</td><td>length id, length 2, length when, items</td></tr>
 * <tr><td>246</td><td>function of a release candidate</td>
 *     <td>string name, string engine, length, [string], string source</td></tr>
 * <tr><td>245</td><td>function library</td><td>string</td></tr>
 * <tr><td>244</td><td>hint: slot, keys, expiring keys</td><td>3 lengths</td></tr>
 * <tr><td>0–25</td><td>a key</td><td>string name, then the value by this type</td></tr>
 * </table>
 *
 * <h2>Lengths and strings</h2>
 *
 * A length is 00 and 6 bits; 01 and 14 bits; 0x80 and 32 bits; 0x81 and 64 bits; all big-endian and
 * unsigned. A string is a length and its bytes, or 0xC0, 0xC1, 0xC2 and a number of 1, 2, 4 bytes
 * (little-endian) whose decimal text it is, or 0xC3, length n, length m, and n bytes of LZF that
 * become m.
 *
 * <h2>Values</h2>
 *
 * <table>
 * <caption>"n ×" is a length and so many of what follows</caption>
 * <tr><th>type</th><th>since</th><th>value</th><th>layout</th></tr>
 * <tr><td>0</td><td>1</td><td>string</td><td>string</td></tr>
 * <tr><td>1, 2</td><td>1</td><td>list, set</td><td>n × string</td></tr>
 * <tr><td>3</td><td>1</td><td>sorted set</td><td>n × (string, score): 253 NaN, 254 and 255
 *     infinities, or a byte n and n bytes of text</td></tr>
 * <tr><td>4</td><td>1</td><td>hash</td><td>n × (string, string)</td></tr>
 * <tr><td>5</td><td>8</td><td>sorted set</td><td>n × (string, double)</td></tr>
 * <tr><td>7</td><td>8</td><td>a module's</td><td>length id, items</td></tr>
 * <tr><td>9</td><td>2</td><td>hash</td><td>zipmap</td></tr>
 * <tr><td>10, 12, 13</td><td>2, 2, 4</td><td>list, sorted set, hash</td><td>ziplist</td></tr>
 * <tr><td>11</td><td>2</td><td>set</td><td>intset</td></tr>
 * <tr><td>14</td><td>7</td><td>list</td><td>n × ziplist</td></tr>
 * <tr><td>15, 19, 21</td><td>9, 10, 11</td><td>stream</td><td>below</td></tr>
 * <tr><td>16, 17</td><td>10</td><td>hash, sorted set</td><td>listpack</td></tr>
 * <tr><td>18</td><td>10</td><td>list</td><td>n × (1, string: one element; or 2, listpack)</td></tr>
 * <tr><td>20</td><td>11</td><td>set</td><td>listpack</td></tr>
 * <tr><td>22 Redis</td><td>–</td><td>hash</td><td>n × (length ms or 0, string, string)</td></tr>
 * <tr><td>22 Valkey</td><td>80</td><td>hash</td><td>n × (string, string, int64 ms or -1)</td></tr>
 * <tr><td>23</td><td>–</td><td>hash</td><td>listpack: field, value, ms or 0</td></tr>
 * <tr><td>24</td><td>12</td><td>hash</td><td>int64 ms from, the earliest as a rule, n × (length t,
 *     string, string): no expiry if t is 0, else from + t - 1</td></tr>
 * <tr><td>25</td><td>12</td><td>hash</td><td>int64 earliest ms, listpack as in 23</td></tr>
 * </table>
 *
 * Packed blobs are strings, so they may be compressed. A module's items are a length each: 0 end, 1
 * and 2 a length, 3 and 4 four and eight bytes, 5 a string.
 *
 * <h2>Streams</h2>
 *
 * n × node: string of 16 bytes (id, big-endian), listpack. Length of the stream, last id (2
 * lengths); in types 19 and 21 also first id, highest deleted id, entries ever added. n × group:
 * string name, id of the last delivered entry, in types 19 and 21 entries read; n × pending: 16
 * bytes id, int64 delivery ms, length deliveries; n × consumer: string name, int64 seen ms, in type
 * 21 int64 active ms, n × 16 bytes: ids of the group's pending entries that are its own.
 *
 * <p>A node's listpack: live entries, deleted entries, fields n, n names, 0. Then entries: flags (1
 * deleted, 2 the fields are those), difference of the ids in two numbers, then the values, or n and
 * fields and values in turn, then the number of elements of this entry before this one.
 *
 * <h2>DUMP</h2>
 *
 * Type, value; then the version in two bytes and the CRC-64 over all before it. A dump of functions
 * is 245 and a string for each instead.
 *
 * <h2>What is refused</h2>
 *
 * Versions above 12 except Valkey's 80: their types are not known, and after one unknown value
 * nothing more can be found. What servers leave out (empty collections) is left out.
 */
@NullMarked
package io.engramdb.snapshot.rdb;

import org.jspecify.annotations.NullMarked;
