package io.engramdb.snapshot.objects;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a store is: {@code file:/path} or {@code s3://bucket/prefix}, options behind {@code ?},
 * joined by {@code &}.
 *
 * <table>
 * <caption>Options</caption>
 * <tr><td>key-file</td><td>file with the key that seals every object, see {@code sealed}</td></tr>
 * <tr><td>endpoint</td><td>S3: address of the service if it is not Amazon's</td></tr>
 * <tr><td>region</td><td>S3: else what the SDK finds; us-east-1 with an endpoint</td></tr>
 * <tr><td>path-style</td><td>S3: yes: the bucket in the path (default with endpoint)</td></tr>
 * <tr><td>sse</td><td>S3: AES256 or aws:kms: the store encrypts what it keeps</td></tr>
 * <tr><td>kms-key</td><td>S3: with which key</td></tr>
 * <tr><td>storage-class</td><td>S3: for example STANDARD_IA</td></tr>
 * <tr><td>attempt-timeout-ms</td><td>S3: time for one attempt of one request</td></tr>
 * </table>
 *
 * Credentials never stand in an address.
 *
 * @param scheme {@code file} or {@code s3}
 * @param place the directory, or the bucket
 * @param prefix what stands before the name of each object, S3 only; empty or ending in a slash
 * @param options by name
 */
public record StoreUrl(String scheme, String place, String prefix, Map<String, String> options) {
  public static final String FILE = "file";
  public static final String S3 = "s3";
  public static final String KEY_FILE = "key-file";

  private static final Set<String> S3_OPTIONS =
      Set.of(
          "endpoint",
          "region",
          "path-style",
          "sse",
          "kms-key",
          "storage-class",
          "attempt-timeout-ms");

  private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{2,254}");

  /** Options may hold slashes and colons, never blanks. */
  private static final Pattern OPTION = Pattern.compile("([a-z0-9-]+)=([^&\\s]+)");

  public StoreUrl {
    options = Map.copyOf(options);
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException if it is none; the message says why
   */
  public static StoreUrl parse(String text) {
    int mark = text.indexOf('?');
    String address = mark < 0 ? text : text.substring(0, mark);
    Map<String, String> options = options(mark < 0 ? "" : text.substring(mark + 1));
    if (address.startsWith("s3://")) {
      return s3(address.substring("s3://".length()), options);
    }
    if (address.startsWith("file:") && address.length() > "file:".length()) {
      for (String name : options.keySet()) {
        require(name.equals(KEY_FILE), "file: has no option " + name);
      }
      String path = address.substring("file:".length());
      return new StoreUrl(FILE, path.startsWith("///") ? path.substring(2) : path, "", options);
    }
    throw new IllegalArgumentException("a store is s3://bucket/prefix or file:/path, not " + text);
  }

  /**
   * The same address with absolute paths, for a process that runs elsewhere.
   *
   * @param directory where relative paths begin
   * @throws IllegalArgumentException if it is none; the message says why
   */
  public static String absolute(String text, Path directory) {
    StoreUrl url = parse(text);
    int mark = text.indexOf('?');
    String address = mark < 0 ? text : text.substring(0, mark);
    if (url.scheme().equals(FILE)) {
      address = FILE + ":" + directory.resolve(url.place());
    }
    String options = mark < 0 ? "" : text.substring(mark);
    String keyFile = url.option(KEY_FILE);
    if (keyFile != null) {
      String before = KEY_FILE + "=" + keyFile;
      String after = KEY_FILE + "=" + directory.resolve(keyFile);
      options =
          Stream.of(options.substring(1).split("&"))
              .map(each -> each.equals(before) ? after : each)
              .collect(Collectors.joining("&", "?", ""));
    }
    parse(address + options);
    return address + options;
  }

  private static StoreUrl s3(String rest, Map<String, String> options) {
    for (String name : options.keySet()) {
      require(name.equals(KEY_FILE) || S3_OPTIONS.contains(name), "s3: has no option " + name);
    }
    int slash = rest.indexOf('/');
    String bucket = slash < 0 ? rest : rest.substring(0, slash);
    String prefix = slash < 0 ? "" : rest.substring(slash + 1);
    prefix = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
    require(BUCKET.matcher(bucket).matches(), "\"" + bucket + "\" is no name of a bucket");
    require(
        prefix.isEmpty() || ObjectNames.isValid(prefix), "\"" + prefix + "\" can't be a prefix");
    return new StoreUrl(S3, bucket, prefix.isEmpty() ? "" : prefix + "/", options);
  }

  private static Map<String, String> options(String text) {
    Map<String, String> options = new LinkedHashMap<>();
    if (!text.isEmpty()) {
      for (String each : text.split("&")) {
        Matcher matcher = OPTION.matcher(each);
        require(matcher.matches(), "an option is name=value, not \"" + each + "\"");
        require(
            options.put(matcher.group(1), matcher.group(2)) == null,
            matcher.group(1) + " stands twice");
      }
    }
    return options;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /** An option's value, or null. */
  public @Nullable String option(String name) {
    return options.get(name);
  }

  /** The store in which the object of this address lies: everything before its last slash. */
  public StoreUrl parent() {
    String whole =
        scheme.equals(FILE) ? place : prefix.substring(0, Math.max(0, prefix.length() - 1));
    int slash = whole.lastIndexOf('/');
    String above = slash < 0 ? "" : whole.substring(0, slash + 1);
    return scheme.equals(FILE)
        ? new StoreUrl(FILE, above.isEmpty() ? "." : above, "", options)
        : new StoreUrl(S3, place, above, options);
  }

  /** The name of the object of this address within {@link #parent}. */
  public String lastName() {
    String whole =
        scheme.equals(FILE) ? place : prefix.substring(0, Math.max(0, prefix.length() - 1));
    return whole.substring(whole.lastIndexOf('/') + 1);
  }

  /** The address without its options. */
  @Override
  public String toString() {
    return scheme.equals(FILE)
        ? "file:" + place
        : "s3://" + place + "/" + prefix.substring(0, Math.max(0, prefix.length() - 1));
  }
}
