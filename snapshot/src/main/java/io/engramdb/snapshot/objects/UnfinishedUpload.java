package io.engramdb.snapshot.objects;

/**
 * An upload that was begun and not ended.
 *
 * @param name of the object that it was to be
 * @param id the store's own name for it
 * @param beganMs when it began, by the store's clock, Unix milliseconds
 */
public record UnfinishedUpload(String name, String id, long beganMs) {}
