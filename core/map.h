/* map: from 64-bit numbers to places in a list; open addressing, grows by doubling. */
#ifndef TK_CORE_MAP_H
#define TK_CORE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

#define MAP_NONE SIZE_MAX

struct map {
    struct map_entry {
        uint64_t key;
        size_t value; /* plus one; 0 is free */
    } *entries;
    size_t count, capacity;
};

/* The value of a key, MAP_NONE when there is none. */
size_t map_find(const struct map *map, uint64_t key);
/* Adds a key that is not there yet. */
enum tk_code map_add(struct map *map, uint64_t key, size_t value);
void map_clear(struct map *map);
void map_release(struct map *map);

#endif
