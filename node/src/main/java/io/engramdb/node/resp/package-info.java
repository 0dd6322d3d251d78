/**
 * RESP2 and RESP3: bytes to requests, replies to bytes.
 *
 * <p>Knows neither sockets nor commands nor who is asking. Start with {@link
 * io.engramdb.node.resp.RespRequestDecoder} for the way in and {@link
 * io.engramdb.node.resp.RespReplyWriter} for the way out.
 */
@NullMarked
package io.engramdb.node.resp;

import org.jspecify.annotations.NullMarked;
