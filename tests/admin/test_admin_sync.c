/* A till with a centre from the command line: sync, allotments, disputes, doctor, and what waits while the
   centre is away. */
#include <time.h>
#include <unistd.h>

#include "core/box_office.h"
#include "core/text.h"
#include "data/sqlite/sqlite_store.h"
#include "data/site_ring.h"
#include "tests/admin/world.h"
#include "tests/support/fixture.h"
#include "ui/settings.h"

/* A centre's folder, and a till's whose centre is that file. */
struct pair {
    struct world centre, till;
    char address[300];
    const char *environment[2];
};

static void pair_init(struct pair *pair)
{
    world_init(&pair->centre);
    world_init(&pair->till);
    RUN_OK(&pair->centre, "slots"); /* makes it */
    snprintf(pair->address, sizeof pair->address, "TICKETLY_CENTRAL_ADDRESS=%s",
             pair->centre.store);
    pair->environment[0] = pair->address;
    pair->environment[1] = NULL;
    pair->till.options.environment = pair->environment;
}

static void pair_release(struct pair *pair)
{
    world_release(&pair->centre);
    world_release(&pair->till);
}

/* Takes the centre away, or brings it back. */
static void move_centre(const struct pair *pair, bool back)
{
    char away[300];

    snprintf(away, sizeof away, "%s.away", pair->centre.store);
    CU_ASSERT(rename(back ? away : pair->centre.store, back ? pair->centre.store : away) == 0);
}

static bool has(const char *text, const char *part)
{
    bool there = strstr(text, part) != NULL;

    if (!there)
        printf("    no “%s” in: %s\n", part, text);
    return there;
}

/* --- sync --- */

static void test_sync(void)
{
    struct pair p;

    pair_init(&p);
    world_schedule(&p.centre, "Metropolis", "20");
    RUN_OK(&p.till, "sync");
    CU_ASSERT(has(p.till.run.out, p.centre.store));
    CU_ASSERT(has(p.till.run.out, "Standing     good\n"));
    CU_ASSERT(has(p.till.run.out, "Waiting      0 operations\n"));
    world_schedule(&p.centre, "Sunrise", "20");
    RUN_OK(&p.till, "sync", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(p.till.json, "standing"), "good");
    CU_ASSERT_EQUAL(member_number(p.till.json, "pushed"), 0);
    CU_ASSERT_EQUAL(member_number(p.till.json, "waiting"), 0);
    CU_ASSERT_EQUAL(member_number(p.till.json, "refused"), 0);
    CU_ASSERT(member_number(json_object_get(p.till.json, "pulled"), "slots") >= 0);
    RUN_OK(&p.till, "slots", "--json");
    CU_ASSERT_EQUAL(json_array_size(p.till.json), 2);
    pair_release(&p);
}

static void test_sync_without_a_centre(void)
{
    struct world w;

    world_init(&w);
    REFUSED(&w, "usage", 2, "sync");
    CU_ASSERT(has(w.run.err, "There is no centre: set central.address or give --central."));
    world_release(&w);
}

static void test_centre_away(void)
{
    struct pair p;
    const char *slot;

    pair_init(&p);
    slot = world_schedule(&p.centre, "Metropolis", "20");
    move_centre(&p, false);
    REFUSED(&p.till, "unavailable", 69, "slots"); /* there is no copy yet */
    move_centre(&p, true);
    RUN_OK(&p.till, "sync");
    move_centre(&p, false);
    REFUSED(&p.till, "unavailable", 69, "sync");
    CU_ASSERT_EQUAL(RUN(&p.till, "sync"), 69);
    CU_ASSERT(has(p.till.run.err, "The centre is away. "));
    REFUSED(&p.till, "config", 78, "keys", "list");
    CU_ASSERT_EQUAL(RUN(&p.till, "slots"), 0); /* of the copy, and it says so */
    CU_ASSERT(has(p.till.run.err, "The box office is away: as of "));
    CU_ASSERT_EQUAL(RUN(&p.till, "verify"), 0);
    CU_ASSERT(has(p.till.run.out, "That is this till's copy, not the box office itself.\n"));
    CU_ASSERT_EQUAL(RUN(&p.till, "expire"), 0);
    CU_ASSERT_STRING_EQUAL(p.till.run.out, "The centre looks after this by itself.\n");
    RUN_OK(&p.till, "slots", "--json");
    CU_ASSERT_EQUAL(json_array_size(p.till.json), 1);
    REFUSED(&p.till, "needs_centre", 69, "schedule", "--name", "Sunrise", "--description", "A.",
            "--start", "today+3 20:00", "--end", "today+3 22:00", "--type", "Movie", "--genre",
            "Drama");
    CU_ASSERT(has(p.till.run.err, "The box office is away: this has to wait until it is back."));
    REFUSED(&p.till, "needs_centre", 69, "allotment", "write-off", "till-2", "--yes");
    REFUSED(&p.till, "not_allotted", 1, "book", "--slot", slot, "--count", "1");
    CU_ASSERT_EQUAL(RUN(&p.till, "doctor", "--json"), 1);
    CU_ASSERT(has(p.till.run.out, "\"check\":\"centre\",\"state\":\"bad\""));
    move_centre(&p, true);
    RUN(&p.till, "doctor", "--json");
    CU_ASSERT(has(p.till.run.out, "\"check\":\"centre\",\"state\":\"ok\""));
    CU_ASSERT(has(p.till.run.out, "\"check\":\"offset\",\"state\":\"ok\""));
    CU_ASSERT(has(p.till.run.out, "\"check\":\"waiting\",\"state\":\"ok\""));
    CU_ASSERT(has(p.till.run.out, "\"check\":\"standing\",\"state\":\"ok\""));
    CU_ASSERT(has(p.till.run.out, "\"check\":\"mark\",\"state\":\"ok\""));
    pair_release(&p);
}

static void test_centre_that_is_none(void)
{
    static const char *const places[][2] = {
        {"/etc/passwd", "/etc/passwd is not a box office file."},
        {"/tmp", "/tmp is a folder: name the box office file in it."},
        {"/no-such/x.db", "the folder /no-such is not there either"},
    };
    struct pair p;

    pair_init(&p);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(p.address, sizeof p.address, "TICKETLY_CENTRAL_ADDRESS=%s", places[i][0]);
        CU_ASSERT(RUN(&p.till, "slots") != 0);
        CU_ASSERT(has(p.till.run.err, places[i][1]));
        CU_ASSERT(!strstr(p.till.run.err, "key"));
    }
    pair_release(&p);
}

/* --- what tills did, by the operations that tell of it --- */

static int64_t real_now(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

struct hand {
    struct fixture fixture; /* for its ports alone */
    struct site_ring *ring;
    struct store *store;
    struct box_office office;
};

/* Opens the world's box office in this process, as the program does. */
static void hand_init(struct hand *hand, struct world *world)
{
    struct settings settings;
    struct crypto_key root;
    struct keyfile key;
    struct sqlite_options options = {.path = world->store, .now = real_now,
                                     .random = fixture_random, .context = &hand->fixture};

    *hand = (struct hand){.fixture = {.random = test_seed()}};
    hand->office.ports = (struct office_ports){real_now, fixture_random, &hand->fixture, {0}};
    if (keyfile_beside(&key, world->store, NULL) ||
        site_ring_open(&key, false, &hand->office.ports, &hand->ring, NULL))
        abort();
    root = site_ring_root(hand->ring);
    options.digest_key = crypto_derive(&root, "digest\0\0", 0);
    settings_init(&settings);
    options.rules = settings_rules(&settings);
    if (sqlite_store_open(&options, &hand->store, NULL))
        abort();
    hand->office.store = hand->store;
    snprintf(hand->office.actor, sizeof hand->office.actor, "Sam");
    snprintf(hand->office.device, sizeof hand->office.device, "till-2");
}

static void hand_release(struct hand *hand)
{
    store_close(hand->store);
    site_ring_close(hand->ring);
}

static enum tk_code apply(struct hand *hand, enum op_kind kind, struct operation *operation)
{
    struct outcome outcome = {0};
    enum tk_code code = office_make(&hand->office, kind, NULL, operation, NULL);

    if (!code)
        code = store_apply(hand->store, operation, 1, &outcome, NULL);
    return code ? code : outcome.code;
}

/* till-2 joins and holds so many places. */
static void grant(struct hand *hand, const char *slot, int64_t places)
{
    struct operation join = {.join = {.replica = office_make_id(&hand->office)}};
    struct operation granted = {
        .grant = {.slot_id = strtoll(slot, NULL, 10), .holder = "till-2", .granted = places}};

    CU_ASSERT_EQUAL(apply(hand, OP_JOIN, &join), TK_OK);
    CU_ASSERT_EQUAL(apply(hand, OP_GRANT, &granted), TK_OK);
}

static void test_allotments(void)
{
    struct world w;
    struct hand hand;
    char slot[32];

    world_init(&w);
    snprintf(slot, sizeof slot, "%s", world_schedule(&w, "Metropolis", "20"));
    RUN_OK(&w, "allotments");
    CU_ASSERT_STRING_EQUAL(w.run.out, "No till holds places.\n");
    RUN_OK(&w, "allotments", "--json");
    CU_ASSERT(json_is_array(w.json) && json_array_size(w.json) == 0);
    hand_init(&hand, &w);
    grant(&hand, slot, 7);
    hand_release(&hand);
    RUN_OK(&w, "allotments");
    CU_ASSERT(has(w.run.out, "Metropolis"));
    CU_ASSERT(has(w.run.out, "till-2"));
    RUN_OK(&w, "allotments", "--slot", slot, "--till", "till-2", "--json");
    CU_ASSERT_EQUAL(member_number(json_array_get(w.json, 0), "held"), 7);
    RUN_OK(&w, "allotments", "--till", "till-3", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    REFUSED(&w, "bad_id", 1, "allotments", "--slot", "x");
    REFUSED(&w, "not_enough_places", 1, "book", "--slot", slot, "--count", "14");
    CU_ASSERT(has(w.run.err, "Only 13 places are left for Metropolis, "));
    CU_ASSERT(has(w.run.err, "; 7 more are held by other tills and may come back."));
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

static void test_write_off(void)
{
    struct world w;
    struct hand hand;
    char slot[32];

    world_init(&w);
    snprintf(slot, sizeof slot, "%s", world_schedule(&w, "Metropolis", "20"));
    REFUSED(&w, "not_joined", 1, "allotment", "write-off", "till-2", "--yes");
    hand_init(&hand, &w);
    grant(&hand, slot, 7);
    hand_release(&hand);
    REFUSED(&w, "usage", 2, "allotment", "write-off", "till-2");
    CU_ASSERT(has(w.run.err, "Only with --yes"));
    REFUSED(&w, "usage", 2, "allotment", "write-off");
    REFUSED(&w, "usage", 2, "allotment");
    CU_ASSERT(has(w.run.err, "allotment write-off"));
    RUN_OK(&w, "allotments", "--json");
    CU_ASSERT_EQUAL(member_number(json_array_get(w.json, 0), "held"), 7); /* nothing happened */
    RUN_OK(&w, "allotment", "write-off", "till-2", "--yes", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "places"), 7);
    CU_ASSERT(json_is_true(json_object_get(w.json, "numbersDenied")));
    RUN_OK(&w, "allotments", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    RUN_OK(&w, "allotment", "write-off", "till-2", "--yes");
    CU_ASSERT(has(w.run.out, "Nothing is held by “till-2” any more.\n"));
    RUN_OK(&w, "allotments", "--all", "--json");
    CU_ASSERT_EQUAL(member_number(json_array_get(w.json, 0), "writtenOff"), 7);
    RUN_OK(&w, "slots", "--json");
    CU_ASSERT_EQUAL(member_number(json_array_get(w.json, 0), "availTickets"), 20);
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

/* --- disputes --- */

/* Two sales that were made cut off by a till that holds nothing. */
static void dispute(struct world *world, const char *slot)
{
    struct hand hand;

    hand_init(&hand, world);
    for (int i = 0; i < 2; i++) {
        struct operation book = {
            .cut_off = true,
            .book = {.slot = {.id = strtoll(slot, NULL, 10)}, .count = 1 + i}};

        text_copy(book.book.customer_name, CUSTOMER_NAME_SIZE, i ? "" : "Ada Lovelace");
        text_copy(book.book.customer_phone, CUSTOMER_PHONE_SIZE, i ? "" : "+442079460000");
        CU_ASSERT(apply(&hand, OP_BOOK, &book) != TK_OK);
    }
    hand_release(&hand);
}

static void test_disputes(void)
{
    char slot[32], id[64], end[16];
    struct world w;

    world_init(&w);
    snprintf(slot, sizeof slot, "%s", world_schedule(&w, "Metropolis", "20"));
    RUN_OK(&w, "disputes");
    CU_ASSERT_STRING_EQUAL(w.run.out, "There are no open disputes.\n");
    dispute(&w, slot);
    RUN_OK(&w, "disputes");
    CU_ASSERT(has(w.run.out, "a sale of 2 tickets"));
    CU_ASSERT(has(w.run.out, "till-2"));
    CU_ASSERT(has(w.run.out, "Metropolis"));
    CU_ASSERT(has(w.run.out, "Ada Lovelace, +442079460000"));
    RUN_OK(&w, "disputes", "--json");
    CU_ASSERT_EQUAL_FATAL(json_array_size(w.json), 2);
    CU_ASSERT_STRING_EQUAL(member_text(json_array_get(w.json, 1), "userName"), "Ada Lovelace");
    snprintf(id, sizeof id, "%s", member_text(json_array_get(w.json, 0), "disputeId"));
    CU_ASSERT_EQUAL_FATAL(strlen(id), 36);
    REFUSED(&w, "usage", 2, "dispute", "close", id);
    REFUSED(&w, "bad_reason", 1, "dispute", "close", id, "--reason", " ");
    REFUSED(&w, "bad_id", 1, "dispute", "close", id + 31, "--reason", "Paid back.");
    REFUSED(&w, "dispute_not_found", 1, "dispute", "close", "zzzzzz", "--reason", "Paid back.");
    snprintf(end, sizeof end, "%s", id + 28);
    RUN_OK(&w, "dispute", "close", end, "--reason", "Paid back.", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "disputeId"), id);
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "reason"), "Paid back.");
    CU_ASSERT(strlen(member_text(w.json, "closedBy")) > 0);
    REFUSED(&w, "dispute_closed", 1, "dispute", "close", id, "--reason", "Again.");
    RUN_OK(&w, "disputes", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "disputes", "--all", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 2);
    CU_ASSERT_STRING_EQUAL(member_text(json_array_get(w.json, 1), "disputeId"), id); /* below */
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

SUITE(admin_sync, {"sync says what it sent and fetched", test_sync},
      {"sync without a centre is refused", test_sync_without_a_centre},
      {"what is no box office is told as that", test_centre_that_is_none},
      {"with the centre away the copy answers, and changes wait", test_centre_away},
      {"allotments are listed", test_allotments},
      {"a write-off needs a yes, and the places come back", test_write_off},
      {"disputes are listed, and closed by their end with a reason", test_disputes})
