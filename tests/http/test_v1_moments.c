/* What /v1 answers at one moment must hold at the next: lists that are kept, and changes that happen
   between two questions to the store. The service runs in this process, with the test's clock. */
#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/support/http.h"
#include "tests/support/served.h"
#include "tests/support/test.h"
#include "ui/http/service_internal.h"

#define NOON INT64_C(1795348800000000) /* 2026-11-22 12:00 UTC */

static _Atomic int64_t moment;

static int64_t told_clock(void *context)
{
    (void)context;
    return moment;
}

struct house {
    char folder[40], path[60];
    struct store *store;
    struct service *service;
    const char *address;
    struct answer answer;
};

static void house_open(struct house *house)
{
    struct served_options options = {.now = told_clock};

    moment = NOON;
    *house = (struct house){.folder = "/tmp/ticketly-test-XXXXXX"};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(house->folder));
    snprintf(house->path, sizeof house->path, "%s/office.db", house->folder);
    options.path = house->path;
    house->store = served_open(&options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(house->store);
    house->service = served_service(house->store, &house->address);
}

static void house_close(struct house *house)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    char path[80];

    answer_release(&house->answer);
    store_close(house->store);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", house->path, ends[i]);
        unlink(path);
    }
    rmdir(house->folder);
}

static int get(struct house *house, const char *target)
{
    answer_release(&house->answer);
    CU_ASSERT(http_call(house->address, "GET", target, NULL, NULL, &house->answer));
    return house->answer.status;
}

static void apply(struct store *store, struct operation *operation, struct outcome *outcome)
{
    static _Atomic uint8_t count;

    operation->id = op_id_make(NOON / 1000, (uint8_t[10]){++count});
    operation->at = moment;
    text_copy(operation->actor, sizeof operation->actor, "Priya");
    text_copy(operation->device, sizeof operation->device, "till");
    CU_ASSERT_EQUAL(store_apply(store, operation, 1, outcome, NULL), TK_OK);
    CU_ASSERT_EQUAL(outcome->code, TK_OK);
}

static int64_t schedule(struct store *store, int64_t starts_at)
{
    struct operation operation = {
        .kind = OP_SCHEDULE,
        .schedule = {.starts_at = starts_at, .ends_at = starts_at + TIME_HOUR, .capacity = 50}};
    struct outcome outcome;

    text_copy(operation.schedule.name, sizeof operation.schedule.name, "Up");
    apply(store, &operation, &outcome);
    return outcome.slot_id;
}

static void book(struct store *store, int64_t slot)
{
    struct operation operation = {.kind = OP_BOOK, .book = {.slot = {.id = slot}, .count = 1}};
    struct outcome outcome;

    apply(store, &operation, &outcome);
}

/* The version that the watcher saw last. */
static uint64_t version_seen(struct service *service)
{
    uint64_t seen;

    pthread_mutex_lock(&service->wait_lock);
    seen = service->touched.seen;
    pthread_mutex_unlock(&service->wait_lock);
    return seen;
}

static void wait_for_version(struct service *service, uint64_t version)
{
    while (version_seen(service) < version)
        sched_yield();
}

static size_t count_kept(struct house *house)
{
    size_t count = 0;

    pthread_mutex_lock(&house->service->cache_lock);
    for (size_t i = 0; i < CACHE_LINES; i++)
        count += house->service->cache[i].key != NULL;
    pthread_mutex_unlock(&house->service->cache_lock);
    return count;
}

/* A list "from 10:00" is another one tomorrow, though nothing changed; with a next page, too. */
static void test_relative(void)
{
    static const char *const targets[] = {"/v1/slots?from=10:00", "/v1/slots?from=10:00&limit=1",
                                          "/v1/slots?limit=1&startsAfter=today%2010:00"};
    struct house house;
    int64_t slots[3];

    house_open(&house);
    for (int day = 0; day < 3; day++)
        slots[day] = schedule(house.store, NOON + day * TIME_DAY);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        for (int day = 0; day < 2; day++) {
            moment = NOON - TIME_HOUR + day * TIME_DAY;
            CU_ASSERT_EQUAL(get(&house, targets[i]), 200);
            CU_ASSERT_EQUAL(answer_number(&house.answer, "slots.0.slotId"), slots[day]);
        }
    CU_ASSERT_EQUAL(count_kept(&house), 0);
    CU_ASSERT_EQUAL(get(&house, "/v1/slots?from=2026-11-22T10:00:00Z&limit=1"), 200);
    CU_ASSERT_EQUAL(count_kept(&house), 1);
    house_close(&house);
}

/* --- a sale between the question for the slot and that for its tickets --- */

static struct store_ops meddled;
static const struct store_ops *original;
static _Atomic int64_t sell; /* the slot; 0: no more */

static enum tk_code list_tickets_late(struct store *store, const struct ticket_query *query,
                                      struct ticket_list *list, struct tk_error *error)
{
    int64_t slot = atomic_exchange(&sell, 0);

    if (slot)
        book(store, slot);
    return original->list_tickets(store, query, list, error);
}

/* The workers' stores get `meddled`, which does as they do so far. */
static void meddle(struct house *house)
{
    original = house->service->workers[0].store->ops;
    meddled = *original;
    for (unsigned i = 0; i < house->service->worker_count; i++)
        house->service->workers[i].store->ops = &meddled;
}

static void test_between(void)
{
    struct house house;
    char target[100];
    int64_t slot;

    house_open(&house);
    slot = schedule(house.store, NOON + TIME_DAY);
    book(house.store, slot);
    meddle(&house);
    meddled.list_tickets = list_tickets_late;
    sell = slot;
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?after=1", slot);
    CU_ASSERT_EQUAL(get(&house, target), 200);
    CU_ASSERT_EQUAL(sell, 0);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "slot.seq"), 2);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "slot.sold"), 1);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "seq"), 2);
    CU_ASSERT_EQUAL(json_count(answer_value(&house.answer, "tickets")), 1);
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?after=2&wait=20", slot);
    CU_ASSERT_EQUAL(get(&house, target), 200);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "slot.sold"), 2);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "seq"), 3);
    CU_ASSERT_EQUAL(json_count(answer_value(&house.answer, "tickets")), 1);
    house_close(&house);
}

/* --- another program's sale between a commit and the question which version that made --- */

#define SCHEDULED 2 /* entries of the journal before the first sale */

static struct store *other; /* the other program's */

static enum tk_code version_late(struct store *store, uint64_t *version, struct tk_error *error)
{
    enum tk_code code = original->version(store, version, error);
    int64_t slot = !code && *version > SCHEDULED ? atomic_exchange(&sell, 0) : 0;

    if (!slot)
        return code;
    book(other, slot); /* its entry comes after that of the commit which is being told */
    return original->version(store, version, error);
}

static void test_unseen(void)
{
    struct client client = {.fd = -1};
    struct house house;
    char target[100];
    int64_t slots[SCHEDULED], began;

    house_open(&house);
    for (int i = 0; i < SCHEDULED; i++)
        slots[i] = schedule(house.store, NOON + (i + 1) * TIME_DAY);
    CU_ASSERT_EQUAL_FATAL(
        house.service->options.open_store(house.service->options.context, &other, NULL), TK_OK);
    wait_for_version(house.service, SCHEDULED);
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?after=1&wait=5", slots[1]);
    CU_ASSERT_FATAL(client_open(&client, house.address, HTTP_CALL_MS));
    CU_ASSERT(client_send(&client, "GET", target, NULL, NULL));
    while (!wait_depth(house.service))
        sched_yield();
    original = house.service->peeks[0].office.store->ops;
    meddled = *original;
    meddled.version = version_late;
    for (unsigned i = 0; i < house.service->peek_count; i++) {
        pthread_mutex_lock(&house.service->peeks[i].lock);
        house.service->peeks[i].office.store->ops = &meddled;
        pthread_mutex_unlock(&house.service->peeks[i].lock);
    }
    sell = slots[1];
    began = exchange_clock_us();
    book(house.store, slots[0]);
    CU_ASSERT_EQUAL(sell, 0);
    answer_release(&house.answer);
    house.answer = (struct answer){0};
    CU_ASSERT(client_read(&client, &house.answer));
    CU_ASSERT_EQUAL(answer_number(&house.answer, "seq"), 2);
    CU_ASSERT(exchange_clock_us() - began < 4000000); /* woken, not over */
    client_close(&client);
    store_close(other);
    house_close(&house);
}

/* --- a sale between a look that found nothing and the wait --- */

static struct service *watched;

static enum tk_code list_slots_early(struct store *store, const struct slot_query *query,
                                     struct slot_list *list, struct tk_error *error)
{
    enum tk_code code = original->list_slots(store, query, list, error);
    int64_t slot = atomic_exchange(&sell, 0);

    if (slot) {
        book(store, slot);
        wait_for_version(watched, 2);
    }
    return code;
}

static void test_before_the_wait(void)
{
    struct house house;
    char target[100];
    int64_t slot, began;

    house_open(&house);
    slot = schedule(house.store, NOON + TIME_DAY);
    watched = house.service;
    wait_for_version(watched, 1);
    meddle(&house);
    meddled.list_slots = list_slots_early;
    sell = slot;
    began = exchange_clock_us();
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?after=1&wait=8", slot);
    CU_ASSERT_EQUAL(get(&house, target), 200);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "seq"), 2);
    CU_ASSERT(exchange_clock_us() - began < 7000000);
    house_close(&house);
}

SUITE(v1_moments, {"a sale just before the wait begins ends it", test_before_the_wait},
      {"a sale that another program slips in wakes who waits for it", test_unseen},
      {"a list from 10:00 is not kept for tomorrow", test_relative},
      {"the feed does not run ahead of the showing", test_between})
