/* query: what is asked of a store goes over a wire as it is. */
#include "core/query.h"

#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "tests/support/test.h"

#define ROUNDS 20000

static const struct query_context context = {.now = TIME_DAY, .most = 1000};

struct ask {
    struct form form;
    struct query_room room;
    struct tk_error error;
};

static uint64_t random_id(uint64_t *seed)
{
    return 1 + test_random_below(seed, ID_MAX);
}

static int64_t random_time(uint64_t *seed)
{
    return (int64_t)test_random_below(seed, (uint64_t)TIME_MAX);
}

static bool toss(uint64_t *seed)
{
    return test_random_below(seed, 4) == 0;
}

static const char *random_text(uint64_t *seed)
{
    static const char *const texts[] = {"Up",    "", "a & b = c", "100 %", "Å“quoted”", "a+b",
                                        "%41?#", "Ende;", "漢字", "-1"};

    return toss(seed) ? texts[test_random_below(seed, sizeof texts / sizeof texts[0])] : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Lists are compared beside the rest, whose padding is never touched. */
static bool same_ids(const void *a, size_t a_count, const void *b, size_t b_count)
{
    return !a == !b && a_count == b_count && (!a || !memcmp(a, b, a_count * sizeof(uint64_t)));
}

static void read_back(struct ask *ask, struct buffer *out)
{
    form_release(&ask->form);
    ask->form = (struct form){0};
    CU_ASSERT_FALSE(out->failed);
    CU_ASSERT_EQUAL(form_read(&ask->form, buffer_text(out)), TK_OK);
}

static struct slot_query random_slots(uint64_t *seed, int64_t ids[3])
{
    struct slot_query query = SLOT_QUERY_ALL;

    for (size_t i = 0; i < 3; i++)
        ids[i] = (int64_t)test_random_below(seed, (uint64_t)SLOT_ID_MAX);
    query.ids = toss(seed) ? ids : NULL;
    query.id_count = query.ids ? test_random_below(seed, 4) : 0;
    query.name = random_text(seed);
    query.contains = random_text(seed);
    query.genre = (int)test_random_below(seed, GENRE_COUNT + 1) - 1;
    query.type = (int)test_random_below(seed, SLOT_TYPE_COUNT + 1) - 1;
    query.starts_at_given = toss(seed);
    query.starts_at = query.starts_at_given && !toss(seed) ? random_time(seed) : 0;
    query.from = toss(seed) ? random_time(seed) : 0;
    query.to = toss(seed) ? random_time(seed) : 0;
    query.starts_after = toss(seed) ? -random_time(seed) : 0;
    query.ends_after = toss(seed) ? random_time(seed) : 0;
    query.with_room = toss(seed);
    query.unexpired = toss(seed);
    query.by_id = toss(seed);
    query.descending = !query.by_id && toss(seed);
    query.after_given = toss(seed);
    query.after_starts_at = query.after_given && !query.by_id ? random_time(seed) : 0;
    query.after_id = query.after_given ? (int64_t)test_random_below(seed, 1000000) : 0;
    query.limit = 1 + test_random_below(seed, context.most);
    return query;
}

static bool same_slots(const struct slot_query *a, const struct slot_query *b)
{
    return same_ids(a->ids, a->id_count, b->ids, b->id_count) && same_text(a->name, b->name) &&
           same_text(a->contains, b->contains) && a->genre == b->genre && a->type == b->type &&
           a->starts_at_given == b->starts_at_given && a->starts_at == b->starts_at &&
           a->from == b->from && a->to == b->to && a->starts_after == b->starts_after &&
           a->ends_after == b->ends_after && a->with_room == b->with_room &&
           a->unexpired == b->unexpired && a->descending == b->descending &&
           a->by_id == b->by_id && a->after_given == b->after_given &&
           a->after_starts_at == b->after_starts_at && a->after_id == b->after_id &&
           a->limit == b->limit;
}

static void test_slots(void)
{
    static struct ask ask;
    uint64_t seed = test_seed();
    struct slot_query query, read;
    struct buffer out;
    int64_t ids[3];
    int wrong = 0;

    buffer_init(&out, 1 << 16);
    for (int i = 0; i < ROUNDS && !wrong; i++) {
        query = random_slots(&seed, ids);
        buffer_clear(&out);
        query_put_slots(&out, &query);
        read_back(&ask, &out);
        if (query_read_slots(&ask.form, &context, &ask.room, &read, &ask.error) ||
            !same_slots(&query, &read)) {
            printf("    %s: %s\n", buffer_text(&out), ask.error.message);
            wrong++;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    buffer_release(&out);
    form_release(&ask.form);
    ask.form = (struct form){0};
}

static struct ticket_query random_tickets(uint64_t *seed, uint64_t ids[3])
{
    struct ticket_query query = TICKET_QUERY_ALL;

    for (size_t i = 0; i < 3; i++)
        ids[i] = random_id(seed);
    query.ids = toss(seed) ? ids : NULL;
    query.id_count = query.ids ? test_random_below(seed, 4) : 0;
    query.slot_id = toss(seed) ? SLOT_ID_FIRST + (int64_t)test_random_below(seed, 1000) : 0;
    query.customer_id = toss(seed) ? random_id(seed) : 0;
    query.sale_id = toss(seed) ? random_id(seed) : 0;
    query.status = (int)test_random_below(seed, TICKET_STATUS_COUNT + 1) - 1;
    query.newest_first = toss(seed);
    query.after_id = toss(seed) ? random_id(seed) : 0;
    query.after_seq = toss(seed) ? test_random_below(seed, INT64_MAX) : 0;
    query.limit = 1 + test_random_below(seed, context.most);
    return query;
}

static bool same_tickets(const struct ticket_query *a, const struct ticket_query *b)
{
    return same_ids(a->ids, a->id_count, b->ids, b->id_count) && a->slot_id == b->slot_id &&
           a->customer_id == b->customer_id && a->sale_id == b->sale_id &&
           a->status == b->status && a->newest_first == b->newest_first &&
           a->after_id == b->after_id && a->after_seq == b->after_seq && a->limit == b->limit;
}

static void test_tickets(void)
{
    static struct ask ask;
    uint64_t seed = test_seed(), ids[3];
    struct ticket_query query, read;
    struct buffer out;
    int wrong = 0;

    buffer_init(&out, 1 << 16);
    for (int i = 0; i < ROUNDS && !wrong; i++) {
        query = random_tickets(&seed, ids);
        buffer_clear(&out);
        query_put_tickets(&out, &query);
        read_back(&ask, &out);
        if (query_read_tickets(&ask.form, &context, &ask.room, &read, &ask.error) ||
            !same_tickets(&query, &read)) {
            printf("    %s: %s\n", buffer_text(&out), ask.error.message);
            wrong++;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    buffer_release(&out);
    form_release(&ask.form);
    ask.form = (struct form){0};
}

static bool customers_come_back(struct ask *ask, struct buffer *out, uint64_t *seed)
{
    uint64_t ids[2] = {random_id(seed), random_id(seed)};
    struct customer_query query = {.phone_end = random_text(seed),
                                   .name = random_text(seed),
                                   .slot_id = toss(seed) ? SLOT_ID_FIRST : 0,
                                   .newest_first = toss(seed),
                                   .after_id = toss(seed) ? random_id(seed) : 0,
                                   .limit = 1 + test_random_below(seed, context.most)};
    struct customer_query read;

    query.ids = toss(seed) ? ids : NULL;
    query.id_count = query.ids ? 2 : 0;
    buffer_clear(out);
    query_put_customers(out, &query);
    read_back(ask, out);
    return !query_read_customers(&ask->form, &context, &ask->room, &read, &ask->error) &&
           same_ids(query.ids, query.id_count, read.ids, read.id_count) &&
           same_text(query.phone_end, read.phone_end) && same_text(query.name, read.name) &&
           query.slot_id == read.slot_id && query.newest_first == read.newest_first &&
           query.after_id == read.after_id && query.limit == read.limit;
}

static bool others_come_back(struct ask *ask, struct buffer *out, uint64_t *seed)
{
    bool ended = toss(seed);
    int64_t when = 1 + random_time(seed);
    struct journal_query journal = {.after_seq = random_time(seed),
                                    .limit = 1 + test_random_below(seed, context.most)},
                         journal_read;
    struct due_query due = {ended ? when : 0, ended ? 0 : when, 7}, due_read;
    bool same;

    buffer_clear(out);
    query_put_journal(out, &journal);
    read_back(ask, out);
    same = !query_read_journal(&ask->form, &context, &ask->room, &journal_read, &ask->error) &&
           journal.after_seq == journal_read.after_seq && journal.limit == journal_read.limit;
    buffer_clear(out);
    query_put_due(out, &due);
    read_back(ask, out);
    return same && !query_read_due(&ask->form, &context, &due_read, &ask->error) &&
           due.ended_before == due_read.ended_before &&
           due.settled_before == due_read.settled_before && due.limit == due_read.limit;
}

static void test_others(void)
{
    static struct ask ask;
    uint64_t seed = test_seed();
    struct buffer out;
    int wrong = 0;

    buffer_init(&out, 1 << 16);
    for (int i = 0; i < ROUNDS && !wrong; i++)
        if (!customers_come_back(&ask, &out, &seed) || !others_come_back(&ask, &out, &seed)) {
            printf("    %s: %s\n", buffer_text(&out), ask.error.message);
            wrong++;
        }
    CU_ASSERT_EQUAL(wrong, 0);
    buffer_release(&out);
    form_release(&ask.form);
    ask.form = (struct form){0};
}

static void test_refusals(void)
{
    static const struct {
        const char *text;
        enum tk_code code;
        const char *names; /* stands in the sentence */
    } cases[] = {
        {"nonsense=1", TK_BAD_REQUEST, "nonsense"},
        {"Limit=1", TK_BAD_REQUEST, "Limit"},
        {"limit=0", TK_BAD_REQUEST, "limit"},
        {"limit=1001", TK_BAD_REQUEST, "limit"},
        {"limit=", TK_BAD_REQUEST, "limit"},
        {"limit=99999999999999999999999", TK_BAD_REQUEST, "limit"},
        {"limit=-1", TK_BAD_REQUEST, "limit"},
        {"limit=1e2", TK_BAD_REQUEST, "limit"},
        {"slotId=100000,x", TK_BAD_ID, "slotId"},
        {"slotId=-5", TK_BAD_ID, "slotId"},
        {"slotId=1111111111111111111111111111111111111111111111111", TK_BAD_ID, "slotId"},
        {"slotName=%00", TK_BAD_TEXT, "slotName"},
        {"contains=%ff", TK_BAD_TEXT, "contains"},
        {"genre=Western", TK_BAD_GENRE, "genre"},
        {"slotType=Play", TK_BAD_TYPE, "slotType"},
        {"startTime=soon", TK_BAD_TIME, "startTime"},
        {"from=9223372036854775807", TK_BAD_TIME, "from"},
        {"startTime=-9223372036854775808", TK_BAD_TIME, "startTime"},
        {"withRoom=yes", TK_BAD_REQUEST, "withRoom"},
        {"order=up", TK_BAD_REQUEST, "order"},
        {"after=100000", TK_BAD_REQUEST, "after"},
        {"after=1.", TK_BAD_REQUEST, "after"},
        {"after=.1", TK_BAD_REQUEST, "after"},
        {"order=id&after=1.100000", TK_BAD_REQUEST, "after"},
        {"after=9223372036854775807.1", TK_BAD_REQUEST, "after"},
    };
    static struct ask ask;
    struct slot_query query;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_EQUAL(form_read(&ask.form, cases[i].text), TK_OK);
        CU_ASSERT_EQUAL(query_read_slots(&ask.form, &context, &ask.room, &query, &ask.error),
                        cases[i].code);
        CU_ASSERT_PTR_NOT_NULL(strstr(ask.error.message, cases[i].names));
        form_release(&ask.form);
    }
}

static void test_defaults(void)
{
    static const char *const also[] = {"find", NULL};
    struct query_context with = context;
    static struct ask ask;
    struct ticket_query tickets;
    struct due_query due;
    struct buffer out;

    with.also = also;
    buffer_init(&out, 1000);
    tickets = TICKET_QUERY_ALL;
    query_put_tickets(&out, &tickets);
    query_put_slots(&out, &SLOT_QUERY_ALL);
    CU_ASSERT_STRING_EQUAL(buffer_text(&out), "");
    buffer_release(&out);
    CU_ASSERT_EQUAL(form_read(&ask.form, "find=x"), TK_OK);
    CU_ASSERT_EQUAL(query_read_tickets(&ask.form, &with, &ask.room, &tickets, &ask.error), TK_OK);
    CU_ASSERT_EQUAL(tickets.limit, 1000);
    CU_ASSERT_EQUAL(tickets.status, -1);
    CU_ASSERT_EQUAL(query_read_due(&ask.form, &with, &due, &ask.error), TK_BAD_REQUEST);
    form_release(&ask.form);
    CU_ASSERT_EQUAL(form_read(&ask.form, "endedBefore=1&settledBefore=1"), TK_OK);
    CU_ASSERT_EQUAL(query_read_due(&ask.form, &with, &due, &ask.error), TK_BAD_REQUEST);
    form_release(&ask.form);
    CU_ASSERT_EQUAL(form_read(&ask.form, "endedBefore=1970-01-02T00:00:00Z"), TK_OK);
    CU_ASSERT_EQUAL(query_read_due(&ask.form, &with, &due, &ask.error), TK_OK);
    CU_ASSERT_EQUAL(due.ended_before, TIME_DAY);
    form_release(&ask.form);
}

/* A list may be as long as there is room, and no longer. */
static void test_many_ids(void)
{
    static struct ask ask;
    struct ticket_query query;
    struct buffer out;

    buffer_init(&out, 1 << 16);
    buffer_add_text(&out, "ticketId=");
    for (int i = 0; i < QUERY_IDS_MAX; i++)
        buffer_add_text(&out, "TKT0000000001,");
    CU_ASSERT_EQUAL(form_read(&ask.form, buffer_text(&out)), TK_OK);
    CU_ASSERT_EQUAL(query_read_tickets(&ask.form, &context, &ask.room, &query, &ask.error), TK_OK);
    CU_ASSERT_EQUAL(query.id_count, QUERY_IDS_MAX);
    form_release(&ask.form);
    buffer_add_text(&out, "TKT0000000001");
    CU_ASSERT_EQUAL(form_read(&ask.form, buffer_text(&out)), TK_OK);
    CU_ASSERT_EQUAL(query_read_tickets(&ask.form, &context, &ask.room, &query, &ask.error),
                    TK_BAD_REQUEST);
    form_release(&ask.form);
    buffer_release(&out);
}

SUITE(query, {"a question about slots comes back as it was", test_slots},
      {"a question about tickets comes back as it was", test_tickets},
      {"so do those about customers, journal and upkeep", test_others},
      {"what is not right is refused by name", test_refusals},
      {"what is not given is as in the port", test_defaults},
      {"a list of ids has a bound", test_many_ids})
