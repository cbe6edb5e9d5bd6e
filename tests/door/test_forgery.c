/*
 * Passes that nobody made, against the keys of 20 showings that are admitted at once: random ones,
 * and genuine ones with one character changed, two characters exchanged, two halves put together,
 * or made for a showing that is not admitted. Every key is tried on every one; some go the whole
 * way of a scan. TICKETLY_LONG=1 (`make forgery`) has ten million.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/admission.h"
#include "core/text.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

#define OPEN 20          /* slots that are admitted */
#define SLOTS (OPEN + 4) /* … and some that are not */
#define TICKETS 10       /* of each */
#define RANDOM (test_is_long() ? 9000000 : 1000000)
#define TAMPERED (test_is_long() ? 1000000 : 100000)
#define SCANNED 4000
#define THREADS 2

struct house {
    int64_t ids[SLOTS];
    struct crypto_key keys[SLOTS];
    char passes[SLOTS][TICKETS][PASS_SIZE];
};

/* What one thread tries. */
struct share {
    const struct house *house;
    uint64_t seed;
    int count;
    void (*make)(const struct house *house, uint64_t *seed, char pass[PASS_SIZE]);
    int64_t tried, accepted;
    char first[PASS_SIZE]; /* accepted */
};

static void digits_of(char *text, int count, uint64_t *seed)
{
    base32_print(text, test_random(seed), count);
}

/* Any pass, or any MAC behind the number of a ticket that there is. */
static void make_random(const struct house *house, uint64_t *seed, char pass[PASS_SIZE])
{
    digits_of(pass, 10, seed);
    if (test_random_below(seed, 2))
        memcpy(pass,
               house->passes[test_random_below(seed, SLOTS)][test_random_below(seed, TICKETS)], 10);
    digits_of(pass + 10, 10, seed);
}

static const char *any_genuine(const struct house *house, uint64_t *seed)
{
    return house->passes[test_random_below(seed, OPEN)][test_random_below(seed, TICKETS)];
}

static void change_one(const struct house *house, uint64_t *seed, char pass[PASS_SIZE])
{
    size_t at = test_random_below(seed, PASS_LENGTH);
    char before = pass[at], other[2];

    (void)house;
    do
        digits_of(other, 1, seed);
    while (other[0] == before);
    pass[at] = other[0];
}

static void exchange_two(const struct house *house, uint64_t *seed, char pass[PASS_SIZE])
{
    size_t from, to;
    char before;

    (void)house;
    do {
        from = test_random_below(seed, PASS_LENGTH);
        to = test_random_below(seed, PASS_LENGTH);
    } while (pass[from] == pass[to]);
    before = pass[from];
    pass[from] = pass[to];
    pass[to] = before;
}

static void exchange_halves(const struct house *house, uint64_t *seed, char pass[PASS_SIZE])
{
    const char *other;

    do
        other = any_genuine(house, seed);
    while (memcmp(other, pass, PASS_LENGTH) == 0);
    memcpy(pass + 10, other + 10, 10);
}

static void take_closed(const struct house *house, uint64_t *seed, char pass[PASS_SIZE])
{
    memcpy(pass,
           house->passes[OPEN + test_random_below(seed, SLOTS - OPEN)]
                        [test_random_below(seed, TICKETS)],
           PASS_SIZE);
}

static void make_tampered(const struct house *house, uint64_t *seed, char pass[PASS_SIZE])
{
    static void (*const ways[])(const struct house *, uint64_t *, char[PASS_SIZE]) = {
        change_one, change_one, exchange_two, exchange_two, exchange_halves, take_closed};

    memcpy(pass, any_genuine(house, seed), PASS_SIZE);
    ways[test_random_below(seed, sizeof ways / sizeof ways[0])](house, seed, pass);
}

static bool is_accepted(const struct house *house, const char pass[PASS_SIZE])
{
    bool accepted = false;

    for (int i = 0; i < OPEN; i++)
        accepted |= pass_check(pass, &house->keys[i], house->ids[i]);
    return accepted;
}

static void *try_share(void *context)
{
    struct share *share = context;
    char made[PASS_SIZE], pass[PASS_SIZE];
    uint64_t ticket;

    for (int i = 0; i < share->count; i++) {
        share->make(share->house, &share->seed, made);
        share->tried++;
        if (pass_parse(made, &ticket, pass) && is_accepted(share->house, pass) &&
            share->accepted++ == 0)
            memcpy(share->first, pass, sizeof pass);
    }
    return NULL;
}

static void try_all(const struct house *house, int count,
                    void (*make)(const struct house *, uint64_t *, char[PASS_SIZE]))
{
    struct share shares[THREADS];
    pthread_t threads[THREADS];
    int64_t tried = 0;

    for (int i = 0; i < THREADS; i++) {
        shares[i] = (struct share){.house = house,
                                   .seed = test_seed() * THREADS + (uint64_t)i,
                                   .count = count / THREADS,
                                   .make = make};
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, try_share, &shares[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CU_ASSERT_EQUAL(shares[i].accepted, 0);
        if (shares[i].accepted)
            printf("    accepted: %s\n", shares[i].first);
        tried += shares[i].tried;
    }
    CU_ASSERT_EQUAL(tried, count);
}

/* --- the house --- */

static void sell(struct fixture *fixture, struct house *house, int slot)
{
    struct ticket_view_list sold = {0};
    struct ticket_query query = TICKET_QUERY_ALL;

    house->ids[slot] =
        fixture_schedule(fixture, "Metropolis", slot < OPEN ? slot * TIME_MINUTE : TIME_DAY, 20);
    house->keys[slot] = pass_slot_key(&fixture->site_key, house->ids[slot]);
    CU_ASSERT_EQUAL_FATAL(
        fixture_book(fixture, house->ids[slot], TICKETS, NULL, NULL, &query.sale_id), TK_OK);
    CU_ASSERT_EQUAL_FATAL(office_tickets(&fixture->office, &query, &sold, NULL), TK_OK);
    for (size_t i = 0; i < sold.count; i++)
        CU_ASSERT_TRUE(office_pass(&fixture->office, &sold.items[i], house->passes[slot][i]));
    ticket_view_list_release(&sold);
}

/* The same eyes see what is genuine: each open showing's passes, and no closed one's. */
static void house_init(struct fixture *fixture, struct house *house)
{
    fixture_init(fixture);
    for (int slot = 0; slot < SLOTS; slot++)
        sell(fixture, house, slot);
    for (int slot = 0; slot < SLOTS; slot++)
        for (int i = 0; i < TICKETS; i++)
            CU_ASSERT_EQUAL(is_accepted(house, house->passes[slot][i]), slot < OPEN);
}

static void test_random_passes(void)
{
    struct fixture fixture;
    struct house house;

    house_init(&fixture, &house);
    try_all(&house, RANDOM, make_random);
    fixture_release(&fixture);
}

static void test_tampered_passes(void)
{
    struct fixture fixture;
    struct house house;

    house_init(&fixture, &house);
    try_all(&house, TAMPERED, make_tampered);
    fixture_release(&fixture);
}

/* --- through a scan --- */

/* Whether a code is a genuine pass as another keyboard's layout sends it: Y for Z makes one that.
 */
static bool is_garbled(const struct house *house, const char *code)
{
    struct scan_reading readings[SCAN_LAYOUT_COUNT];
    size_t count = scan_read(code, readings);

    for (size_t i = 0; i < count; i++)
        for (int slot = 0; slot < OPEN; slot++)
            for (int k = 0; k < TICKETS; k++)
                if (memcmp(readings[i].pass, house->passes[slot][k], PASS_LENGTH) == 0)
                    return true;
    return false;
}

/* All readings of a forged pass are tried. */
static void scan_forged(struct fixture *fixture, const struct house *house, uint64_t *seed,
                        struct admission_plan *plan)
{
    struct admission_request request = {.count = 1};
    struct admission said = {0};
    char pass[PASS_SIZE];

    do
        (test_random_below(seed, 2) ? make_random : make_tampered)(house, seed, pass);
    while (is_garbled(house, pass));
    request.code = pass;
    if (test_random_below(seed, 2)) {
        request.slot_ids = house->ids;
        request.slot_count = OPEN;
    }
    CU_ASSERT_EQUAL(admission_begin(&fixture->office, &request, plan, &said, NULL), TK_OK);
    CU_ASSERT_EQUAL(plan->count, 0);
    if (said.verdict == VERDICT_NOT_GENUINE) {
        CU_ASSERT_EQUAL(said.ticket_id, 0);
        CU_ASSERT_STRING_EQUAL(said.slot_name, "");
    } else if (said.verdict != VERDICT_UNREADABLE) { /* take_closed: a showing of tomorrow */
        CU_ASSERT_EQUAL(said.verdict, request.slot_count ? VERDICT_WRONG_SLOT : VERDICT_TOO_EARLY);
    }
}

static void test_scanned(void)
{
    struct fixture fixture;
    struct house house;
    struct admission_plan *plan = malloc(sizeof *plan);
    uint64_t seed = test_seed();

    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    house_init(&fixture, &house);
    for (int i = 0; i < SCANNED; i++)
        scan_forged(&fixture, &house, &seed, plan);
    for (int slot = 0; slot < OPEN; slot++) { /* and a genuine one goes on to the store */
        struct admission_request request = {.code = house.passes[slot][0], .count = 1};
        struct admission said;

        CU_ASSERT_EQUAL(admission_begin(&fixture.office, &request, plan, &said, NULL), TK_OK);
        CU_ASSERT_EQUAL(plan->count, 1);
    }
    free(plan);
    fixture_release(&fixture);
}

SUITE(forgery, {"no random pass is good at any of 20 showings", test_random_passes},
      {"no genuine pass that was changed, swapped or is another showing's is",
       test_tampered_passes},
      {"nor does any of them come through a scan", test_scanned})
