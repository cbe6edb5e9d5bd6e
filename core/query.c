/* One table of parameters per kind of query serves reading, writing and the reference alike. */
#include "core/query.h"

#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "core/text.h"

#define TEXT_MAX 1024                /* bytes of a text that is looked for */
#define MOMENT_MAX (INT64_C(1) << 62) /* so that nobody's sums overflow */
#define LIST_ITEM_MAX 40             /* bytes of one id in a list */

/*
 * X(name, kind, member, companion, help), in the order in which they are read. The companion tells
 * whether the member is given, how many there are, or the other half of an order.
 */
#define SLOT_PARAMETERS(X)                                                                         \
    X("slotId", SLOT_IDS, ids, id_count, "Just these, in this order, whatever else is asked.")     \
    X("slotName", TEXT, name, name, "Exactly this name.")                                          \
    X("contains", TEXT, contains, contains, "This inside the name, case and accents aside.")       \
    X("genre", GENRE, genre, genre, "Of this genre.")                                              \
    X("slotType", TYPE, type, type, "Of this type.")                                               \
    X("startTime", MOMENT, starts_at, starts_at_given, "Starts exactly then.")                     \
    X("from", TIME, from, from, "Starts then or later.")                                           \
    X("to", TIME, to, to, "Starts before then.")                                                   \
    X("startsAfter", TIME, starts_after, starts_after, "Starts later than that.")                  \
    X("endsAfter", TIME, ends_after, ends_after, "Ends later than that.")                          \
    X("withRoom", FLAG, with_room, with_room, "Only with places left.")                            \
    X("unexpired", FLAG, unexpired, unexpired, "Only those that have not expired.")                \
    X("order", SLOT_ORDER, descending, by_id,                                                      \
      "By start (asc or desc), or all of them in the order of their numbers (id).")                \
    X("after", SLOT_AFTER, after_id, after_given,                                                  \
      "Continue after this one: STARTTIME.SLOTID (STARTTIME in µs), with order=id SLOTID.")        \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define TICKET_PARAMETERS(X)                                                                       \
    X("ticketId", TICKET_IDS, ids, id_count, "Just these, in this order.")                         \
    X("slotId", SLOT, slot_id, slot_id, "Of this showing, in the order of seq.")                   \
    X("userId", CUSTOMER, customer_id, customer_id, "Of this customer, as issued.")                \
    X("saleId", TICKET, sale_id, sale_id, "Of this sale, as issued.")                              \
    X("ticketStatus", STATUS, status, status, "Of this status.")                                   \
    X("order", ORDER, newest_first, newest_first, "desc: the latest issued first.")                \
    X("after", TICKET, after_id, after_id, "Continue after this ticket.")                          \
    X("afterSeq", NUMBER, after_seq, after_seq,                                                    \
      "With slotId: the seq of the ticket in after, or after all of this seq.")                    \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define CUSTOMER_PARAMETERS(X)                                                                     \
    X("userId", CUSTOMER_IDS, ids, id_count, "Just these, in this order.")                         \
    X("phoneEnd", TEXT, phone_end, phone_end, "The last digits of the phone number.")              \
    X("name", TEXT, name, name, "Beginnings of words of the name, case and accents aside.")        \
    X("order", ORDER, newest_first, newest_first, "desc: the last met first.")                     \
    X("after", CUSTOMER, after_id, after_id, "Continue after this customer.")                      \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define JOURNAL_PARAMETERS(X)                                                                      \
    X("after", NUMBER, after_seq, after_seq, "Continue after this seq.")                           \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define DUE_PARAMETERS(X)                                                                          \
    X("endedBefore", TIME, ended_before, ended_before,                                             \
      "Showings that ended then or earlier and have not expired.")                                 \
    X("settledBefore", TIME, settled_before, settled_before,                                       \
      "Showings with tickets that expired or were canceled then or earlier.")                      \
    X("limit", LIMIT, limit, limit, "So many at most.")

/* --- for the reference --- */

static const char *const slot_orders[] = {"asc", "desc", "id", NULL};
static const char *const orders[] = {"asc", "desc", NULL};
#define X(constant, name) name,
static const char *const genres[] = {GENRE_TABLE(X) NULL};
static const char *const types[] = {SLOT_TYPE_TABLE(X) NULL};
static const char *const statuses[] = {TICKET_STATUS_TABLE(X) NULL};
#undef X

enum kind {
    KIND_TEXT,
    KIND_TIME,       /* 0: not given */
    KIND_MOMENT,     /* with a companion that tells whether it is given */
    KIND_FLAG,
    KIND_GENRE,      /* these three: -1 when not given */
    KIND_TYPE,
    KIND_STATUS,
    KIND_ORDER,      /* true: descending */
    KIND_SLOT_ORDER, /* the companion: by id */
    KIND_SLOT_AFTER,
    KIND_SLOT,
    KIND_TICKET,
    KIND_CUSTOMER,
    KIND_SLOT_IDS, /* the companion counts them */
    KIND_TICKET_IDS,
    KIND_CUSTOMER_IDS,
    KIND_NUMBER,
    KIND_LIMIT
};

/* A parameter and where it stands in its query. */
struct place {
    const char *name;
    enum kind kind;
    size_t member, companion; /* offsets */
};

#define SHOWN_TEXT(help) "string", help, NULL
#define SHOWN_TIME SHOWN_TEXT
#define SHOWN_MOMENT SHOWN_TEXT
#define SHOWN_FLAG(help) "boolean", help, NULL
#define SHOWN_GENRE(help) "string", help, genres
#define SHOWN_TYPE(help) "string", help, types
#define SHOWN_STATUS(help) "string", help, statuses
#define SHOWN_ORDER(help) "string", help, orders
#define SHOWN_SLOT_ORDER(help) "string", help, slot_orders
#define SHOWN_SLOT_AFTER SHOWN_TEXT
#define SHOWN_SLOT SHOWN_NUMBER
#define SHOWN_TICKET SHOWN_TEXT
#define SHOWN_CUSTOMER SHOWN_TEXT
#define SHOWN_SLOT_IDS SHOWN_TEXT
#define SHOWN_TICKET_IDS SHOWN_TEXT
#define SHOWN_CUSTOMER_IDS SHOWN_TEXT
#define SHOWN_NUMBER(help) "integer", help, NULL
#define SHOWN_LIMIT SHOWN_NUMBER

#define X(name, kind, member, companion, help) {name, SHOWN_##kind(help)},
const struct query_parameter query_slot_parameters[] = {SLOT_PARAMETERS(X){0}};
const struct query_parameter query_ticket_parameters[] = {
    TICKET_PARAMETERS(X){"find", SHOWN_TEXT("Tickets by number, pass, customer's number, end of the "
                                            "phone number or words of the name; nothing else but "
                                            "limit goes with it.")},
    {0}};
const struct query_parameter query_customer_parameters[] = {CUSTOMER_PARAMETERS(X){0}};
const struct query_parameter query_journal_parameters[] = {JOURNAL_PARAMETERS(X){0}};
const struct query_parameter query_due_parameters[] = {DUE_PARAMETERS(X){0}};
#undef X

#define PLACES(type, parameters)                                                                   \
    static const struct place type##_places[] = {parameters(PLACE_##type){0}};
#define PLACE(type, name, kind, member, companion)                                                 \
    {name, KIND_##kind, offsetof(struct type, member), offsetof(struct type, companion)},
#define PLACE_slot_query(name, kind, member, companion, help)                                      \
    PLACE(slot_query, name, kind, member, companion)
#define PLACE_ticket_query(name, kind, member, companion, help)                                    \
    PLACE(ticket_query, name, kind, member, companion)
#define PLACE_customer_query(name, kind, member, companion, help)                                  \
    PLACE(customer_query, name, kind, member, companion)
#define PLACE_journal_query(name, kind, member, companion, help)                                   \
    PLACE(journal_query, name, kind, member, companion)
#define PLACE_due_query(name, kind, member, companion, help)                                       \
    PLACE(due_query, name, kind, member, companion)

PLACES(slot_query, SLOT_PARAMETERS)
PLACES(ticket_query, TICKET_PARAMETERS)
PLACES(customer_query, CUSTOMER_PARAMETERS)
PLACES(journal_query, JOURNAL_PARAMETERS)
PLACES(due_query, DUE_PARAMETERS)

/* --- reading --- */

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
static enum tk_code read_id(enum kind kind, const char *value, uint64_t *id,
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

static enum tk_code read_ids(const struct reading *reading, const struct place *place,
                             const char *value, struct tk_error *error)
{
    bool slots = place->kind == KIND_SLOT_IDS;
    const void *list = slots ? (void *)reading->room->slot_ids : (void *)reading->room->ids;
    size_t count = 0;

    for (const char *at = value; *at; at += strspn(at, ",")) {
        size_t length = strcspn(at, ",");
        char item[LIST_ITEM_MAX];
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

static enum tk_code read_name(enum kind kind, const char *value, int *number,
                              struct tk_error *error)
{
    enum tk_code code;
    enum genre genre = GENRE_ACTION;
    enum slot_type type = SLOT_MOVIE;
    enum ticket_status status = TICKET_BOOKED;

    if (kind == KIND_GENRE) {
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
    char moment[LIST_ITEM_MAX] = "0";
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

static enum tk_code read_value(struct reading *reading, const struct place *place,
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
    case KIND_TYPE:
    case KIND_STATUS:
        return read_name(place->kind, value, (int *)(void *)member, error);
    case KIND_ORDER:
    case KIND_SLOT_ORDER:
        code = read_choice(value, place->kind == KIND_ORDER ? orders : slot_orders, &choice, error);
        *(bool *)member = choice == 1;
        reading->by_id = choice == 2;
        if (place->kind == KIND_SLOT_ORDER)
            reading->query[place->companion] = reading->by_id;
        return code;
    case KIND_SLOT_AFTER:
        return read_slot_after(reading, value, (void *)reading->query, error);
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

static bool is_known(const struct place *places, const char *const *also, const char *name)
{
    for (; places->name; places++)
        if (strcmp(places->name, name) == 0)
            return true;
    for (; also && *also; also++)
        if (strcmp(*also, name) == 0)
            return true;
    return false;
}

static enum tk_code check_names(const struct form *form, const struct place *places,
                                const char *const *also, struct tk_error *error)
{
    for (size_t i = 0; i < form->count; i++) {
        char name[40];

        if (is_known(places, also, form->pairs[i].name))
            continue;
        text_display(name, sizeof name, form->pairs[i].name);
        return tk_fail(error, TK_BAD_REQUEST, "There is no parameter “%s” here.", name);
    }
    return TK_OK;
}

/* Reads what the form gives of the places into the query, which stands at its default. */
static enum tk_code read_form(const struct form *form, const struct query_context *context,
                              const struct place *places, struct query_room *room, void *query,
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
    return read_form(form, context, slot_query_places, room, query, error);
}

enum tk_code query_read_tickets(const struct form *form, const struct query_context *context,
                                struct query_room *room, struct ticket_query *query,
                                struct tk_error *error)
{
    *query = TICKET_QUERY_ALL;
    return read_form(form, context, ticket_query_places, room, query, error);
}

enum tk_code query_read_customers(const struct form *form, const struct query_context *context,
                                  struct query_room *room, struct customer_query *query,
                                  struct tk_error *error)
{
    *query = (struct customer_query){0};
    return read_form(form, context, customer_query_places, room, query, error);
}

enum tk_code query_read_journal(const struct form *form, const struct query_context *context,
                                struct journal_query *query, struct tk_error *error)
{
    *query = (struct journal_query){0};
    return read_form(form, context, journal_query_places, NULL, query, error);
}

enum tk_code query_read_due(const struct form *form, const struct query_context *context,
                            struct due_query *query, struct tk_error *error)
{
    enum tk_code code;

    *query = (struct due_query){0};
    code = read_form(form, context, due_query_places, NULL, query, error);
    if (!code && !query->ended_before == !query->settled_before)
        code = tk_fail(error, TK_BAD_REQUEST,
                       "Give one of the parameters “endedBefore” and “settledBefore”.");
    return code;
}

/* --- writing --- */

/* Ids as they stand, a comma between them: no escape is needed. */
static void put_ids(struct buffer *out, const struct place *place, const void *query)
{
    const char *base = query;
    const void *list;
    size_t count;

    memcpy(&list, base + place->member, sizeof list);
    memcpy(&count, base + place->companion, sizeof count);
    if (!list)
        return;
    form_put(out, place->name, "");
    for (size_t i = 0; i < count; i++) {
        char text[ID_TEXT_MAX] = "";

        if (place->kind == KIND_SLOT_IDS)
            snprintf(text, sizeof text, "%lld", (long long)((const int64_t *)list)[i]);
        else
            id_print(text, place->kind == KIND_TICKET_IDS ? ID_TICKET : ID_CUSTOMER,
                     ((const uint64_t *)list)[i]);
        buffer_addf(out, "%s%s", i ? "," : "", text);
    }
}

/* A name of a table, when one is given. */
static void put_name(struct buffer *out, const struct place *place, const char *const *names,
                     int count, int number)
{
    if (number >= 0 && number < count)
        form_put(out, place->name, names[number]);
    else if (number >= 0) /* no such thing: whoever reads it says so */
        form_put_int(out, place->name, number);
}

static void put_id(struct buffer *out, const struct place *place, uint64_t id)
{
    char text[ID_TEXT_MAX];

    id_print(text, place->kind == KIND_TICKET ? ID_TICKET : ID_CUSTOMER, id);
    if (id)
        form_put(out, place->name, text);
}

static void put_slot_after(struct buffer *out, const char *name, const struct slot_query *query)
{
    char text[2 * LIST_ITEM_MAX];

    if (!query->after_given)
        return;
    snprintf(text, sizeof text, "%lld.%lld", (long long)query->after_starts_at,
             (long long)query->after_id);
    form_put(out, name, query->by_id ? strchr(text, '.') + 1 : text);
}

static void put_value(struct buffer *out, const struct place *place, const void *query)
{
    const char *member = (const char *)query + place->member;
    const char *companion = (const char *)query + place->companion;
    const char *text = NULL;
    int64_t number = 0;
    int choice = 0;

    switch (place->kind) {
    case KIND_TEXT:
        memcpy(&text, member, sizeof text);
        if (text)
            form_put(out, place->name, text);
        break;
    case KIND_FLAG:
        if (*member)
            form_put(out, place->name, "true");
        break;
    case KIND_GENRE:
        memcpy(&choice, member, sizeof choice);
        put_name(out, place, genres, GENRE_COUNT, choice);
        break;
    case KIND_TYPE:
        memcpy(&choice, member, sizeof choice);
        put_name(out, place, types, SLOT_TYPE_COUNT, choice);
        break;
    case KIND_STATUS:
        memcpy(&choice, member, sizeof choice);
        put_name(out, place, statuses, TICKET_STATUS_COUNT, choice);
        break;
    case KIND_ORDER:
        if (*member)
            form_put(out, place->name, orders[1]);
        break;
    case KIND_SLOT_ORDER:
        if (*companion || *member)
            form_put(out, place->name, slot_orders[*companion ? 2 : 1]);
        break;
    case KIND_SLOT_AFTER:
        put_slot_after(out, place->name, query);
        break;
    case KIND_SLOT_IDS:
    case KIND_TICKET_IDS:
    case KIND_CUSTOMER_IDS:
        put_ids(out, place, query);
        break;
    case KIND_TICKET:
    case KIND_CUSTOMER:
        memcpy(&number, member, sizeof number);
        put_id(out, place, (uint64_t)number);
        break;
    case KIND_MOMENT:
        memcpy(&number, member, sizeof number);
        if (*companion)
            form_put_int(out, place->name, number);
        break;
    default: /* a number; 0: not given */
        memcpy(&number, member, sizeof number);
        if (number)
            form_put_int(out, place->name, number);
    }
}

static void put_query(struct buffer *out, const struct place *places, const void *query)
{
    for (; places->name; places++)
        put_value(out, places, query);
}

void query_put_slots(struct buffer *out, const struct slot_query *query)
{
    put_query(out, slot_query_places, query);
}

void query_put_tickets(struct buffer *out, const struct ticket_query *query)
{
    put_query(out, ticket_query_places, query);
}

void query_put_customers(struct buffer *out, const struct customer_query *query)
{
    put_query(out, customer_query_places, query);
}

void query_put_journal(struct buffer *out, const struct journal_query *query)
{
    put_query(out, journal_query_places, query);
}

void query_put_due(struct buffer *out, const struct due_query *query)
{
    put_query(out, due_query_places, query);
}
