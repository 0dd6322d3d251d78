package io.engramdb.snapshot.objects;

/**
 * An object as a listing shows it.
 *
 * @param name within the store
 * @param sizeBytes of its content
 * @param modifiedMs when it was put, by the store's clock, Unix milliseconds
 */
public record StoredObject(String name, long sizeBytes, long modifiedMs) {}
