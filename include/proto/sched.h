/*
 * sched: what one may ask of scheduler_server: to be woken, and who runs
 * before whom.  Times are monotonic nanoseconds, as of gbsd_time().
 */
#pragma once

#include <gbsd/proto.h>

enum sched_rights {
	SCHED_SLEEP = 1, /* sleep_until, alarm, cancel, query */
	SCHED_PRIORITY = 2, /* set_priority up to PRIORITY_DEFAULT */
	SCHED_URGENT = 4, /* ... up to PRIORITY_SCHEDULER - 1 */
};

/* sleep_until: answered at that time, or soon after it.  now: the time then.
 * E_LIMIT: the client has the 64 entries that are sure to it, and there is no
 * more, or 1024; E_DEAD_REPLY, when the
 * server died: sleep again until the same time. */
struct sched_sleep_until_req {
	uint64_t time;
};
struct sched_sleep_until_rep {
	uint64_t now;
};

/* alarm: at that time sets bits by a capability with RIGHT_SIGNAL, which
 * comes with the request, under a key of the client's choice.  Without a
 * capability it moves the alarm of that key, also one that is over; the old
 * bits stay.  time UINT64_MAX: not for now.  An alarm outlives the server.
 * E_NOT_FOUND: no capability and no alarm of that key; E_LIMIT. */
struct sched_alarm_req {
	uint64_t time;
	uint64_t key;
	uint64_t bits;
};
struct sched_alarm_rep {
};

/* cancel: forgets the alarm and its capability.  E_NOT_FOUND. */
struct sched_cancel_req {
	uint64_t key;
};
struct sched_cancel_rep {
};

/* set_priority: of the task whose capability comes with the request.
 * E_NO_RIGHTS: higher than the client may give; else as sched_switch. */
struct sched_set_priority_req {
	uint64_t priority;
};
struct sched_set_priority_rep {
};

/* query: how the server does. */
struct sched_query_req {
};
struct sched_query_rep {
	uint32_t sleepers, alarms; /* alarms: with those that are over */
	uint64_t next; /* when it will wake someone, or UINT64_MAX */
	uint64_t woken; /* sleepers and alarms since it started */
	uint64_t ticks; /* that found it awake */
	uint64_t late; /* the most nanoseconds that one was woken late */
};

/* lease: the capability that comes with the request, which must have
 * RIGHT_DERIVE, is given back as a child of it that is revoked at that time,
 * with everything below it, or when the client ends.  A lease outlives the
 * server.  E_INVALID: no capability; E_NO_RIGHTS; E_LIMIT. */
struct sched_lease_req {
	uint64_t time;
};
struct sched_lease_rep {
};

#define SCHED_OPS(OP)                                    \
	OP(sched, 1, sleep_until, SCHED_SLEEP, REPEAT)   \
	OP(sched, 2, alarm, SCHED_SLEEP, REPEAT)         \
	OP(sched, 3, cancel, SCHED_SLEEP, REPEAT)        \
	OP(sched, 4, set_priority, SCHED_PRIORITY, ONCE) \
	OP(sched, 5, query, 0, REPEAT)                   \
	OP(sched, 6, lease, SCHED_SLEEP, ONCE)
PROTO_CLIENT(sched, SCHED_OPS)
