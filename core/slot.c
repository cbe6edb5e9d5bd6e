#include "core/slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "core/list.h"

static const char *const type_names[SLOT_TYPE_COUNT] = {
#define X(type, name) [type] = name,
    SLOT_TYPE_TABLE(X)
#undef X
};

static const char *const genre_names[GENRE_COUNT] = {
#define X(genre, name) [genre] = name,
    GENRE_TABLE(X)
#undef X
};

const char *slot_type_name(enum slot_type type)
{
    return (unsigned)type < SLOT_TYPE_COUNT ? type_names[type] : NULL;
}

const char *genre_name(enum genre genre)
{
    return (unsigned)genre < GENRE_COUNT ? genre_names[genre] : NULL;
}

static int name_find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcasecmp(names[i], name) == 0)
            return i;
    return -1;
}

bool slot_type_parse(const char *name, enum slot_type *type)
{
    int found = name_find(type_names, SLOT_TYPE_COUNT, name);

    if (found >= 0)
        *type = (enum slot_type)found;
    return found >= 0;
}

bool genre_parse(const char *name, enum genre *genre)
{
    int found = name_find(genre_names, GENRE_COUNT, name);

    if (found >= 0)
        *genre = (enum genre)found;
    return found >= 0;
}

enum tk_code slot_type_require(const char *name, enum slot_type *type, struct tk_error *error)
{
    if (slot_type_parse(name, type))
        return TK_OK;
    return tk_fail(error, TK_BAD_TYPE, "There is no type “%.40s”: Movie, Documentary or Concert.",
                   name);
}

enum tk_code genre_require(const char *name, enum genre *genre, struct tk_error *error)
{
    char all[TK_MESSAGE_MAX] = "";
    int used = 0;

    if (genre_parse(name, genre))
        return TK_OK;
    for (int i = 0; i < GENRE_COUNT; i++)
        used += snprintf(all + used, sizeof all - (size_t)used, "%s%s", i ? ", " : "",
                         genre_names[i]);
    return tk_fail(error, TK_BAD_GENRE, "There is no genre “%.40s”. There are: %s.", name, all);
}

bool slot_is_balanced(const struct slot *slot)
{
    return slot->available >= 0 && slot->allotted >= 0 && slot->sold >= 0 && slot->lost >= 0 &&
           (int64_t)slot->available + slot->allotted + slot->sold + slot->lost == slot->capacity;
}

enum tk_code slot_list_add(struct slot_list *list, const struct slot *slot)
{
    return LIST_ADD(list, slot);
}

void slot_list_clear(struct slot_list *list)
{
    list->count = 0;
}

void slot_list_release(struct slot_list *list)
{
    free(list->items);
    *list = (struct slot_list){0};
}
