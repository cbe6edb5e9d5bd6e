#include "core/map.h"

#include <stdlib.h>
#include <string.h>

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static struct map_entry *map_place(const struct map *map, uint64_t key)
{
    size_t at = (size_t)mix(key) & (map->capacity - 1);

    while (map->entries[at].value && map->entries[at].key != key)
        at = (at + 1) & (map->capacity - 1);
    return &map->entries[at];
}

size_t map_find(const struct map *map, uint64_t key)
{
    size_t value;

    if (!map->count)
        return MAP_NONE;
    value = map_place(map, key)->value;
    return value ? value - 1 : MAP_NONE;
}

static enum tk_code map_grow(struct map *map)
{
    struct map grown = {.capacity = map->capacity ? map->capacity * 2 : 64};

    grown.entries = calloc(grown.capacity, sizeof *grown.entries);
    if (!grown.entries)
        return TK_NO_MEMORY;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->entries[i].value)
            *map_place(&grown, map->entries[i].key) = map->entries[i];
    grown.count = map->count;
    free(map->entries);
    *map = grown;
    return TK_OK;
}

enum tk_code map_add(struct map *map, uint64_t key, size_t value)
{
    if (map->count * 2 >= map->capacity && map_grow(map))
        return TK_NO_MEMORY;
    *map_place(map, key) = (struct map_entry){key, value + 1};
    map->count++;
    return TK_OK;
}

void map_clear(struct map *map)
{
    if (map->count)
        memset(map->entries, 0, map->capacity * sizeof *map->entries);
    map->count = 0;
}

void map_release(struct map *map)
{
    free(map->entries);
    *map = (struct map){0};
}
