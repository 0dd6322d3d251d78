package io.engramdb.node.resp;

/**
 * What a request may cost. All but {@link #MAX_LINE_BYTES} and the limits before a login can be
 * configured; the object is replaced whole when one changes.
 *
 * @param maxBulkBytes longest word of a request ({@code proto-max-bulk-len})
 * @param maxRequestBytes most bytes of one request that are kept until it is complete ({@code
 *     client-query-buffer-limit})
 */
public record RespLimits(long maxBulkBytes, long maxRequestBytes) {

  /** Longest inline request, and longest line with a length in it, bytes. */
  public static final int MAX_LINE_BYTES = 64 * 1024;

  /** Most words of a request before the client has logged in. */
  public static final int MAX_WORDS_BEFORE_LOGIN = 10;

  /** Longest word of a request before the client has logged in, bytes. */
  public static final int MAX_BULK_BYTES_BEFORE_LOGIN = 16384;

  /** Most words of a request. */
  public static final int MAX_WORDS = Integer.MAX_VALUE;

  /** Largest buffer that an array can be, with room for what follows a request, bytes. */
  static final long MAX_ARRAY_BYTES = Integer.MAX_VALUE - 1024;

  public static final RespLimits DEFAULT = new RespLimits(512L << 20, 1L << 30);

  public RespLimits {
    maxBulkBytes = Math.min(maxBulkBytes, MAX_ARRAY_BYTES);
    maxRequestBytes = Math.min(maxRequestBytes, MAX_ARRAY_BYTES);
  }
}
