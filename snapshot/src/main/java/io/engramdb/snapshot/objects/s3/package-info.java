/**
 * S3 as a store, by Amazon's client; the only package that knows that client.
 *
 * <p>An object up to {@code S3Objects.PART_SIZE_BYTES} is one request, a larger one is sent in
 * parts, one after the other, each with its CRC-32C, which the service compares. An interrupted
 * upload stays in the service; the next attempt asks which parts are there, compares them with the
 * content and sends the others. Requests carry plain bodies with checksums in headers, not chunked
 * ones with trailers, which many services other than Amazon's do not understand.
 *
 * <p>Credentials come from the client's own chain: environment, files, container, machine.
 *
 * <p>Start with {@link io.engramdb.snapshot.objects.s3.S3Objects}.
 */
@NullMarked
package io.engramdb.snapshot.objects.s3;

import org.jspecify.annotations.NullMarked;
