/* A door at a service, in this process: it works on a copy of the box office, whatever becomes of the
   service. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/door.h"
#include "core/text.h"
#include "data/remote/http_client.h"
#include "tests/door/entrance.h"
#include "ui/session_internal.h"

#define TICKETS 5 /* of one sale */
#define WAIT_MS 15000
#define SLOW_MS 3000 /* what may take no longer than the 2 s for an answer, on a busy machine */
#define QUICK_MS 700

/* Repeats what stands there until it is so. */
#define WAIT_UNTIL(condition)                                                                      \
    do {                                                                                           \
        int64_t until_ms = http_client_clock_ms() + WAIT_MS;                                       \
        while (!(condition) && http_client_clock_ms() < until_ms)                                  \
            usleep(5000);                                                                          \
        CU_ASSERT(condition);                                                                      \
    } while (0)

struct post {
    struct entrance entrance;
    struct entrance_ticket tickets[TICKETS];
    int64_t slot;
    struct session session; /* the door's */
    struct box_office *office;
    struct door *door;
    struct tk_error error;
};

/* `ticketly --db ADDRESS door`, or with --central. */
static enum tk_code open_session(struct post *post, bool central)
{
    struct session *session = &post->session;
    const char *place = post->entrance.place;
    const char *token = strchr(post->entrance.token, '=') + 1;
    enum tk_code code =
        session_init(session, NULL, central ? NULL : place, central ? place : NULL, &post->error);

    if (!code)
        code = settings_set(&session->settings, SETTING_store_token_file, token, "test", NULL);
    if (!code)
        code = settings_set(&session->settings, SETTING_till_name, "Door 1", "test", NULL);
    session->use = SESSION_DOOR;
    return code ? code : session_office(session, &post->office, &post->error);
}

static void post_open(struct post *post)
{
    struct door_options options = {.slot_ids = &post->slot, .slot_count = 1};

    CU_ASSERT_EQUAL_FATAL(open_session(post, false), TK_OK);
    options.office = post->office;
    CU_ASSERT_EQUAL_FATAL(door_open(&options, &post->door, &post->error), TK_OK);
}

static void post_close(struct post *post)
{
    door_close(post->door);
    post->door = NULL;
    session_release(&post->session);
}

/* In a home of its own, with a showing that is open and a sale of several. */
static void post_init(struct post *post)
{
    char data[200], state[200];

    *post = (struct post){0};
    entrance_init(&post->entrance, true);
    snprintf(data, sizeof data, "%s/data", post->entrance.door_home);
    snprintf(state, sizeof state, "%s/state", post->entrance.door_home);
    setenv("XDG_DATA_HOME", data, 1);
    setenv("XDG_STATE_HOME", state, 1);
    post->slot = entrance_schedule(&post->entrance, "Skyfall", -TIME_MINUTE, TIME_HOUR);
    entrance_book(&post->entrance, post->slot, TICKETS, post->tickets);
}

static void post_release(struct post *post)
{
    post_close(post);
    entrance_release(&post->entrance);
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_STATE_HOME");
}

static struct process *service_of(struct post *post)
{
    return &post->entrance.service;
}

/* The service stops, and has stopped: its threads do not do so all at once. */
static void stand_still(struct post *post)
{
    siginfo_t info;

    process_signal(service_of(post), SIGSTOP);
    CU_ASSERT_EQUAL(waitid(P_PID, (id_t)service_of(post)->pid, &info, WSTOPPED | WNOWAIT), 0);
}

/* VERDICT_COUNT: none, and post->error says why. */
static enum verdict scan(struct post *post, const char *code, struct admission *said)
{
    int64_t wait = 0;
    enum tk_code result;

    *said = (struct admission){0};
    result = door_scan(post->door, code, said, &wait, &post->error);
    CU_ASSERT_EQUAL(wait, 0);
    return result ? VERDICT_COUNT : said->verdict;
}

static enum verdict scan_ticket(struct post *post, int at, struct admission *said)
{
    return scan(post, post->tickets[at].pass, said);
}

static bool tick(struct post *post)
{
    bool changed;

    CU_ASSERT_EQUAL(door_tick(post->door, &changed, &post->error), TK_OK);
    return changed;
}

/* It is back, and knows all that was done. */
static bool is_together(struct post *post)
{
    tick(post);
    return !door_away_since(post->door) && !door_waiting(post->door);
}

static int32_t admitted(struct post *post)
{
    return entrance_admitted(&post->entrance, post->slot);
}

/* --- away and back --- */

static void test_killed(void)
{
    struct post post;
    struct admission said;

    post_init(&post);
    post_open(&post);
    CU_ASSERT_EQUAL(scan_ticket(&post, 0, &said), VERDICT_ADMITTED);
    CU_ASSERT(!said.unrecorded);
    CU_ASSERT_EQUAL(admitted(&post), 1);
    process_kill(service_of(&post));
    CU_ASSERT_EQUAL(scan_ticket(&post, 1, &said), VERDICT_ADMITTED);
    CU_ASSERT(said.unrecorded);
    CU_ASSERT_EQUAL(scan_ticket(&post, 2, &said), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(door_undo(post.door, &said, &post.error), TK_OK);
    tick(&post);
    CU_ASSERT(door_away_since(post.door) != 0);
    CU_ASSERT(door_waiting(post.door) >= 3);
    CU_ASSERT_EQUAL(door_slot_at(post.door, 0)->here, 2);
    CU_ASSERT_FATAL(process_start_again(service_of(&post)));
    WAIT_UNTIL(is_together(&post));
    CU_ASSERT_EQUAL(door_conflict_count(post.door), 0);
    CU_ASSERT_EQUAL(admitted(&post), 2);
    WAIT_UNTIL(tick(&post) || door_slot_at(post.door, 0)->here == 2);
    CU_ASSERT_EQUAL(scan_ticket(&post, 2, &said), VERDICT_ADMITTED); /* nobody was in with it */
    post_release(&post);
}

/* Several of a sale go in, and are taken back whole. */
static void test_group_away(void)
{
    struct post post;
    struct admission said = {0};

    post_init(&post);
    post_open(&post);
    process_kill(service_of(&post));
    CU_ASSERT_EQUAL(scan_ticket(&post, 0, &said), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(said.sale_waiting, TICKETS - 1);
    CU_ASSERT_EQUAL(door_admit_more(post.door, post.tickets[0].id, 2, &said, &post.error), TK_OK);
    CU_ASSERT_EQUAL(said.admitted, 2);
    CU_ASSERT_EQUAL(said.sale_waiting, TICKETS - 3);
    CU_ASSERT_EQUAL(door_undo(post.door, &said, &post.error), TK_OK);
    CU_ASSERT_EQUAL(said.admitted, 2);
    CU_ASSERT_EQUAL(door_slot_at(post.door, 0)->here, 1);
    CU_ASSERT_EQUAL(door_admit_more(post.door, post.tickets[0].id, 9, &said, &post.error), TK_OK);
    CU_ASSERT_EQUAL(said.admitted, TICKETS - 1);
    CU_ASSERT_FATAL(process_start_again(service_of(&post)));
    WAIT_UNTIL(is_together(&post));
    CU_ASSERT_EQUAL(admitted(&post), TICKETS);
    CU_ASSERT_EQUAL(door_undo(post.door, &said, &post.error), TK_OK);
    CU_ASSERT_EQUAL(admitted(&post), 1);
    CU_ASSERT_EQUAL(door_conflict_count(post.door), 0);
    post_release(&post);
}

static void test_stands_still(void)
{
    struct post post;
    struct admission said;
    int64_t began;

    post_init(&post);
    post_open(&post);
    stand_still(&post);
    began = http_client_clock_ms();
    CU_ASSERT_EQUAL(scan_ticket(&post, 0, &said), VERDICT_ADMITTED);
    CU_ASSERT(http_client_clock_ms() - began < SLOW_MS);
    CU_ASSERT(said.unrecorded);
    began = http_client_clock_ms();
    CU_ASSERT_EQUAL(scan_ticket(&post, 1, &said), VERDICT_ADMITTED);
    CU_ASSERT(http_client_clock_ms() - began < QUICK_MS);
    process_signal(service_of(&post), SIGCONT);
    WAIT_UNTIL(is_together(&post));
    CU_ASSERT_EQUAL(admitted(&post), 2); /* though the first was sent before, too */
    CU_ASSERT_EQUAL(door_conflict_count(post.door), 0);
    post_release(&post);
}

/* --- a door that is let in no more --- */

static void revoke_token(struct post *post)
{
    CU_ASSERT_EQUAL(
        office_revoke(post->entrance.office, post->office->device, NULL, &post->error), TK_OK);
}

static void test_revoked(void)
{
    struct post post;
    struct admission said;

    post_init(&post);
    post_open(&post);
    CU_ASSERT_EQUAL(scan_ticket(&post, 0, &said), VERDICT_ADMITTED);
    revoke_token(&post);
    CU_ASSERT_EQUAL(scan_ticket(&post, 1, &said), VERDICT_COUNT);
    CU_ASSERT_EQUAL(scan_ticket(&post, 1, &said), VERDICT_COUNT);
    WAIT_UNTIL(!tick(&post) && !door_slot_count(post.door)); /* nor does it know anything any more */
    process_kill(service_of(&post));
    CU_ASSERT_EQUAL(scan_ticket(&post, 2, &said), VERDICT_COUNT);
    CU_ASSERT_EQUAL(admitted(&post), 1);
    post_release(&post);
}

/* While it was cut off: then from the moment that it hears of it. */
static void test_revoked_away(void)
{
    struct post post;
    struct admission said;

    post_init(&post);
    post_open(&post);
    process_kill(service_of(&post));
    CU_ASSERT_EQUAL(scan_ticket(&post, 0, &said), VERDICT_ADMITTED);
    revoke_token(&post);
    CU_ASSERT_FATAL(process_start_again(service_of(&post)));
    WAIT_UNTIL(!tick(&post) && !door_slot_count(post.door));
    CU_ASSERT_EQUAL(scan_ticket(&post, 1, &said), VERDICT_COUNT);
    CU_ASSERT(post.error.message[0] != '\0');
    CU_ASSERT_EQUAL(admitted(&post), 0);
    post_close(&post);
    CU_ASSERT_EQUAL(open_session(&post, false), TK_TOKEN_REVOKED);
    post_release(&post);
}

/* --- what its copy cannot tell --- */

/* Of these it has no key, and of the last no ticket either: the service says what they are. */
static void test_asks(void)
{
    static const struct {
        int64_t starts_in;
        enum verdict verdict;
    } shows[] = {{-3 * TIME_HOUR, VERDICT_OVER},
                 {TIME_DAY, VERDICT_TOO_EARLY},
                 {60 * TIME_DAY, VERDICT_TOO_EARLY}};
    struct post post;
    struct door_options options = {0};
    struct entrance_ticket tickets[3], fresh;
    struct admission said;

    post_init(&post);
    for (int i = 0; i < 3; i++)
        entrance_book(&post.entrance,
                      entrance_schedule(&post.entrance, "Ran", shows[i].starts_in, TIME_HOUR), 1,
                      &tickets[i]);
    CU_ASSERT_EQUAL_FATAL(open_session(&post, false), TK_OK);
    options.office = post.office;
    CU_ASSERT_EQUAL_FATAL(door_open(&options, &post.door, &post.error), TK_OK);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(scan(&post, tickets[i].pass, &said), shows[i].verdict);
    /* a showing of this moment: neither it nor its key was here */
    entrance_book(&post.entrance,
                  entrance_schedule(&post.entrance, "Now", -TIME_MINUTE, TIME_HOUR), 1, &fresh);
    CU_ASSERT_EQUAL(scan(&post, fresh.pass, &said), VERDICT_ADMITTED);
    CU_ASSERT(entrance_is_in(&post.entrance, &fresh));
    process_kill(service_of(&post));
    usleep(2 * DOOR_SAME_CODE);
    for (int i = 0; i < 3; i++) /* no, but not called a forger's */
        CU_ASSERT(scan(&post, tickets[i].pass, &said) == VERDICT_COUNT ||
                  strstr(said.message, "cannot be told while the box office is away"));
    post_release(&post);
}

/* One that stands still keeps nobody waiting for that either. */
static void test_asks_in_vain(void)
{
    struct post post;
    struct admission said;
    char nobody[PASS_SIZE];
    struct crypto_key key = {{1}};
    int64_t began;

    post_init(&post);
    post_open(&post);
    pass_make(nobody, &key, 4711, 4711);
    stand_still(&post);
    began = http_client_clock_ms();
    CU_ASSERT_EQUAL(scan(&post, nobody, &said), VERDICT_COUNT);
    CU_ASSERT_EQUAL(post.error.code, TK_UNKNOWN);
    CU_ASSERT(http_client_clock_ms() - began < SLOW_MS);
    CU_ASSERT_EQUAL(scan(&post, nobody, &said), VERDICT_NOT_GENUINE);
    CU_ASSERT_PTR_NOT_NULL(strstr(said.message, "cannot be told"));
    process_signal(service_of(&post), SIGCONT);
    post_release(&post);
}

static void check_slowed(struct post *post, unsigned seed)
{
    struct admission said;
    char pass[PASS_SIZE];
    int64_t wait = 0;
    unsigned tries = 0;

    for (; !wait && tries <= 2 * WRONG_PASSES_FREE; tries++) {
        snprintf(pass, sizeof pass, "7K3QF9XW2M%010u", seed + tries);
        CU_ASSERT_EQUAL(door_scan(post->door, pass, &said, &wait, &post->error), TK_OK);
    }
    CU_ASSERT(wait > 0 && wait <= WRONG_PASS_PAUSE);
    CU_ASSERT(tries <= WRONG_PASSES_FREE + 2);
}

static void test_wrong_passes(void)
{
    struct post post;

    post_init(&post);
    for (int away = 0; away < 2; away++) { /* the door itself does it */
        post_open(&post);
        if (away)
            process_kill(service_of(&post));
        check_slowed(&post, away ? 23456789 : 12345678);
        post_close(&post);
    }
    post_release(&post);
}

/* --- names --- */

static void book_named(struct post *post, int64_t slot, const char *name)
{
    struct op_book book = {.slot = {.id = slot}, .count = 1};
    struct ticket_view_list list = {0};

    text_copy(book.customer_name, sizeof book.customer_name, name);
    text_copy(book.customer_phone, sizeof book.customer_phone, "+441234567890");
    CU_ASSERT_EQUAL(office_book(post->entrance.office, &book, NULL, &list, NULL, NULL), TK_OK);
    ticket_view_list_release(&list);
}

static size_t count_named(struct post *post, const char *name)
{
    struct customer_query query = {.name = name, .limit = 10};
    struct customer_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(office_customers(post->office, &query, &list, &post->error), TK_OK);
    count = list.count;
    customer_list_release(&list);
    return count;
}

/* A door is told who comes to showings that are near, and finds those also while it is cut off. */
static void test_names(void)
{
    struct post post;
    struct ticket_view_list list = {0};
    int64_t later;

    post_init(&post);
    later = entrance_schedule(&post.entrance, "Ran", 2 * TIME_DAY, TIME_HOUR);
    book_named(&post, post.slot, "Anna Berg");
    book_named(&post, later, "Carl Dorn");
    post_open(&post);
    process_kill(service_of(&post));
    CU_ASSERT_EQUAL(door_find(post.door, "berg", &list, &post.error), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 1);
    CU_ASSERT_STRING_EQUAL(list.items[0].customer.name, "Anna Berg");
    ticket_view_list_release(&list);
    CU_ASSERT_EQUAL(count_named(&post, "Anna"), 1);
    CU_ASSERT_EQUAL(count_named(&post, "Carl"), 0);
    post_release(&post);
}

/* --- one way --- */

/* --db ADDRESS and --central ADDRESS are the same copy. */
static void test_one_copy(void)
{
    struct post post;
    char first[SESSION_PATH_SIZE];
    struct stat info;

    post_init(&post);
    CU_ASSERT_EQUAL_FATAL(open_session(&post, false), TK_OK);
    text_copy(first, sizeof first, post.session.store_path);
    CU_ASSERT_PTR_NOT_NULL(strstr(first, "/data/ticketly/replica-Door-1-"));
    CU_ASSERT_EQUAL(stat(first, &info), 0);
    session_release(&post.session);
    CU_ASSERT_EQUAL_FATAL(open_session(&post, true), TK_OK);
    CU_ASSERT_STRING_EQUAL(post.session.store_path, first);
    post_release(&post);
}

static void write_record(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT(fputs(text, file) >= 0 && fclose(file) == 0);
}

/* It was put into the programme while the door was closed: then it is not in its copy. */
static void test_new_showing(void)
{
    struct post post;

    post_init(&post);
    post_open(&post);
    post_close(&post);
    post.slot = entrance_schedule(&post.entrance, "Ran", -TIME_MINUTE, TIME_HOUR);
    post_open(&post);
    CU_ASSERT_STRING_EQUAL(door_slot_at(post.door, 0)->slot.name, "Ran");
    post_release(&post);
}

/* What a door of an older version did alone and did not tell yet is not passed over. */
static void test_old_record(void)
{
    static const char *const names[] = {"Door 2", "Door 1"};
    struct post post;
    char what[160], path[SESSION_PATH_SIZE];

    post_init(&post);
    for (int ours = 0; ours < 2; ours++) {
        session_name_file(what, sizeof what, "door-01234567-89ab-cdef-0123-456789abcdef",
                          names[ours], "");
        CU_ASSERT(settings_default_state(path, sizeof path, what));
        CU_ASSERT_EQUAL(session_make_folders(path, &post.error), TK_OK);
        write_record(path, "");
        CU_ASSERT_EQUAL(open_session(&post, false), TK_OK);
        session_release(&post.session);
        write_record(path, "0123456789abcdef +{}\n");
        CU_ASSERT_EQUAL(open_session(&post, false), ours ? TK_CONFIG : TK_OK);
        CU_ASSERT_EQUAL(strstr(post.error.message, path) != NULL, ours);
        session_release(&post.session);
    }
    CU_ASSERT_EQUAL(access(path, F_OK), 0);
    unlink(path);
    CU_ASSERT_EQUAL(open_session(&post, false), TK_OK);
    post_release(&post);
}

SUITE(door_service, {"one that is killed is told afterwards", test_killed},
      {"groups go in and are taken back while it is away", test_group_away},
      {"one that stands still holds nobody up, and lets in once", test_stands_still},
      {"a door whose token is revoked lets nobody in", test_revoked},
      {"nor when that was while it was cut off", test_revoked_away},
      {"the service says what its copy cannot tell", test_asks},
      {"and is not waited for long", test_asks_in_vain},
      {"wrong passes are slowed down, also while it is away", test_wrong_passes},
      {"it knows names of showings that are near", test_names},
      {"--db and --central are one copy", test_one_copy},
      {"a showing that is new is fetched", test_new_showing},
      {"an old record that was not sent is not passed over", test_old_record})
