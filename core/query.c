#include "core/query.h"

#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "core/query_places.h"
#include "core/text.h"

#define TEXT_MAX 1024                 /* bytes of a text that is looked for */
#define MOMENT_MAX (INT64_C(1) << 62) /* so that nobody's sums overflow */

struct reading {
    const struct query_context *context;
    struct query_room *room; /* NULL where no list of ids can come */
    char *query;             /* the struct that is filled */
    bool by_id;              /* order=id was read */
};

/* Copies the first bytes of a text. False when they do not fit. */
static bool copy_part(char *dst, size_t size, const char *src, size_t length)
{
    if (length >= size)
        return false;
    memcpy(dst, src, length);
    dst[length] = '\0';
    return true;
}

static enum tk_code read_text(const char *value, const char **text, struct tk_error *error)
{
    char clean[TEXT_MAX];

    if (text_clean(clean, sizeof clean, value))
        return tk_fail(error, TK_BAD_TEXT, "it is longer than %d bytes or not text.",
                       TEXT_MAX - 1);
    *text = value;
    return TK_OK;
}

static enum tk_code read_moment(const struct reading *reading, const char *value, int64_t *moment,
                                struct tk_error *error)
{
    int64_t number;

    if (!text_parse_int(value, &number))
        return time_parse(value, reading->context->zone, reading->context->now, moment, error);
    if (number > MOMENT_MAX || number < -MOMENT_MAX)
        return tk_fail(error, TK_BAD_TIME, "%.40s is beyond all times.", value);
    *moment = number;
    return TK_OK;
}

static enum tk_code read_number(const char *value, int64_t least, int64_t most, int64_t *number,
                                struct tk_error *error)
{
    int64_t read;

    if (!text_parse_int(value, &read) || read < least || read > most)
        return tk_fail(error, TK_BAD_REQUEST, "“%.40s” is not a whole number from %lld to %lld.",
                       value, (long long)least, (long long)most);
    *number = read;
    return TK_OK;
}

static enum tk_code read_flag(const char *value, bool *flag, struct tk_error *error)
{
    *flag = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
    if (*flag || strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
        return TK_OK;
    return tk_fail(error, TK_BAD_REQUEST, "“%.40s” is not true or false.", value);
}

/* Ids are read whether they can be or not: what nobody has is not found. */
static enum tk_code read_id(enum query_kind kind, const char *value, uint64_t *id,
                            struct tk_error *error)
{
    int64_t slot = 0;
    bool fine;

    if (kind == KIND_SLOT || kind == KIND_SLOT_IDS) {
        fine = text_parse_int(value, &slot) && slot >= 0;
        *id = (uint64_t)slot;
    } else {
        bool ticket = kind == KIND_TICKET || kind == KIND_TICKET_IDS;

        fine = id_parse(ticket ? ID_TICKET : ID_CUSTOMER, value, id);
    }
    if (fine)
        return TK_OK;
    return tk_fail(error, TK_BAD_ID, "“%.40s” is not such a number.", value);
}

static enum tk_code read_ids(const struct reading *reading, const struct query_place *place,
                             const char *value, struct tk_error *error)
{
    bool slots = place->kind == KIND_SLOT_IDS;
    const void *list;
    size_t count = 0;

    if (!reading->room)
        return tk_fail_code(error, TK_INTERNAL);
    list = slots ? (void *)reading->room->slot_ids : (void *)reading->room->ids;
    for (const char *at = value; *at; at += strspn(at, ",")) {
        size_t length = strcspn(at, ",");
        char item[QUERY_ITEM_MAX];
        enum tk_code code;
        uint64_t id;

        if (!copy_part(item, sizeof item, at, length))
            return tk_fail(error, TK_BAD_ID, "“%.40s” is not such a number.", at);
        if (count == QUERY_IDS_MAX)
            return tk_fail(error, TK_BAD_REQUEST, "there are more than %d.", QUERY_IDS_MAX);
        code = read_id(place->kind, item, &id, error);
        if (code)
            return code;
        if (slots)
            reading->room->slot_ids[count++] = (int64_t)id;
        else
            reading->room->ids[count++] = id;
        at += length;
    }
    memcpy(reading->query + place->member, &list, sizeof list);
    memcpy(reading->query + place->companion, &count, sizeof count);
    return TK_OK;
}

/* One of several names; *choice is which. */
static enum tk_code read_choice(const char *value, const char *const *choices, int *choice,
                                struct tk_error *error)
{
    char all[60] = "";

    for (int i = 0; choices[i]; i++) {
        if (strcmp(value, choices[i]) == 0) {
            *choice = i;
            return TK_OK;
        }
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", choices[i]);
    }
    return tk_fail(error, TK_BAD_REQUEST, "“%.40s” is none of %s.", value, all);
}

static enum tk_code read_name(enum query_kind kind, const char *value, int *number,
                              struct tk_error *error)
{
    enum tk_code code;
    enum genre genre = GENRE_ACTION;
    enum slot_type type = SLOT_MOVIE;
    enum ticket_status status = TICKET_BOOKED;

    if (kind == KIND_GENRE || kind == KIND_GENRE_AFTER) {
        code = genre_require(value, &genre, error);
        *number = (int)genre;
    } else if (kind == KIND_TYPE) {
        code = slot_type_require(value, &type, error);
        *number = (int)type;
    } else {
        code = ticket_status_require(value, &status, error);
        *number = (int)status;
    }
    return code;
}

/* "STARTTIME.SLOTID", or the id alone in the order of ids. */
static enum tk_code read_slot_after(const struct reading *reading, const char *value,
                                    struct slot_query *query, struct tk_error *error)
{
    const char *dot = strchr(value, '.');
    char moment[QUERY_ITEM_MAX] = "0";
    int64_t starts_at = 0, id = 0;

    if (reading->by_id ? dot != NULL
                       : !dot || !copy_part(moment, sizeof moment, value,
                                                 (size_t)(dot - value)))
        goto bad;
    if (!text_parse_int(moment, &starts_at) || starts_at > MOMENT_MAX || starts_at < -MOMENT_MAX ||
        !text_parse_int(dot ? dot + 1 : value, &id))
        goto bad;
    query->after_given = true;
    query->after_starts_at = starts_at;
    query->after_id = id;
    return TK_OK;
bad:
    return tk_fail(error, TK_BAD_REQUEST, "“%.40s” is not where a list of this order goes on.",
                   value);
}

/* By showing as for a list of showings; else the span alone, which is a number. bySlot was read. */
static enum tk_code read_tally_after(const struct reading *reading, const char *value,
                                     struct tk_error *error)
{
    struct tally_query *query = (void *)reading->query;
    struct slot_query place = {0};
    enum tk_code code = TK_OK;

    if (query->by_slot) {
        code = read_slot_after(reading, value, &place, error);
        query->after_starts_at = place.after_starts_at;
        query->after_slot = place.after_id;
        return code;
    }
    if (!text_parse_int(value, &query->after_span) || query->after_span > MOMENT_MAX ||
        query->after_span < -MOMENT_MAX)
        return tk_fail(error, TK_BAD_REQUEST, "“%.40s” is not where a list of this order goes on.",
                       value);
    query->after_given = true;
    return TK_OK;
}

static enum tk_code read_kind(const char *value, const char **name, struct tk_error *error)
{
    enum op_kind kind;

    if (!op_kind_parse(value, &kind))
        return tk_fail(error, TK_BAD_REQUEST, "“%.40s” is no kind of operation.", value);
    *name = op_kind_name(kind);
    return TK_OK;
}

static enum tk_code read_value(struct reading *reading, const struct query_place *place,
                               const char *value, struct tk_error *error)
{
    char *member = reading->query + place->member;
    enum tk_code code = TK_OK;
    int64_t number = 0;
    int choice = 0;
    uint64_t id = 0;

    switch (place->kind) {
    case KIND_TEXT:
        return read_text(value, (const char **)(void *)member, error);
    case KIND_MOMENT:
        reading->query[place->companion] = true;
        return read_moment(reading, value, (int64_t *)(void *)member, error);
    case KIND_TIME:
        return read_moment(reading, value, (int64_t *)(void *)member, error);
    case KIND_FLAG:
        return read_flag(value, (bool *)(void *)member, error);
    case KIND_GENRE:
    case KIND_GENRE_AFTER:
    case KIND_TYPE:
    case KIND_STATUS:
        return read_name(place->kind, value, (int *)(void *)member, error);
    case KIND_ORDER:
    case KIND_SLOT_ORDER:
        code = read_choice(value, place->kind == KIND_ORDER ? query_orders : query_slot_orders, &choice, error);
        *(bool *)member = choice == 1;
        reading->by_id = choice == 2;
        if (place->kind == KIND_SLOT_ORDER)
            reading->query[place->companion] = reading->by_id;
        return code;
    case KIND_SLOT_AFTER:
        return read_slot_after(reading, value, (void *)reading->query, error);
    case KIND_TALLY_AFTER:
        return read_tally_after(reading, value, error);
    case KIND_OP:
        return read_kind(value, (const char **)(void *)member, error);
    case KIND_SLOT_IDS:
    case KIND_TICKET_IDS:
    case KIND_CUSTOMER_IDS:
        return read_ids(reading, place, value, error);
    case KIND_SLOT:
    case KIND_TICKET:
    case KIND_CUSTOMER:
        code = read_id(place->kind, value, &id, error);
        memcpy(member, &id, sizeof id);
        return code;
    case KIND_NUMBER:
        return read_number(value, 0, INT64_MAX, (int64_t *)(void *)member, error);
    case KIND_LIMIT:
        code = read_number(value, 1, (int64_t)reading->context->most, &number, error);
        *(size_t *)(void *)member = (size_t)number;
        return code;
    }
    return TK_INTERNAL;
}

/* Whether this is the pair's name, in which a NUL may stand. */
static bool has_name(const struct form_pair *pair, const char *name)
{
    return strlen(name) == pair->name_length && memcmp(name, pair->name, pair->name_length) == 0;
}

static bool is_known(const struct query_place *places, const char *const *also,
                     const struct form_pair *pair)
{
    for (; places->name; places++)
        if (has_name(pair, places->name))
            return true;
    for (; also && *also; also++)
        if (has_name(pair, *also))
            return true;
    return false;
}

static enum tk_code check_names(const struct form *form, const struct query_place *places,
                                const char *const *also, struct tk_error *error)
{
    for (size_t i = 0; i < form->count; i++) {
        char name[40];

        if (is_known(places, also, &form->pairs[i]))
            continue;
        text_display(name, sizeof name, form->pairs[i].name);
        return tk_fail(error, TK_BAD_REQUEST, "There is no parameter “%s” here.", name);
    }
    return TK_OK;
}

/* Reads what the form gives of the places into the query, which stands at its default. */
static enum tk_code read_form(const struct form *form, const struct query_context *context,
                              const struct query_place *places, struct query_room *room, void *query,
                              struct tk_error *error)
{
    struct reading reading = {.context = context, .room = room, .query = query};
    enum tk_code code = check_names(form, places, context->also, error);

    for (; !code && places->name; places++) {
        const struct form_pair *pair = form_find(form, places->name);
        struct tk_error why = {0};

        if (!pair && places->kind == KIND_LIMIT)
            memcpy(reading.query + places->member, &context->most, sizeof context->most);
        if (!pair)
            continue;
        if (strlen(pair->value) != pair->value_length)
            code = tk_fail(&why, TK_BAD_TEXT, "it has a NUL.");
        else
            code = read_value(&reading, places, pair->value, &why);
        if (code)
            tk_fail(error, code, "The parameter “%s”: %s", places->name, why.message);
    }
    return code;
}

enum tk_code query_read_slots(const struct form *form, const struct query_context *context,
                              struct query_room *room, struct slot_query *query,
                              struct tk_error *error)
{
    *query = SLOT_QUERY_ALL;
    return read_form(form, context, query_slot_places, room, query, error);
}

enum tk_code query_read_tickets(const struct form *form, const struct query_context *context,
                                struct query_room *room, struct ticket_query *query,
                                struct tk_error *error)
{
    *query = TICKET_QUERY_ALL;
    return read_form(form, context, query_ticket_places, room, query, error);
}

enum tk_code query_read_customers(const struct form *form, const struct query_context *context,
                                  struct query_room *room, struct customer_query *query,
                                  struct tk_error *error)
{
    *query = (struct customer_query){0};
    return read_form(form, context, query_customer_places, room, query, error);
}

enum tk_code query_read_journal(const struct form *form, const struct query_context *context,
                                struct query_room *room, struct journal_query *query,
                                struct tk_error *error)
{
    enum tk_code code;

    *query = (struct journal_query){0};
    code = read_form(form, context, query_journal_places, room, query, error);
    if (!code && query->ticket_count > JOURNAL_TICKETS_MAX)
        code = tk_fail(error, TK_BAD_REQUEST, "The parameter “ticketId”: there are more than %d.",
                       JOURNAL_TICKETS_MAX);
    if (!query->ticket_count)
        query->tickets = NULL;
    return code;
}

enum tk_code query_read_records(const struct form *form, const struct query_context *context,
                                struct record_query *query, struct tk_error *error)
{
    *query = (struct record_query){0};
    return read_form(form, context, query_record_places, NULL, query, error);
}

/* A span goes on in the middle, so where is said wholly. */
enum tk_code query_read_tallies(const struct form *form, const struct query_context *context,
                                struct tally_query *query, struct tk_error *error)
{
    enum tk_code code;

    *query = (struct tally_query){.after_genre = -1};
    code = read_form(form, context, query_tally_places, NULL, query, error);
    if (!code && query->after_given != (query->after_genre >= 0))
        code = tk_fail(error, TK_BAD_REQUEST,
                       "The parameters “after” and “afterGenre” go together.");
    if (query->after_given && !query->after_actor)
        query->after_actor = "";
    if (query->after_given && !query->after_device)
        query->after_device = "";
    if (query->after_genre < 0)
        query->after_genre = 0;
    return code;
}

enum tk_code query_read_due(const struct form *form, const struct query_context *context,
                            struct due_query *query, struct tk_error *error)
{
    enum tk_code code;

    *query = (struct due_query){0};
    code = read_form(form, context, query_due_places, NULL, query, error);
    if (!code && !query->ended_before == !query->settled_before)
        code = tk_fail(error, TK_BAD_REQUEST,
                       "Give one of the parameters “endedBefore” and “settledBefore”.");
    return code;
}
