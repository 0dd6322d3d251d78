/**
 * The packed forms in which RDB files hold small collections: intset, zipmap, ziplist, listpack. A
 * cursor reads one and believes nothing that its blob says about itself; a builder writes one.
 *
 * <p>It knows blobs only: no file, no key, no opcode. Start with {@link
 * io.engramdb.snapshot.rdb.encoding.PackedCursor}. Numbers are little-endian unless said otherwise.
 *
 * <h2>Intset</h2>
 *
 * u32 width (2, 4, 8), u32 count, count signed numbers of that width, strictly ascending.
 *
 * <h2>Zipmap</h2>
 *
 * u8 count of pairs (254: walk to know), then field length, field, value length, u8 free, value,
 * free bytes; 0xFF. A length is one byte below 254, or 0xFE and a u32.
 *
 * <h2>Ziplist</h2>
 *
 * u32 size, u32 offset of the last entry, u16 count (65535: walk), entries, 0xFF. An entry is the
 * size of the entry before it (one byte below 254, or 0xFE and a u32), an encoding, and data.
 *
 * <table>
 * <caption>Ziplist encodings</caption>
 * <tr><th>first byte</th><th>data</th></tr>
 * <tr><td>00pppppp</td><td>text, 6 bits of length</td></tr>
 * <tr><td>01pppppp + 1 byte</td><td>text, 14 bits of length, big-endian</td></tr>
 * <tr><td>10______ + 4 bytes</td><td>text, 32 bits of length, big-endian</td></tr>
 * <tr><td>C0, D0, E0</td><td>int16, int32, int64</td></tr>
 * <tr><td>F0, FE</td><td>int24, int8</td></tr>
 * <tr><td>F1–FD</td><td>the low four bits less one: 0–12</td></tr>
 * </table>
 *
 * <h2>Listpack</h2>
 *
 * u32 size, u16 count (65535: walk), entries, 0xFF. An entry is an encoding, data, and the size of
 * both so that it can be read backwards: groups of 7 bits, most significant first, the high bit set
 * in all but the first.
 *
 * <table>
 * <caption>Listpack encodings</caption>
 * <tr><th>first byte</th><th>data</th></tr>
 * <tr><td>0xxxxxxx</td><td>0–127</td></tr>
 * <tr><td>10xxxxxx</td><td>text, 6 bits of length</td></tr>
 * <tr><td>110xxxxx + 1 byte</td><td>13 bits, signed, big-endian</td></tr>
 * <tr><td>1110xxxx + 1 byte</td><td>text, 12 bits of length, big-endian</td></tr>
 * <tr><td>F0 + u32</td><td>text</td></tr>
 * <tr><td>F1, F2, F3, F4</td><td>int16, int24, int32, int64</td></tr>
 * </table>
 *
 * A number and its decimal text are the same element everywhere.
 */
@NullMarked
package io.engramdb.snapshot.rdb.encoding;

import org.jspecify.annotations.NullMarked;
