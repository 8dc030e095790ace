/*
 * stream: bytes that a process writes, to whoever started it.
 *
 * A process that was started with a capability named "stdout" writes there
 * instead of to the machine.
 */
#pragma once

#include <gbsd/proto.h>

enum stream_rights { STREAM_WRITE = 1 };

enum { STREAM_BYTES = 48 };

/* write: answered when there is room for more.  E_INVALID: count is above
 * STREAM_BYTES.  Any error: nobody reads any more. */
struct stream_write_req {
	uint32_t count;
	uint8_t bytes[STREAM_BYTES];
};
struct stream_write_rep {
};

#define STREAM_OPS(OP) OP(stream, 1, write, STREAM_WRITE, ONCE)

PROTO_CLIENT(stream, STREAM_OPS)
