package io.engramdb.snapshot.archive;

/**
 * One record of the archived log.
 *
 * @param kind as the log has it
 * @param timeMs its time, Unix milliseconds; 0 if it carries none
 * @param payload its bytes; whoever gets them owns them
 */
public record ArchivedRecord(byte kind, long term, long index, long timeMs, byte[] payload) {}
