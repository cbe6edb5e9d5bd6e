/* People at a till whose centre is a service: they sign on over its line, and while that is cut off
   by what the till knows of them; what they did bears their number in the centre's journal. */
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/box_office_staff.h"
#include "core/operation.h"
#include "core/sync.h"
#include "core/text.h"
#include "data/replica/replica_store.h"
#include "tests/admin/world.h"
#include "tests/support/proxy.h"
#include "tests/support/service.h"
#include "ui/session.h"

#define WAIT_MS 15000
#define AWAY_MS 9000 /* a centre that hangs: far more than anybody waits for it */
#define ONCE "once while the box office is there"

/* Of each a number; all but Sue and Eve sign on at the till while it is online. */
#define ADA "1"
#define BOB "12"
#define SUE "13"
#define MAX "14"
#define EVE "15"

struct scene {
    struct world house, till;
    struct process service;
    struct proxy *proxy;
    char url[64]; /* of the service, as the till reaches it */
    char slot[32];
    char pin[256], wrong[256]; /* files with a PIN: everybody has the same */
    struct session session;    /* the counter's */
    struct box_office *office;
    struct tk_error error;
};

#define PIN "771204"
#define WRONG "617350"

/* --- the house and its till --- */

static void put_secret(struct scene *s, char path[256], const char *name, const char *secret)
{
    snprintf(path, 256, "%s", world_file(&s->house, name, secret, strlen(secret)));
    CU_ASSERT_EQUAL_FATAL(chmod(path, 0600), 0);
}

static void hire(struct scene *s, const char *number, const char *name, const char *role)
{
    RUN_OK(&s->house, "staff", "add", "--number", number, "--name", name, "--role", role,
           "--secret-file", s->pin);
}

static void open_house(struct scene *s)
{
    hire(s, ADA, "Ada", "admin");
    RUN_OK(&s->house, "sign-on", ADA, "--secret-file", s->pin);
    hire(s, BOB, "Bob", "clerk");
    hire(s, SUE, "Sue", "supervisor");
    hire(s, MAX, "Max", "manager");
    snprintf(s->slot, sizeof s->slot, "%s", world_schedule(&s->house, "Metropolis", "40"));
}

/* `ticketly enrol URL CODE` on the till's machine; its exit status. */
static int enrol(struct scene *s, const char *url, const char *code, const char *pin)
{
    char *program = realpath(test_program(), NULL);
    struct run run;
    int status;

    run_program(
        &run, &s->till.options,
        (const char *const[]){program, "enrol", url, code, *pin ? "--pin" : NULL, pin, NULL});
    status = run.status;
    if (status)
        printf("\n    enrol: %s\n", run.err);
    run_release(&run);
    free(program);
    return status;
}

static void start_till(struct scene *s)
{
    struct process_options options = {
        .folder = s->house.home,
        .store = s->house.store,
        .settings = "[allotment]\nhours = 100\n", /* for the day after tomorrow, too */
        .tokens = true};

    CU_ASSERT_FATAL(process_start(&s->service, &options));
    s->proxy = proxy_new(1, (int)strtol(strrchr(s->service.url, ':') + 1, NULL, 10));
    CU_ASSERT_FATAL(s->proxy && proxy_run(s->proxy));
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", proxy_port(s->proxy, 0));
    RUN_OK(&s->house, "device", "add", "--name", "Till 7", "--role", "clerk", "--attended", "--url",
           s->url, "--json");
    CU_ASSERT_EQUAL_FATAL(enrol(s, s->url, member_text(s->house.json, "code"), ""), 0);
}

static void scene_init(struct scene *s)
{
    *s = (struct scene){.proxy = NULL};
    world_init(&s->house);
    world_init(&s->till);
    put_secret(s, s->pin, "pin", PIN "\n");
    put_secret(s, s->wrong, "wrong", WRONG "\n");
    open_house(s);
    start_till(s);
}

static void scene_release(struct scene *s)
{
    session_release(&s->session);
    proxy_free(s->proxy);
    CU_ASSERT(process_stop(&s->service));
    process_release(&s->service);
    CU_ASSERT(world_adds_up(&s->house));
    world_release(&s->house);
    world_release(&s->till);
}

/* How many entries of a kind the centre's journal has in the name of exactly this actor at the
 * till. */
static int count_entries(struct scene *s, const char *kind, const char *actor)
{
    const json_t *entry;
    size_t at;
    int count = 0;

    RUN_OK(&s->house, "journal", "--kind", kind, "--till", "Till 7", "--json");
    json_array_foreach(s->house.json, at, entry) count +=
        strcmp(member_text(entry, "actor"), actor) == 0;
    return count;
}

static bool says(const struct world *world, const char *text)
{
    bool there = strstr(world->run.err, text) != NULL;

    if (!there)
        printf("\n    no “%s” in: %s\n", text, world->run.err);
    return there;
}

/* --- commands --- */

static void test_commands(void)
{
    struct scene s;

    scene_init(&s);
    REFUSED(&s.till, "sign_on_required", 77, "book", "--slot", s.slot, "--count", "1");
    REFUSED(&s.till, "sign_on_failed", 77, "sign-on", BOB, "--secret-file", s.wrong);
    REFUSED(&s.till, "sign_on_failed", 77, "sign-on", "99", "--secret-file", s.pin);
    RUN_OK(&s.till, "sign-on", BOB, "--secret-file", s.pin);
    world_book(&s.till, s.slot, "2", NULL, NULL);
    CU_ASSERT_EQUAL(count_entries(&s, "book", "#" BOB), 1);
    REFUSED(&s.till, "not_permitted", 77, "journal");
    /* a session goes on in the programs that come after */
    RUN_OK(&s.till, "sign-on", MAX, "--secret-file", s.pin);
    RUN_OK(&s.till, "journal", "--kind", "book", "--json");
    CU_ASSERT_EQUAL(json_array_size(s.till.json), 1);
    RUN_OK(&s.till, "sign-off");
    REFUSED(&s.till, "sign_on_required", 77, "journal");
    CU_ASSERT_EQUAL(count_entries(&s, "sign", "#" BOB), 2); /* on, and off as Max came */
    CU_ASSERT_EQUAL(count_entries(&s, "sign", "#" MAX), 2);
    scene_release(&s);
}

static void test_commands_cut_off(void)
{
    struct scene s;

    scene_init(&s);
    RUN_OK(&s.till, "sign-on", BOB, "--secret-file", s.pin);
    RUN_OK(&s.till, "sign-off");
    proxy_set(s.proxy, 0, PROXY_REFUSE);
    REFUSED(&s.till, "sign_on_failed", 77, "sign-on", SUE, "--secret-file", s.pin);
    CU_ASSERT(says(&s.till, ONCE));
    REFUSED(&s.till, "sign_on_failed", 77, "sign-on", BOB, "--secret-file", s.wrong);
    CU_ASSERT(says(&s.till, ONCE)); /* the same answer */
    RUN_OK(&s.till, "sign-on", BOB, "--secret-file", s.pin);
    REFUSED(&s.till, "not_allotted", 1, "book", "--slot", s.slot, "--count", "1");
    REFUSED(&s.till, "sign_on_failed", 77, "sign-on", SUE, "--secret-file", s.pin);
    RUN_OK(&s.till, "sign-on", BOB, "--secret-file", s.pin);
    /* who is let go is nobody here with the next exchange, signed on or not */
    RUN_OK(&s.house, "staff", "leave", "--number", BOB);
    RUN_OK(&s.till, "find", "a");
    proxy_set(s.proxy, 0, PROXY_OPEN);
    RUN_OK(&s.till, "sync");
    proxy_set(s.proxy, 0, PROXY_REFUSE);
    REFUSED(&s.till, "sign_on_required", 77, "find", "a");
    REFUSED(&s.till, "sign_on_failed", 77, "sign-on", BOB, "--secret-file", s.pin);
    CU_ASSERT(count_entries(&s, "sign", "#" BOB) >= 4);
    scene_release(&s);
}

/* --- a counter --- */

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until it holds, and checks that it did. */
#define WAIT_FOR(condition)                                          \
    do {                                                             \
        int64_t until_ms_ = clock_ms() + WAIT_MS;                    \
                                                                     \
        while (!(condition) && clock_ms() < until_ms_)               \
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL); \
        CU_ASSERT(condition);                                        \
    } while (0)

static void open_counter(struct scene *s)
{
    struct session *session = &s->session;
    char config[300];
    bool staffed = false;

    snprintf(config, sizeof config, "%s/config/ticketly/ticketly.ini", s->till.home);
    CU_ASSERT_EQUAL_FATAL(session_init(session, config, s->till.store, NULL, &s->error), TK_OK);
    session->use = SESSION_COUNTER;
    CU_ASSERT_EQUAL_FATAL(session_office(session, &s->office, &s->error), TK_OK);
    CU_ASSERT_EQUAL(office_is_staffed(s->office, &staffed, NULL), TK_OK);
    CU_ASSERT(staffed);
}

static struct sync_status line_of(struct scene *s)
{
    struct sync_status status;

    replica_store_status(s->session.store, &status);
    return status;
}

static void cut(struct scene *s, enum proxy_manner manner)
{
    proxy_set(s->proxy, 0, manner);
    WAIT_FOR(!line_of(s).online);
}

static void mend(struct scene *s)
{
    proxy_set(s->proxy, 0, PROXY_OPEN);
    WAIT_FOR(line_of(s).online && !line_of(s).waiting);
    CU_ASSERT_EQUAL(line_of(s).disputes, 0);
}

static enum tk_code sign_on(struct scene *s, const char *number, const char *pin)
{
    s->error = (struct tk_error){0};
    return office_sign_on(s->office, strtoll(number, NULL, 10), pin, &s->error);
}

static int32_t places_here(struct scene *s)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    int32_t here = -1;

    CU_ASSERT_EQUAL(office_slots(s->office, &query, &list, NULL), TK_OK);
    if (list.count)
        here = list.items[0].here;
    slot_list_release(&list);
    return here;
}

static enum tk_code sell(struct scene *s, uint64_t *ticket)
{
    struct op_book book = {.slot = {.id = strtoll(s->slot, NULL, 10)}, .count = 1};
    struct ticket_view_list tickets = {0};
    struct outcome outcome = {0};
    enum tk_code code = office_book(s->office, &book, NULL, &tickets, &outcome, &s->error);

    if (!code && ticket && tickets.count)
        *ticket = tickets.items[0].ticket.id;
    ticket_view_list_release(&tickets);
    return code;
}

static enum tk_code read_journal(struct scene *s)
{
    struct journal_query query = {.limit = 1};
    struct journal_list list = {0};
    enum tk_code code = office_journal(s->office, &query, &list, &s->error);

    journal_list_release(&list);
    return code;
}

static enum tk_code approve(struct scene *s, enum op_kind kind, const char *number, const char *pin)
{
    s->error = (struct tk_error){0};
    return office_approve(s->office, strtoll(number, NULL, 10), pin, kind, NULL, &s->error);
}

static bool has_left(struct scene *s, const char *number)
{
    struct staff staff = {0};

    return !office_member(s->office, strtoll(number, NULL, 10), &staff, NULL) && staff.left_at;
}

static bool is_known(struct scene *s, const char *number)
{
    struct staff staff = {0};

    return !office_member(s->office, strtoll(number, NULL, 10), &staff, NULL);
}

static void test_online(void)
{
    struct scene s;
    struct tk_error unknown;

    scene_init(&s);
    open_counter(&s);
    CU_ASSERT_EQUAL(sell(&s, NULL), TK_SIGN_ON);
    CU_ASSERT_EQUAL(sign_on(&s, "99", PIN), TK_WRONG_PIN);
    unknown = s.error;
    CU_ASSERT_EQUAL(sign_on(&s, BOB, WRONG), TK_WRONG_PIN);
    CU_ASSERT_STRING_EQUAL(s.error.message, unknown.message);
    CU_ASSERT_EQUAL(sign_on(&s, BOB, PIN), TK_OK);
    CU_ASSERT_STRING_EQUAL(s.office->member.name, "Bob");
    CU_ASSERT_EQUAL(sell(&s, NULL), TK_OK);
    CU_ASSERT_EQUAL(read_journal(&s), TK_FORBIDDEN);
    office_sign_off(s.office);
    CU_ASSERT_EQUAL(read_journal(&s), TK_SIGN_ON);
    CU_ASSERT_EQUAL(sign_on(&s, MAX, PIN), TK_OK);
    CU_ASSERT_EQUAL(read_journal(&s), TK_OK);
    CU_ASSERT_EQUAL(sign_on(&s, BOB, PIN), TK_OK); /* without signing off before */
    CU_ASSERT_EQUAL(read_journal(&s), TK_FORBIDDEN);
    CU_ASSERT_EQUAL(approve(&s, OP_CANCEL, SUE, WRONG), TK_WRONG_PIN);
    CU_ASSERT_EQUAL(approve(&s, OP_CANCEL, SUE, PIN), TK_OK);
    CU_ASSERT_EQUAL(count_entries(&s, "book", "#" BOB), 1);
    scene_release(&s);
}

/* Bob and Max are known here then; nobody is signed on. */
static void meet(struct scene *s)
{
    CU_ASSERT_EQUAL(sign_on(s, MAX, PIN), TK_OK);
    CU_ASSERT_EQUAL(sign_on(s, BOB, PIN), TK_OK);
    office_sign_off(s->office);
    WAIT_FOR(places_here(s) > 0);
}

static void test_cut_off(void)
{
    struct scene s;
    struct ticket_view printed;
    int32_t copy;
    uint64_t ticket = 0;
    char wrong[TK_MESSAGE_MAX];

    scene_init(&s);
    open_counter(&s);
    meet(&s);
    cut(&s, PROXY_REFUSE);
    CU_ASSERT_EQUAL(sign_on(&s, BOB, WRONG), TK_WRONG_PIN);
    text_copy(wrong, sizeof wrong, s.error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(wrong, ONCE));
    CU_ASSERT_EQUAL(sign_on(&s, SUE, PIN), TK_WRONG_PIN); /* who never was here */
    CU_ASSERT_STRING_EQUAL(s.error.message, wrong);
    CU_ASSERT_EQUAL(sign_on(&s, BOB, PIN), TK_OK);
    CU_ASSERT_EQUAL(sell(&s, NULL), TK_OK);
    CU_ASSERT_EQUAL(sell(&s, &ticket), TK_OK);
    CU_ASSERT_EQUAL(approve(&s, OP_CANCEL, SUE, PIN), TK_WRONG_PIN);
    CU_ASSERT_EQUAL(approve(&s, OP_PRINT, MAX, PIN), TK_OK);
    CU_ASSERT_EQUAL(office_print(s.office, ticket, NULL, &printed, &copy, &s.error), TK_OK);
    CU_ASSERT(line_of(&s).waiting > 0);
    mend(&s);
    CU_ASSERT_EQUAL(count_entries(&s, "book", "#" BOB), 2);
    CU_ASSERT_EQUAL(count_entries(&s, "print", "#" BOB "+#" MAX), 1);
    /* the service gave him no session: he sells, and asks it for nothing else */
    CU_ASSERT_EQUAL(sell(&s, NULL), TK_OK);
    CU_ASSERT_EQUAL(count_entries(&s, "book", "#" BOB), 3);
    CU_ASSERT_EQUAL(read_journal(&s), TK_SIGN_ON);
    CU_ASSERT_EQUAL(approve(&s, OP_CANCEL, MAX, PIN), TK_OK);
    CU_ASSERT_EQUAL(sign_on(&s, BOB, PIN), TK_OK);
    CU_ASSERT_EQUAL(approve(&s, OP_CANCEL, SUE, PIN), TK_OK);
    scene_release(&s);
}

/* Another's session is not gone on with by who signs on while the line is cut. */
static void test_session_of_another(void)
{
    struct scene s;

    scene_init(&s);
    open_counter(&s);
    meet(&s);
    CU_ASSERT_EQUAL(sign_on(&s, MAX, PIN), TK_OK);
    cut(&s, PROXY_REFUSE);
    CU_ASSERT_EQUAL(sign_on(&s, BOB, PIN), TK_OK);
    mend(&s);
    CU_ASSERT_EQUAL(read_journal(&s), TK_SIGN_ON);
    scene_release(&s);
}

static void test_dismissed(void)
{
    struct scene s;

    scene_init(&s);
    open_counter(&s);
    meet(&s);
    hire(&s, EVE, "Eve", "clerk"); /* who comes before this till has heard of her … */
    CU_ASSERT_EQUAL(sign_on(&s, EVE, PIN), TK_OK);
    WAIT_FOR(is_known(&s, EVE));
    CU_ASSERT_EQUAL(replica_store_catch_up(s.session.store, NULL), TK_OK);
    cut(&s, PROXY_REFUSE);
    CU_ASSERT_EQUAL(sign_on(&s, EVE, PIN), TK_OK); /* … is known all the same */
    CU_ASSERT_EQUAL(sign_on(&s, BOB, PIN), TK_OK);
    RUN_OK(&s.house, "staff", "leave", "--number", BOB);
    CU_ASSERT_EQUAL(sell(&s, NULL), TK_OK); /* nobody has told it yet */
    proxy_set(s.proxy, 0, PROXY_OPEN);
    WAIT_FOR(has_left(&s, BOB));
    cut(&s, PROXY_REFUSE);
    CU_ASSERT_EQUAL(sell(&s, NULL), TK_STAFF_LEFT);
    office_sign_off(s.office);
    CU_ASSERT_EQUAL(sign_on(&s, BOB, PIN), TK_WRONG_PIN);
    CU_ASSERT_EQUAL(sign_on(&s, EVE, PIN), TK_OK);
    CU_ASSERT_EQUAL(sell(&s, NULL), TK_OK);
    scene_release(&s);
}

/* A line that takes all and answers nothing, before anybody has noticed. */
static void test_hangs(void)
{
    struct scene s;
    int64_t began;

    scene_init(&s);
    open_counter(&s);
    meet(&s);
    proxy_set(s.proxy, 0, PROXY_HANG);
    began = clock_ms();
    CU_ASSERT_EQUAL(sign_on(&s, BOB, PIN), TK_OK);
    CU_ASSERT(clock_ms() - began < AWAY_MS);
    CU_ASSERT_EQUAL(sell(&s, NULL), TK_OK);
    mend(&s);
    CU_ASSERT_EQUAL(count_entries(&s, "book", "#" BOB), 1);
    scene_release(&s);
}

/* --- names that look like a member's --- */

static void test_names(void)
{
    static const char *const settings[][2] = {{"TICKETLY_TILL_CLERK=#" BOB, NULL},
                                              {"TICKETLY_TILL_NAME=#" BOB, NULL}};
    struct world w;

    world_init(&w);
    RUN_OK(&w, "slots");
    REFUSED(&w, "bad_name", 1, "device", "add", "--name", "#" BOB, "--role", "clerk");
    CU_ASSERT(says(&w, "does not begin with “#”"));
    REFUSED(&w, "bad_name", 1, "token", "add", "--name", "#" BOB, "--role", "clerk");
    CU_ASSERT(says(&w, "does not begin with “#”"));
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        w.options.environment = settings[i];
        CU_ASSERT_EQUAL(RUN(&w, "slots"), 78);
        CU_ASSERT(says(&w, "does not begin with “#”"));
    }
    world_release(&w);
}

/* --- the pin of a service's certificate --- */

static bool make_certificate(struct world *w, char certificate[256], char key[256])
{
    struct run run;
    bool made;

    snprintf(certificate, 256, "%s/cert.pem", w->home);
    snprintf(key, 256, "%s/cert.key", w->home);
    run_program(&run, &w->options,
                (const char *const[]){"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                      "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                                      "/CN=box", "-addext", "subjectAltName=IP:127.0.0.1",
                                      "-keyout", key, "-out", certificate, NULL});
    made = run.status == 0;
    run_release(&run);
    return made;
}

static void invite(struct scene *s, const char *name, char code[INVITE_CODE_SIZE], char pin[64])
{
    RUN_OK(&s->house, "device", "add", "--name", name, "--role", "clerk", "--url", s->url,
           "--json");
    text_copy(code, INVITE_CODE_SIZE, member_text(s->house.json, "code"));
    text_copy(pin, 64, member_text(s->house.json, "pin"));
}

static void test_pin(void)
{
    char certificate[256], key[256], setting[300], code[INVITE_CODE_SIZE], pin[64], words[200];
    const char *const arguments[] = {"--tls-cert", certificate, "--tls-key", key, NULL};
    const char *const environment[] = {setting, NULL};
    struct process_options options = {.tokens = true, .secure = true, .arguments = arguments};
    struct scene s = {.proxy = NULL};

    world_init(&s.house);
    world_init(&s.till);
    RUN_OK(&s.house, "slots");
    CU_ASSERT_FATAL(make_certificate(&s.house, certificate, key));
    options.folder = s.house.home;
    options.store = s.house.store;
    CU_ASSERT_FATAL(process_start(&s.service, &options));
    snprintf(s.url, sizeof s.url, "https://127.0.0.1:%s", strrchr(s.service.url, ':') + 1);
    RUN_OK(&s.house, "device", "add", "--name", "Till 1", "--role", "clerk", "--url", s.url);
    CU_ASSERT_PTR_NOT_NULL(strstr(s.house.run.out, "not known here"));
    snprintf(setting, sizeof setting, "TICKETLY_SERVICE_TLS_CERT=%s", certificate);
    s.house.options.environment = environment;
    invite(&s, "Till 2", code, pin);
    CU_ASSERT_EQUAL(strncmp(pin, "sha256//", 8), 0);
    snprintf(words, sizeof words, "TICKETLY ENROL %s %s %s", s.url, code, pin);
    CU_ASSERT_STRING_EQUAL(member_text(s.house.json, "text"), words);
    CU_ASSERT_EQUAL(enrol(&s, s.url, code, pin), 0);
    RUN_OK(&s.till, "sync");
    RUN_OK(&s.house, "device", "add", "--name", "Till 3", "--role", "clerk", "--url", s.url);
    CU_ASSERT_PTR_NOT_NULL(strstr(s.house.run.out, pin));
    RUN_OK(&s.house, "device", "add", "--name", "Till 4", "--role", "clerk", "--url",
           "http://box:1");
    CU_ASSERT_PTR_NULL(strstr(s.house.run.out, "Pin"));
    CU_ASSERT(process_stop(&s.service));
    process_release(&s.service);
    world_release(&s.house);
    world_release(&s.till);
}

SUITE(admin_till_staff,
      {"commands at a till are a member's, and so is what they ask", test_commands},
      {"commands cut off know who was here, and nobody who left", test_commands_cut_off},
      {"a member signs on at a counter over its line, and sells", test_online},
      {"a member signs on while it is cut, and what he sold arrives in his name", test_cut_off},
      {"nobody goes on with the session of another", test_session_of_another},
      {"who came is known at once, and who left with the next exchange", test_dismissed},
      {"a line that hangs does not keep anybody from signing on", test_hangs},
      {"only members of staff are called so", test_names},
      {"a device gets the pin of the service's certificate", test_pin})
