/* join.c: clients' denied questions joined to the authorities' denials, as producers/dnstap/question_join.py and
   denials.py have it, rule for rule; those say why. Times are nanoseconds, below 2 to the 62nd. */

#ifndef NXCAST_JOIN_H
#define NXCAST_JOIN_H

#include "recent.h"

enum join_by { BY_AUTHORITY, BY_CACHE, BY_PROOF };

struct join_numbers {
    int64_t hold_ns, patience_ns, fresh_ns, slack_ns;
    unsigned held_max, times_max;
};

/* What an NXDOMAIN that a client got says: all names but qname and soa are folded. */
struct answer {
    struct answer *next;
    int64_t time_ns, came_ns;
    unsigned qtype, qclass;
    uint32_t ttl_s;
    struct octets qname, folded, name, soa; /* name: where its aliases end; soa: as it was written */
};

/* What goes out; its octets are the answer's, the join's or the zone's, and stay until the join is used again. */
struct question {
    const struct answer *answer;
    struct octets server, denied; /* data NULL: none */
    enum join_by by;
};

struct join {
    struct index index; /* of all three */
    struct recent zones, denials, asked;
    struct join_numbers numbers;
    const struct octets *local; /* the zones that are local; NULL where those are that nobody has shown */
    size_t locals;
    int64_t heard_ns;
    struct answer *first, **last; /* that wait */
    unsigned held, questions, repeated, locally, hurried;
};

enum join_said { JOIN_NOTHING, JOIN_QUESTION, JOIN_WAITS, JOIN_NO_MEMORY };

void join_heard(struct join *join, int64_t time_ns, struct octets server, struct octets zone);
/* The key of a name, folded, that a denial is told of soon. */
struct key join_expect(const struct join *join, struct octets name);
/* 0 where there is no memory */
int join_denied(struct join *join, int64_t time_ns, struct octets server, struct octets qname, struct key name,
                struct octets soa, uint32_t ttl_s, int covers);
int join_is_repeated(struct join *join, int64_t time_ns, struct octets folded, unsigned qtype, unsigned qclass);
/* Whether the answer gives a question now, or is kept to wait. */
enum join_said join_answered(struct join *join, const struct answer *answer, struct question *question);
/* Takes out the next that has waited long enough, or that has to go: free it when the question is made. */
struct answer *join_due(struct join *join, int64_t now_ns);
struct answer *join_too_many(struct join *join);
struct answer *join_finish(struct join *join);
enum join_said join_judge(struct join *join, const struct answer *answer, struct question *question);
void free_join(struct join *join);

#endif
