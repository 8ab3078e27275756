/* Packed records, as the broker writes them: held against their model, and read, without unpacking what nobody
   asks for. What is valid but written another way (other order, more keys, text that is not ASCII) is refused
   here and left to Python. Fields come from the models: no name and no limit stands here. */

#include "packed.h"

#include <string.h>

#include "kernel.h"

static int is_ascii(const uint8_t *data, size_t size) {
    uint64_t all = 0, eight;
    for (; size >= sizeof eight; data += sizeof eight, size -= sizeof eight) {
        memcpy(&eight, data, sizeof eight);
        all |= eight;
    }
    for (; size; size--)
        all |= *data++;
    return !(all & 0x8080808080808080u);
}

int read_text(struct octets *from, struct octets *value) {
    const uint8_t *at = take(from, 1);
    if (!at)
        return 0;
    if ((*at & 0xe0) == 0xa0) {
        value->size = *at & 0x1f;
    } else if (*at == 0xd9 || *at == 0xda) {
        unsigned size = *at - 0xd8u;
        if (!(at = take(from, size)))
            return 0;
        value->size = size == 1 ? at[0] : (size_t)at[0] << 8 | at[1];
    } else {
        return 0;
    }
    return (value->data = take(from, value->size)) != NULL;
}

static int is_allowed(struct octets text, struct octets allowed) {
    for (size_t at = 0; allowed.data && at < text.size; at++)
        if (!allowed.data[text.data[at]])
            return 0;
    return 1;
}

/* Whether a text is one of those that stand, packed and short, behind one another. */
static int is_word(struct octets text, struct octets words) {
    struct octets word;
    while (words.size && read_text(&words, &word))
        if (word.size == text.size && !memcmp(word.data, text.data, text.size))
            return 1;
    return 0;
}

static int check_value(struct octets *from, const struct field *field) {
    struct octets value;
    uint64_t number;
    if (field->may_be_nil && from->size && *from->data == 0xc0)
        return take(from, 1) != NULL;
    switch (field->kind) {
    case NUMBER:
        return read_number(from, field->most, &number) && number >= field->least &&
               (!field->allowed.data || (number < field->allowed.size && field->allowed.data[number]));
    case FLAG:
        return from->size && (*from->data & 0xfe) == 0xc2 && take(from, 1);
    case OCTETS:
        return read_octets(from, &value) && value.size >= field->least && value.size <= field->most;
    case TEXT:
        return read_text(from, &value) && value.size >= field->least && value.size <= field->most &&
               is_ascii(value.data, value.size) && is_allowed(value, field->allowed);
    case WORD:
        return read_text(from, &value) && is_word(value, field->allowed);
    }
    return 0;
}

static int read_map_header(struct octets *from, unsigned *count) {
    const uint8_t *at = take(from, 1);
    if (!at)
        return 0;
    if ((*at & 0xf0) == 0x80) {
        *count = *at & 0x0f;
        return 1;
    }
    if (*at != 0xde || !(at = take(from, 2)))
        return 0;
    *count = (unsigned)at[0] << 8 | at[1];
    return 1;
}

int read_record(struct octets *from, const struct shape *shape, struct octets *values) {
    unsigned left;
    if (!read_map_header(from, &left))
        return 0;
    for (unsigned number = 0; number < shape->count; number++) {
        const struct field *field = &shape->fields[number];
        size_t size = field->key.size;
        values[number].data = NULL;
        values[number].size = 0;
        if (!left || from->size < size || memcmp(from->data, field->key.data, size)) {
            if (field->required)
                return 0;
            continue;
        }
        left--;
        take(from, size);
        const uint8_t *start = from->data;
        if (!check_value(from, field))
            return 0;
        values[number].data = start;
        values[number].size = (size_t)(from->data - start);
    }
    return !left;
}
