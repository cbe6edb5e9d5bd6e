/*
 * Upkeep by two programs at once: what the second one finds due was done by the first one meanwhile. The second
 * one's store says what was due before.
 */
#include <stdio.h>

#include "tests/support/fixture.h"
#include "tests/support/test.h"

/* A store that is slow to see what others did. */
struct late {
    struct store store; /* first */
    struct store *inner;
    int64_t due;
};

static enum tk_code late_list_due(struct store *base, const struct due_query *query,
                                  struct id_list *list, struct tk_error *error)
{
    struct late *late = (struct late *)base;

    (void)error;
    return query->ended_before ? id_list_add(list, late->due) : TK_OK;
}

static enum tk_code late_apply(struct store *base, const struct operation *operations, size_t count,
                               struct outcome *outcomes, struct tk_error *error)
{
    return store_apply(((struct late *)base)->inner, operations, count, outcomes, error);
}

static enum tk_code late_facts(struct store *base, struct store_facts *facts, struct tk_error *error)
{
    struct store *inner = ((struct late *)base)->inner;

    return inner->ops->facts(inner, facts, error);
}

static enum tk_code late_list_journal(struct store *base, const struct journal_query *query,
                                      struct journal_list *list, struct tk_error *error)
{
    struct store *inner = ((struct late *)base)->inner;

    return inner->ops->list_journal(inner, query, list, error);
}

static const struct store_ops late_ops = {.apply = late_apply,
                                          .list_due = late_list_due,
                                          .list_journal = late_list_journal,
                                          .facts = late_facts};

static size_t count_entries(struct fixture *f)
{
    struct journal_query query = {.limit = 100};
    struct journal_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(f->store->ops->list_journal(f->store, &query, &list, NULL), TK_OK);
    count = list.count;
    journal_list_release(&list);
    return count;
}

static struct box_office make_second(struct fixture *f, struct late *late)
{
    struct sqlite_options options = fixture_options(f);
    struct box_office second = f->office;

    *late = (struct late){.store = {&late_ops}};
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &late->inner, NULL), TK_OK);
    second.store = &late->store;
    snprintf(second.device, sizeof second.device, "node-2");
    snprintf(second.actor, sizeof second.actor, "node-2");
    return second;
}

static void test_twice(void)
{
    struct upkeep_result result;
    struct box_office second;
    struct late late;
    struct fixture f;
    size_t before;

    fixture_init(&f);
    second = make_second(&f, &late);
    late.due = fixture_schedule(&f, "Stalker", TIME_HOUR, 20);
    CU_ASSERT_EQUAL(fixture_book(&f, late.due, 2, NULL, NULL, NULL), TK_OK);
    f.now += 3 * TIME_DAY;
    before = count_entries(&f);
    CU_ASSERT_EQUAL(office_upkeep(&f.office, 90 * TIME_DAY, &result, NULL), TK_OK);
    CU_ASSERT(result.slots == 1 && result.tickets == 2);
    CU_ASSERT_EQUAL(count_entries(&f), before + 2); /* expired, and signed at midnight */
    f.now += 7; /* the other one's clock is another one */
    CU_ASSERT_EQUAL(office_upkeep(&second, 90 * TIME_DAY, &result, NULL), TK_OK);
    CU_ASSERT(result.slots == 0 && result.tickets == 0 && !result.more);
    CU_ASSERT_EQUAL(count_entries(&f), before + 2);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    store_close(late.inner);
    fixture_release(&f);
}

/* What was refused once is not refused for good. */
static void test_tried_anew(void)
{
    struct upkeep_result result;
    struct box_office second;
    struct late late;
    struct fixture f;

    fixture_init(&f);
    second = make_second(&f, &late);
    late.due = fixture_schedule(&f, "Stalker", TIME_HOUR, 20);
    CU_ASSERT_EQUAL(office_upkeep(&second, 90 * TIME_DAY, &result, NULL), TK_OK); /* too early */
    CU_ASSERT_EQUAL(result.slots, 0);
    f.now += 3 * TIME_DAY;
    CU_ASSERT_EQUAL(office_upkeep(&f.office, 90 * TIME_DAY, &result, NULL), TK_OK);
    CU_ASSERT_EQUAL(result.slots, 1);
    store_close(late.inner);
    fixture_release(&f);
}

static size_t count_seals(struct fixture *f)
{
    struct journal_query query = {.kind = "seal", .limit = 100};
    struct journal_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(f->store->ops->list_journal(f->store, &query, &list, NULL), TK_OK);
    count = list.count;
    journal_list_release(&list);
    return count;
}

/* By two programs, each many times a day. */
static void test_midnight(void)
{
    struct upkeep_result result;
    struct box_office second;
    struct late late;
    struct fixture f;

    fixture_init(&f);
    second = make_second(&f, &late);
    second.store = late.inner;
    CU_ASSERT_EQUAL(office_upkeep(&f.office, 90 * TIME_DAY, &result, NULL), TK_OK);
    CU_ASSERT_EQUAL(count_seals(&f), 0); /* there is nothing yet */
    fixture_schedule(&f, "Stalker", 30 * TIME_DAY, 20);
    for (int hour = 0; hour < 3 * 24; hour++) { /* from 18:00 on: three midnights */
        f.now += TIME_HOUR;
        CU_ASSERT_EQUAL(office_upkeep(&f.office, 90 * TIME_DAY, &result, NULL), TK_OK);
        f.now += TIME_SECOND;
        CU_ASSERT_EQUAL(office_upkeep(&second, 90 * TIME_DAY, &result, NULL), TK_OK);
    }
    CU_ASSERT_EQUAL(count_seals(&f), 3);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    store_close(late.inner);
    fixture_release(&f);
}

SUITE(upkeep, {"the journal is signed once at each midnight", test_midnight},
      {"what two programs find due at once is done, and written down, once", test_twice},
      {"what was not due yet is tried again later", test_tried_anew})
