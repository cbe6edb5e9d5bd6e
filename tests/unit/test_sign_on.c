/* Signing on: secrets, the guard of a device, and the file that keeps it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/box_office_staff.h"
#include "data/sign_on_file.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

#define ADA 1001 /* an administrator */
#define BOB 1042 /* a clerk */
#define CYD 1043 /* a clerk who left */
#define DOT 1044 /* a clerk without a PIN */
#define ADA_PIN "482913"
#define BOB_PIN "771204"

/* --- secrets --- */

static void test_secrets(void)
{
    static const char *const bad_pins[] = {"",       "12345",    "000000", "111111111", "123456",
                                           "654321", "890123",   "12345a", "48291 3",   "٤٨٢٩١٣",
                                           "210987", "01234567", "+48291", "4829,13"};
    static const char *const good_pins[] = {"482913", "112233", "000001", "123455", "135791"};
    static const char *const bad_words[] = {"",
                                            "fourteen chars",
                                            "aaaaaaaaaaaaaaaaaaaa",
                                            "123456789012345",
                                            "correct\thorse\nbattery\x01",
                                            "\xFF\xFE 23456789012345"};
    char huge[SECRET_MAX + 2];

    for (size_t i = 0; i < sizeof bad_pins / sizeof bad_pins[0]; i++)
        CU_ASSERT_EQUAL(secret_check(SECRET_PIN, bad_pins[i], NULL), TK_BAD_PIN);
    for (size_t i = 0; i < sizeof good_pins / sizeof good_pins[0]; i++)
        CU_ASSERT_EQUAL(secret_check(SECRET_PIN, good_pins[i], NULL), TK_OK);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(secret_check(SECRET_PASSWORD, bad_words[i], NULL), TK_BAD_PIN);
    CU_ASSERT_EQUAL(secret_check(SECRET_PASSWORD, bad_words[5], NULL), TK_BAD_PIN);
    CU_ASSERT_EQUAL(secret_check(SECRET_PASSWORD, "correct horse battery", NULL), TK_OK);
    CU_ASSERT_EQUAL(secret_check(SECRET_PASSWORD, "ääääääööööööüüü", NULL), TK_OK); /* 15 */
    memset(huge, 'x', sizeof huge);
    huge[0] = 'y';
    huge[SECRET_MAX + 1] = '\0';
    CU_ASSERT_EQUAL(secret_check(SECRET_PASSWORD, huge, NULL), TK_BAD_PIN);
    huge[SECRET_MAX] = '\0';
    CU_ASSERT_EQUAL(secret_check(SECRET_PASSWORD, huge, NULL), TK_OK);
}

static void test_verifier(void)
{
    struct crypto_key site = {{7}}, pepper = sign_on_pepper(&site), other = {{8}};
    char verifier[VERIFIER_SIZE], again[VERIFIER_SIZE];
    bool fits;

    CU_ASSERT_EQUAL_FATAL(secret_make(verifier, &pepper, BOB, "correct h\u00F6rse battery"), TK_OK);
    CU_ASSERT_EQUAL_FATAL(secret_make(again, &pepper, BOB, "correct h\u00F6rse battery"), TK_OK);
    CU_ASSERT(strncmp(verifier, "$argon2id$v=19$m=65536,t=2,p=1$", 31) == 0);
    CU_ASSERT_NOT_EQUAL(strcmp(verifier, again), 0); /* each has its own salt */
    CU_ASSERT(!secret_try(verifier, &pepper, BOB, "correct h\u00F6rse battery", &fits) && fits);
    /* the same letters, composed otherwise */
    CU_ASSERT(!secret_try(verifier, &pepper, BOB, "correct ho\u0308rse battery", &fits) && fits);
    CU_ASSERT(!secret_try(verifier, &pepper, BOB, "correct horse battery", &fits) && !fits);
    CU_ASSERT(!secret_try(verifier, &pepper, ADA, "correct h\u00F6rse battery", &fits) && !fits);
    CU_ASSERT(!secret_try(verifier, &other, BOB, "correct h\u00F6rse battery", &fits) && !fits);
    CU_ASSERT(!secret_try("", &pepper, BOB, "", &fits) && !fits);
}

/* --- the guard --- */

#define T0 FIXTURE_NOW

static int64_t wait_of(const struct sign_on_guard *guard, int64_t now, bool *locked)
{
    int64_t at = sign_on_next_at(guard, now, locked);

    return at > now ? at - now : 0;
}

static void test_waits(void)
{
    static const int64_t seconds[] = {0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960};
    struct sign_on_guard guard = {0};
    int64_t now = T0;
    bool locked;

    CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), 0);
    for (int i = 0; i < 11; i++) {
        CU_ASSERT(!sign_on_note_failure(&guard, BOB, now));
        CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), seconds[i] * TIME_SECOND);
        CU_ASSERT(!locked);
        now += seconds[i] * TIME_SECOND;
        CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), 0);
    }
    CU_ASSERT(sign_on_note_failure(&guard, BOB, now));
    CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), 0); /* a supervisor, at once */
    CU_ASSERT(locked);
    CU_ASSERT(!sign_on_note_failure(&guard, ADA, now));
    CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), SIGN_ON_LOCKED_WAIT);
    now += 400 * TIME_DAY; /* a lock does not go by itself */
    CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), 0);
    CU_ASSERT(locked);
}

static void test_forgiven(void)
{
    struct sign_on_guard guard = {0};
    int64_t now = T0;
    bool locked;

    for (int i = 0; i < 4; i++)
        sign_on_note_failure(&guard, ADA, now);
    sign_on_note_failure(&guard, BOB, now);
    sign_on_note_failure(&guard, 0, now);
    CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), 30 * TIME_SECOND);
    /* one's own success forgets one's own alone */
    CU_ASSERT_EQUAL(sign_on_note_success(&guard, BOB, ROLE_CLERK, now), TK_OK);
    CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), 0);
    sign_on_note_failure(&guard, BOB, now);
    CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), 30 * TIME_SECOND);
    /* a supervisor's is no better while the device is not locked: he could guess without end */
    CU_ASSERT_EQUAL(sign_on_note_success(&guard, 7, ROLE_SUPERVISOR, now), TK_OK);
    CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), 30 * TIME_SECOND);
    /* a day later all is forgotten */
    CU_ASSERT_EQUAL(wait_of(&guard, now + SIGN_ON_REMEMBER - 1, &locked), 0);
    sign_on_note_failure(&guard, BOB, now + SIGN_ON_REMEMBER - 1);
    CU_ASSERT_EQUAL(wait_of(&guard, now + SIGN_ON_REMEMBER - 1, &locked), 60 * TIME_SECOND);
    now += 3 * SIGN_ON_REMEMBER;
    sign_on_note_failure(&guard, BOB, now);
    CU_ASSERT_EQUAL(wait_of(&guard, now, &locked), 0);
}

static void test_locked(void)
{
    struct sign_on_guard guard = {0};
    bool locked;

    for (int i = 0; i < SIGN_ON_LOCK; i++)
        sign_on_note_failure(&guard, 1 + i, T0);
    CU_ASSERT_EQUAL(sign_on_note_success(&guard, BOB, ROLE_CLERK, T0 + 1), TK_SIGN_ON_LOCKED);
    CU_ASSERT_EQUAL(wait_of(&guard, T0 + 1, &locked), SIGN_ON_LOCKED_WAIT);
    CU_ASSERT_EQUAL(sign_on_note_success(&guard, BOB, ROLE_AUDITOR, T0 + 1), TK_SIGN_ON_LOCKED);
    CU_ASSERT_EQUAL(sign_on_note_success(&guard, ADA, ROLE_SUPERVISOR, T0 + 2), TK_OK);
    CU_ASSERT_EQUAL(wait_of(&guard, T0 + 2, &locked), 0);
    CU_ASSERT(!locked);
    for (int i = 0; i < SIGN_ON_FREE; i++)
        sign_on_note_failure(&guard, BOB, T0 + 3);
    CU_ASSERT_EQUAL(wait_of(&guard, T0 + 3, &locked), 0); /* all was forgotten */
}

/* However many numbers are tried, they all count. */
static void test_many_numbers(void)
{
    uint64_t seed = test_seed();

    for (int round = 0; round < 200; round++) {
        struct sign_on_guard guard = {0};
        int failures = 0;
        bool locked = false;

        while (!locked) {
            int64_t number = (int64_t)test_random_below(&seed, 3000000000u) - 5;

            sign_on_note_failure(&guard, number, T0);
            failures++;
            sign_on_next_at(&guard, T0, &locked);
        }
        CU_ASSERT_EQUAL(failures, SIGN_ON_LOCK);
        for (int i = 0; i < 100; i++)
            sign_on_note_failure(&guard, i, T0);
        CU_ASSERT_EQUAL(sign_on_note_success(&guard, 1, ROLE_CLERK, T0), TK_SIGN_ON_LOCKED);
    }
}

/* Nobody waits longer because a clock was wrong, and a failure counts all the same. */
static void test_clock_set_back(void)
{
    struct sign_on_guard guard = {0};
    bool locked;

    for (int i = 0; i < SIGN_ON_LOCK - 1; i++)
        sign_on_note_failure(&guard, BOB, T0 + 365 * TIME_DAY);
    CU_ASSERT_EQUAL(wait_of(&guard, T0, &locked), 0);
    CU_ASSERT(sign_on_note_failure(&guard, BOB, T0));
    guard.tried_at = T0 + 365 * TIME_DAY;
    CU_ASSERT_EQUAL(wait_of(&guard, T0, &locked), 0);
    CU_ASSERT(locked);
}

/* --- where it is kept --- */

struct house {
    struct fixture f;
    struct sign_on_file *signs;
    struct crypto_key pepper;
    char key[300];
};

static void put(struct house *house, int64_t number, const char *name, enum role role,
                const char *pin)
{
    struct operation operation = {.staff = {.number = number, .role = role}};
    struct outcome outcome;

    snprintf(operation.staff.name, sizeof operation.staff.name, "%s", name);
    CU_ASSERT_EQUAL_FATAL(office_put_staff(&house->f.office, &operation.staff, NULL, NULL), TK_OK);
    if (!pin)
        return;
    operation = (struct operation){.pin = {.number = number}};
    CU_ASSERT_EQUAL_FATAL(sign_on_file_make(house->signs, number, pin, operation.pin.pin, NULL),
                          TK_OK);
    CU_ASSERT_EQUAL_FATAL(sign_on_file_make(house->signs, number, "correct horse battery",
                                            operation.pin.password, NULL),
                          TK_OK);
    CU_ASSERT_EQUAL_FATAL(office_make(&house->f.office, OP_PIN, NULL, &operation, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(store_apply(house->f.store, &operation, 1, &outcome, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(outcome.code, TK_OK);
}

static void reopen(struct house *house)
{
    sign_on_file_close(house->signs);
    CU_ASSERT_EQUAL_FATAL(sign_on_file_open(house->key, &house->pepper, &house->signs, NULL),
                          TK_OK);
}

static void house_init(struct house *house)
{
    struct op_staff left = {.number = CYD, .name = "Cyd", .role = ROLE_CLERK, .left = true};

    fixture_init(&house->f);
    house->signs = NULL;
    house->pepper = sign_on_pepper(&house->f.site_key);
    snprintf(house->key, sizeof house->key, "%s/site.key", house->f.folder);
    reopen(house);
    put(house, ADA, "Ada", ROLE_ADMIN, ADA_PIN);
    put(house, BOB, "Bob", ROLE_CLERK, BOB_PIN);
    put(house, CYD, "Cyd", ROLE_CLERK, BOB_PIN);
    put(house, DOT, "Dot", ROLE_CLERK, NULL);
    CU_ASSERT_EQUAL(office_put_staff(&house->f.office, &left, NULL, NULL), TK_OK);
}

static void house_release(struct house *house)
{
    sign_on_file_close(house->signs);
    fixture_release(&house->f);
}

static enum tk_code say(struct house *house, const char *device, int64_t number, const char *secret,
                        const char **event)
{
    struct sign_on_try tried = {.device = device,
                                .enrolled = true,
                                .number = number,
                                .secret = secret,
                                .now = house->f.now};
    struct staff staff = {0};
    enum tk_code code = sign_on_file_try(house->signs, house->f.store, &tried, &staff, event, NULL);

    if (!code)
        CU_ASSERT(staff.number == number && !staff.pin[0] && !staff.password[0]);
    return code;
}

static void test_answers(void)
{
    static const struct {
        int64_t number;
        const char *secret;
    } wrong[] = {{BOB, "771205"},
                 {BOB, ""},
                 {BOB, ADA_PIN},
                 {CYD, BOB_PIN},
                 {DOT, BOB_PIN},
                 {DOT, ""},
                 {4711, BOB_PIN},
                 {0, BOB_PIN},
                 {-1, BOB_PIN},
                 {INT64_MAX, BOB_PIN},
                 {BOB, "correct horse batter"}};
    struct sign_on_try password = {.device = "far", .number = BOB, .now = T0};
    struct staff staff;
    const char *event;
    struct house house;
    char device[40];

    house_init(&house);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(device, sizeof device, "till-%zu", i);
        CU_ASSERT_EQUAL(say(&house, device, wrong[i].number, wrong[i].secret, &event),
                        TK_WRONG_PIN);
        CU_ASSERT_STRING_EQUAL(event ? event : "", "failed");
    }
    CU_ASSERT_EQUAL(say(&house, "till", BOB, BOB_PIN, &event), TK_OK);
    CU_ASSERT_STRING_EQUAL(event ? event : "", "on");
    CU_ASSERT_EQUAL(say(&house, "till", BOB, "correct horse battery", &event), TK_OK);
    /* a PIN is of no use where the house does not know the device, a password is */
    password.secret = BOB_PIN;
    CU_ASSERT_EQUAL(sign_on_file_try(house.signs, house.f.store, &password, &staff, &event, NULL),
                    TK_WRONG_PIN);
    password.secret = "correct horse battery";
    CU_ASSERT_EQUAL(sign_on_file_try(house.signs, house.f.store, &password, &staff, &event, NULL),
                    TK_OK);
    house_release(&house);
}

/* Until it is locked; the file is opened anew before each try. */
static void test_restart(void)
{
    const char *event;
    int64_t number = 5000; /* a guesser takes a new number each time */
    int tries = 0, waits = 0;
    struct house house;

    house_init(&house);
    for (bool locked = false; !locked; tries++) {
        enum tk_code code;

        reopen(&house);
        code = say(&house, "till", number++, "482914", &event);
        if (code == TK_SIGN_ON_WAIT) {
            CU_ASSERT_PTR_NULL(event);
            waits++;
            tries--;
            house.f.now += TIME_SECOND;
            continue;
        }
        locked = code == TK_SIGN_ON_LOCKED;
        CU_ASSERT_STRING_EQUAL(event ? event : "", locked ? "locked" : "failed");
        CU_ASSERT(locked || code == TK_WRONG_PIN);
    }
    CU_ASSERT_EQUAL(tries, SIGN_ON_LOCK);
    CU_ASSERT_EQUAL(waits, 30 + 60 + 120 + 240 + 480 + 960);
    reopen(&house);
    /* nobody else is held up by it, wherever he is */
    CU_ASSERT_EQUAL(say(&house, "till-2", BOB, BOB_PIN, &event), TK_OK);
    /* the right PIN of a clerk is no better than a wrong one */
    CU_ASSERT_EQUAL(say(&house, "till", BOB, BOB_PIN, &event), TK_SIGN_ON_LOCKED);
    CU_ASSERT_EQUAL(say(&house, "till", ADA, ADA_PIN, &event), TK_SIGN_ON_LOCKED);
    CU_ASSERT_PTR_NULL(event); /* it was too soon */
    house.f.now += SIGN_ON_LOCKED_WAIT;
    reopen(&house);
    CU_ASSERT_EQUAL(say(&house, "till", ADA, ADA_PIN, &event), TK_OK);
    reopen(&house);
    CU_ASSERT_EQUAL(say(&house, "till", BOB, BOB_PIN, &event), TK_OK);
    house_release(&house);
}

static void test_approval(void)
{
    struct sign_on_try tried = {.device = "till", .enrolled = true, .approve = true, .now = T0};
    const char *event;
    struct staff staff;
    struct house house;

    house_init(&house);
    tried.number = BOB;
    tried.secret = BOB_PIN;
    tried.kind = OP_CANCEL;
    CU_ASSERT_EQUAL(sign_on_file_try(house.signs, house.f.store, &tried, &staff, &event, NULL),
                    TK_NOT_APPROVED);
    tried.number = ADA;
    tried.secret = ADA_PIN;
    CU_ASSERT_EQUAL(sign_on_file_try(house.signs, house.f.store, &tried, &staff, &event, NULL),
                    TK_OK);
    CU_ASSERT_STRING_EQUAL(event ? event : "", "approved");
    house_release(&house);
}

/* Of many devices those that no house knows are forgotten first, and locked ones last. */
static void test_bounded(void)
{
    struct sign_on_guard guard = {0}, found;
    char device[40], path[320];
    struct house house;
    struct stat info;

    house_init(&house);
    sign_on_note_failure(&guard, BOB, T0);
    sign_on_file_save(house.signs, "till", true, &guard, T0);
    for (int i = 0; i < SIGN_ON_LOCK; i++)
        sign_on_note_failure(&guard, BOB, T0);
    sign_on_file_save(house.signs, "locked", false, &guard, T0);
    for (int i = 0; i < 2 * SIGN_ON_DEVICES; i++) {
        guard = (struct sign_on_guard){0};
        sign_on_note_failure(&guard, i, T0 + 1 + i);
        snprintf(device, sizeof device, "10.0.%d.%d", i / 256, i % 256);
        sign_on_file_save(house.signs, device, false, &guard, T0 + 1 + i);
    }
    reopen(&house);
    sign_on_file_load(house.signs, "till", &found);
    CU_ASSERT_EQUAL(found.items[1].number, BOB);
    sign_on_file_load(house.signs, "locked", &found);
    CU_ASSERT_EQUAL(found.locked_at, T0);
    sign_on_file_load(house.signs, "10.0.0.1", &found);
    CU_ASSERT_EQUAL(found.items[1].count, 0);
    sign_on_file_load(house.signs, device, &found);
    CU_ASSERT_EQUAL(found.items[1].count, 1);
    snprintf(path, sizeof path, "%s.tries", house.key);
    CU_ASSERT_FATAL(stat(path, &info) == 0);
    CU_ASSERT((info.st_mode & 0777) == 0600 && info.st_size < 100000);
    house_release(&house);
}

/* A file that cannot be written is no way to have more tries; one that says nonsense says nothing.
 */
static void test_no_file(void)
{
    const char *event;
    struct house house;
    char path[320];
    FILE *file;

    house_init(&house);
    snprintf(house.key, sizeof house.key, "%s/none/site.key", house.f.folder);
    reopen(&house);
    for (int i = 0; i < SIGN_ON_FREE + 1; i++)
        CU_ASSERT_EQUAL(say(&house, "till", BOB, "482914", &event), TK_WRONG_PIN);
    CU_ASSERT_EQUAL(say(&house, "till", BOB, BOB_PIN, &event), TK_SIGN_ON_WAIT);
    snprintf(house.key, sizeof house.key, "%s/site.key", house.f.folder);
    snprintf(path, sizeof path, "%s.tries", house.key);
    file = fopen(path, "w");
    CU_ASSERT_FATAL(file != NULL);
    fputs("{\"ticketlySignOnTries\":1,\"devices\":[7,{\"device\":\"till\"},", file);
    fclose(file);
    reopen(&house);
    CU_ASSERT_EQUAL(say(&house, "till", BOB, BOB_PIN, &event), TK_OK);
    house_release(&house);
}

/* --- many at once --- */

struct guesser {
    struct house *house;
    struct sign_on_file *signs;
    const char *device;
    int wrong; /* tries that were made */
};

static void *guess(void *argument)
{
    struct guesser *guesser = argument;
    struct sqlite_options options = fixture_options(&guesser->house->f);
    struct store *store = NULL;

    if (sqlite_store_open(&options, &store, NULL))
        return NULL;
    for (int i = 0; i < 4; i++) {
        struct sign_on_try tried = {.device = guesser->device,
                                    .enrolled = true,
                                    .number = BOB,
                                    .secret = "482914",
                                    .now = T0};
        struct staff staff;
        const char *event;

        guesser->wrong +=
            sign_on_file_try(guesser->signs, store, &tried, &staff, &event, NULL) == TK_WRONG_PIN;
    }
    store_close(store);
    return NULL;
}

/* Eight threads of two programs, as it were: each pair of them has opened the file for itself. */
static void test_at_once(void)
{
    struct sign_on_file *other = NULL;
    struct guesser guessers[8];
    pthread_t threads[8];
    struct house house;
    int wrong = 0;

    house_init(&house);
    CU_ASSERT_EQUAL_FATAL(sign_on_file_open(house.key, &house.pepper, &other, NULL), TK_OK);
    for (int i = 0; i < 8; i++) {
        guessers[i] = (struct guesser){&house, i % 2 ? other : house.signs, "till", 0};
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, guess, &guessers[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        wrong += guessers[i].wrong;
    }
    CU_ASSERT_EQUAL(wrong, SIGN_ON_FREE + 1);
    sign_on_file_close(other);
    house_release(&house);
}

/* --- time --- */

#define ROUNDS 15

static int compare(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;

    return (one > other) - (one < other);
}

/* Processor time of this thread: others who use the machine are no part of it. */
static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Interleaved, each in each place of a round by turns: what slows the machine down slows all of
   them down. Whether the medians lie within noise of that of a wrong PIN. */
static bool measure(struct house *house, int attempt)
{
    static const struct {
        int64_t number;
        const char *secret;
    } who[] = {{BOB, "482914"}, {4711, "482914"}, {CYD, BOB_PIN}, {DOT, "482914"}};
    double times[4][ROUNDS];
    bool same = true;
    const char *event;
    char device[40];

    for (int round = 0; round < ROUNDS; round++)
        for (int turn = 0; turn < 4; turn++) {
            int i = (turn + round) % 4;
            double began;

            snprintf(device, sizeof device, "till-%d-%d", attempt, round * 4 + i);
            began = seconds();
            CU_ASSERT_EQUAL(say(house, device, who[i].number, who[i].secret, &event), TK_WRONG_PIN);
            times[i][round] = seconds() - began;
        }
    for (int i = 0; i < 4; i++)
        qsort(times[i], ROUNDS, sizeof times[i][0], compare);
    for (int i = 1; i < 4; i++) {
        double ratio = times[i][ROUNDS / 2] / times[0][ROUNDS / 2];

        if (ratio > 1.15 || ratio < 1 / 1.15) {
            printf("    %.1f ms for a wrong PIN, %.1f ms for case %d\n", times[0][ROUNDS / 2] * 1e3,
                   times[i][ROUNDS / 2] * 1e3, i);
            same = false;
        }
    }
    return same;
}

/* A machine that is used by others is measured again; a difference that is there is there each
 * time. */
static void test_same_time(void)
{
    struct house house;
    bool same = false;

    house_init(&house);
    for (int attempt = 0; !same && attempt < 4; attempt++)
        same = measure(&house, attempt);
    CU_ASSERT(same);
    house_release(&house);
}

SUITE(sign_on, {"a PIN is six digits or more, a password fifteen characters", test_secrets},
      {"a verifier fits its member's secret under the house's pepper alone", test_verifier},
      {"five failures are free, then waits grow, then the device is locked", test_waits},
      {"a success forgets one's own failures, and a day all of them", test_forgiven},
      {"a locked device opens for a supervisor alone", test_locked},
      {"failures of however many numbers count together", test_many_numbers},
      {"a clock that was set back holds nobody up and forgives nothing", test_clock_set_back},
      {"wrong, unknown, left and without a PIN are told the same", test_answers},
      {"a restart gives nobody more tries", test_restart},
      {"who approves is one whose role does", test_approval},
      {"as many devices as come are kept in little room", test_bounded},
      {"without its file it is kept in memory", test_no_file},
      {"who tries many at once has no more tries", test_at_once},
      {"wrong, unknown, left and without a PIN take the same time", test_same_time})
