/** A real S3 API for clusters under test, and a network before it that can be bad. */
@NullMarked
package io.engramdb.it.store;

import org.jspecify.annotations.NullMarked;
