/**
 * Objects that only who has the key can read or make: AES-256 in GCM, done before they leave this
 * process, so that a store keeps nothing readable, whatever it is.
 *
 * <h2>A sealed object</h2>
 *
 * <table>
 * <caption>Bytes, numbers big-endian</caption>
 * <tr><td>0</td><td>8</td><td>{@code ENGSEAL} and the version of this format, 1</td></tr>
 * <tr><td>8</td><td>8</td><td>size of the content</td></tr>
 * <tr><td>16</td><td>8</td><td>name of the key: derived from it, tells nothing about it</td></tr>
 * <tr><td>24</td><td>32</td><td>salt</td></tr>
 * <tr><td>56</td><td>…</td><td>chunks: 64 KiB of content each, the last one what is left, each
 *     followed by a tag of 16 bytes. An empty object has one empty chunk</td></tr>
 * </table>
 *
 * Each object has a key of its own, HKDF-SHA256 of the key file's 32 bytes, the salt and the words
 * {@code engram object key 1}. A chunk's nonce is four zero bytes and its number. What is
 * authenticated with each chunk, but not stored again: the 56 bytes of the header and the name of
 * the object in UTF-8. So no chunk can be moved, left out or taken from elsewhere, an end that is
 * missing shows because the size is authenticated, and an object that is given another name does
 * not open.
 *
 * <p>The salt is an HMAC-SHA256 of name, size and SHA-256 of the content, with a key derived for
 * that from the key file. The same content under the same name gives the same bytes, so an upload
 * that was interrupted goes on even in another process; different content never shares a key and a
 * nonce. What this tells a store is that two objects of one name had equal content.
 *
 * <p>Sizes and names of objects, and when they came, are not hidden.
 */
@NullMarked
package io.engramdb.snapshot.objects.sealed;

import org.jspecify.annotations.NullMarked;
