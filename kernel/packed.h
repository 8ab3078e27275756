/* Records that came packed: their fields, as the models have them. */

#ifndef NXCAST_PACKED_H
#define NXCAST_PACKED_H

#include "kernel.h"

enum value_kind { NUMBER, FLAG, OCTETS, TEXT, WORD };

struct field {
    struct octets key; /* packed */
    unsigned kind;
    uint64_t least, most;  /* of a number, or of its octets */
    struct octets allowed; /* by number or by octet whether it may be; or words, packed; none: all */
    int required, may_be_nil;
};

/* Fields in the order in which they are written, those that may be left out at the end. */
struct shape {
    unsigned count;
    struct field fields[KEYS_MAX];
};

/* Takes a record off the front and tells where the value of each field stands, NULL where it has none; 0 where it
   is not of the plain form, or breaks the model. */
int read_record(struct octets *from, const struct shape *shape, struct octets *values);
int read_text(struct octets *from, struct octets *value);

#endif
