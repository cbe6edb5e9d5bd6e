/*
 * Secrets are where they belong and nowhere else: a house with staff, a service, a till that
 * enrols, counters at both, and then a search through all that they wrote, printed and answered.
 */
#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/invite.h"
#include "core/seal.h"
#include "core/sign_on.h"
#include "tests/admin/world.h"
#include "tests/kiosk/staffed.h"
#include "tests/support/http.h"
#include "tests/support/hunt.h"
#include "tests/support/service.h"
#include "ui/guarded.h"
#include "ui/http/staff_token.h"

/* Long enough not to turn up by chance in a number, an id or a time. */
#define ADA_PIN "482913775062"
#define PRIYA_LONG_PIN "385902771604"
#define MAYA_LONG_PIN "940186225713"
#define WRONG_PIN "617350948261"
#define ADA_PASSWORD "a \"brass\" lamp \\ & 2 stones"

struct scene {
    struct world house, till,
        branch;     /* each a home of its own: a till of the service, of the file */
    char keep[160]; /* where people keep their secrets: not ours */
    char ada[256], priya[256], maya[256], password[256], wrong[256];
    char config[256]; /* the till's settings */
    char remote[256]; /* of the same till, when it works at the service itself */
    char code[INVITE_CODE_SIZE], reader[128], token[128], session[256], approval[256], ticket[64];
    struct process service;
    struct hunt hunt;
    size_t outputs; /* commands and answers looked at */
};

/* --- helpers --- */

static void keep(struct scene *scene, char path[256], enum hunt_kind kind, const char *name,
                 const char *secret)
{
    int file;

    snprintf(path, 256, "%s/%s", scene->keep, name);
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 || write(file, secret, strlen(secret)) < 0 || close(file))
        abort();
    hunt_add_text(&scene->hunt, kind, name, secret);
}

static void look_at_run(struct scene *scene, const struct world *world, const char *what)
{
    char where[200];

    snprintf(where, sizeof where, "what `%.150s` prints", what);
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, where, world->run.out, world->run.out_length), 0);
    snprintf(where, sizeof where, "what `%.150s` complains of", what);
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, where, world->run.err, world->run.err_length), 0);
    scene->outputs++;
}

/* A command and a look at all that it says. */
#define SAYS(scene, status, ...)                                                        \
    do {                                                                                \
        int status_ = RUN(&(scene)->house, __VA_ARGS__);                                \
                                                                                        \
        if (status_ != (status))                                                        \
            printf("\n    %s: %d %s\n", #__VA_ARGS__, status_, (scene)->house.run.err); \
        CU_ASSERT_EQUAL(status_, status);                                               \
        look_at_run(scene, &(scene)->house, #__VA_ARGS__);                              \
    } while (0)

static int ask(struct scene *scene, const char *method, const char *target, const char *body,
               const char *approval, struct answer *answer)
{
    char bearer[160], staff[320], approved[320], key[64];
    const char *headers[5] = {bearer, key};
    static int keys;
    int count = 2;

    snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", scene->token);
    snprintf(staff, sizeof staff, "Ticketly-Staff: %s", scene->session);
    snprintf(approved, sizeof approved, "Ticketly-Approval: %s", approval ? approval : "");
    snprintf(key, sizeof key, "Idempotency-Key: secrets-%d", ++keys);
    if (scene->session[0])
        headers[count++] = staff;
    if (approval)
        headers[count++] = approved;
    answer_release(answer);
    *answer = (struct answer){0};
    CU_ASSERT(http_call(scene->service.url, method, target, headers, body, answer));
    return answer->status;
}

/* --- the house --- */

static void hire(struct scene *scene)
{
    struct world *house = &scene->house;
    const char *slot;
    char number[32];

    SAYS(scene, 0, "staff", "add", "--number", "1", "--name", "Ada", "--role", "admin",
         "--secret-file", scene->ada);
    SAYS(scene, 77, "sign-on", "1", "--secret-file", scene->wrong);
    SAYS(scene, 0, "sign-on", "1", "--secret-file", scene->ada, "--json");
    SAYS(scene, 0, "staff", "add", "--number", "1042", "--name", "Priya", "--role", "clerk",
         "--secret-file", scene->priya);
    SAYS(scene, 0, "staff", "add", "--number", "2001", "--name", "Maya", "--role", "supervisor",
         "--secret-file", scene->maya, "--json");
    SAYS(scene, 0, "pin", "1", "--password", "--secret-file", scene->password);
    SAYS(scene, 0, "sign-on", "1", "--secret-file", scene->password);
    slot = world_schedule(house, "Metropolis", "40");
    snprintf(number, sizeof number, "%s", slot);
    world_book(house, number, "2", "Ann Lee", "5551234567");
    snprintf(scene->ticket, sizeof scene->ticket, "%s", house->id);
    RUN_OK(house, "token", "add", "--name", "board", "--role", "reader", "--json");
    snprintf(scene->reader, sizeof scene->reader, "%s", member_text(house->json, "token"));
    hunt_add_text(&scene->hunt, HUNT_TOKEN, "the board's token", scene->reader);
}

/* The keys, and what is derived from them: none of it is in a file but the key file. */
static void learn_keys(struct scene *scene)
{
    char path[300], text[200] = "";
    struct crypto_key root, made;
    FILE *file;

    snprintf(path, sizeof path, "%s.key", scene->house.store);
    file = fopen(path, "r");
    if (!file || !fgets(text, sizeof text, file) || !fgets(text, sizeof text, file))
        abort();
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    CU_ASSERT_FATAL(hex_parse(root.bytes, sizeof root.bytes, text));
    hunt_add(&scene->hunt, HUNT_KEY, "the site key", root.bytes, sizeof root.bytes);
    made = sign_on_pepper(&root);
    hunt_add(&scene->hunt, HUNT_KEY, "the pepper", made.bytes, sizeof made.bytes);
    made = seal_seed(&root);
    hunt_add(&scene->hunt, HUNT_KEY, "the seed of seals", made.bytes, sizeof made.bytes);
    made = staff_token_key(&root);
    hunt_add(&scene->hunt, HUNT_KEY, "the key of sessions", made.bytes, sizeof made.bytes);
}

/* One verifier out of a record's value, with its quotes. */
static void learn_verifier(struct scene *scene, const char *key, const char *member,
                           const char *value)
{
    json_t *record = json_loads(value, 0, NULL);
    const char *verifier = json_string_value(json_object_get(record, member));
    char name[64];

    snprintf(name, sizeof name, "the verifier (%s) of %.20s", member, key);
    if (verifier && *verifier) {
        CU_ASSERT_EQUAL(strncmp(verifier, "$argon2id$", 10), 0);
        hunt_add_text(&scene->hunt, HUNT_VERIFIER, name, verifier);
    }
    json_decref(record);
}

static int learn_verifiers(struct scene *scene)
{
    size_t before = scene->hunt.count;
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;

    CU_ASSERT_EQUAL_FATAL(sqlite3_open_v2(scene->house.store, &db, SQLITE_OPEN_READONLY, NULL), 0);
    CU_ASSERT_EQUAL_FATAL(
        sqlite3_prepare_v2(db, "SELECT key, value FROM record WHERE key LIKE 'staff/%'", -1, &rows,
                           NULL),
        SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW)
        for (int i = 0; i < 2; i++)
            learn_verifier(scene, (const char *)sqlite3_column_text(rows, 0),
                           i ? "password" : "pin", (const char *)sqlite3_column_text(rows, 1));
    sqlite3_finalize(rows);
    sqlite3_close(db);
    return (int)(scene->hunt.count - before);
}

static void scene_init(struct scene *scene)
{
    static const char settings[] = "[store]\nwait_seconds = 20\n";

    memset(scene, 0, sizeof *scene);
    hunt_init(&scene->hunt);
    world_init(&scene->house);
    world_init(&scene->till);
    world_init(&scene->branch);
    test_folder(scene->keep, sizeof scene->keep);
    snprintf(scene->config, sizeof scene->config, "%s",
             world_file(&scene->till, "till.ini", settings, sizeof settings - 1));
    keep(scene, scene->ada, HUNT_PIN, "Ada's PIN", ADA_PIN);
    keep(scene, scene->priya, HUNT_PIN, "Priya's PIN", PRIYA_LONG_PIN);
    keep(scene, scene->maya, HUNT_PIN, "Maya's PIN", MAYA_LONG_PIN);
    keep(scene, scene->wrong, HUNT_PIN, "a wrong PIN", WRONG_PIN);
    keep(scene, scene->password, HUNT_PASSWORD, "Ada's password", ADA_PASSWORD);
    hunt_watch(&scene->hunt, "ticketly");
    hire(scene);
    learn_keys(scene);
    CU_ASSERT_EQUAL(learn_verifiers(scene), 4);
}

static void scene_release(struct scene *scene)
{
    hunt_watch_end(&scene->hunt);
    process_release(&scene->service);
    world_release(&scene->house);
    world_release(&scene->till);
    world_release(&scene->branch);
    hunt_release(&scene->hunt);
}

/* --- the service and its till --- */

static void start_service(struct scene *scene)
{
    struct process_options options = {
        .folder = scene->house.home, .store = scene->house.store, .tokens = true};

    CU_ASSERT_FATAL(process_start(&scene->service, &options));
}

static void take_token(struct scene *scene)
{
    char path[300];
    FILE *file;

    snprintf(path, sizeof path, "%s/till.token", scene->till.home);
    file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_PTR_NOT_NULL(fgets(scene->token, sizeof scene->token, file));
    fclose(file);
    scene->token[strcspn(scene->token, "\n")] = '\0';
    CU_ASSERT_EQUAL(strncmp(scene->token, "tly_", 4), 0);
    hunt_add_text(&scene->hunt, HUNT_TOKEN, "the till's token", scene->token);
}

/* The same device, without a copy of its own. */
static void settle_remote(struct scene *scene)
{
    char text[700];

    snprintf(text, sizeof text,
             "[till]\nname = Till 7\n[store]\nfile = %s\ntoken_file = %s/till.token\n",
             scene->service.url, scene->till.home);
    snprintf(scene->remote, sizeof scene->remote, "%s",
             world_file(&scene->till, "remote.ini", text, strlen(text)));
}

static void enrol(struct scene *scene)
{
    char *program = realpath(test_program(), NULL);
    struct run_options options = scene->till.options;
    struct run run;

    RUN_OK(&scene->house, "device", "add", "--name", "Till 7", "--role", "clerk", "--attended",
           "--json");
    snprintf(scene->code, sizeof scene->code, "%s", member_text(scene->house.json, "code"));
    CU_ASSERT_EQUAL(strlen(scene->code), INVITE_CODE_SIZE - 1);
    options.in_path = world_file(&scene->till, "code", scene->code, strlen(scene->code));
    run_program(&run, &options,
                (const char *const[]){program, "--config", scene->config, "enrol",
                                      scene->service.url, NULL});
    CU_ASSERT_EQUAL(unlink(options.in_path), 0);
    if (run.status)
        printf("\n    enrol: %s\n", run.err);
    CU_ASSERT_EQUAL_FATAL(run.status, 0);
    hunt_add_text(&scene->hunt, HUNT_CODE, "the code of enrolment", scene->code);
    take_token(scene);
    settle_remote(scene);
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, "what enrol prints", run.out, run.out_length), 0);
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, "what enrol prints", run.err, run.err_length), 0);
    run_release(&run);
    free(program);
}

static void post_sign_on(struct scene *scene, int number, const char *secret, const char *more,
                         int status, struct answer *answer)
{
    char body[200];

    snprintf(body, sizeof body, "{\"number\":%d,\"secret\":\"%s\"%s}", number, secret, more);
    CU_ASSERT_EQUAL(ask(scene, "POST", "/v1/sign-ons", body, NULL, answer), status);
}

static void sign_on_over_http(struct scene *scene)
{
    struct answer answer = {0};
    char target[100];

    post_sign_on(scene, 1042, WRONG_PIN, "", 401, &answer);
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, "a refusal", answer.body, answer.body_length), 0);
    post_sign_on(scene, 1042, PRIYA_LONG_PIN, ",\"nonsense\":1", 400, &answer);
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, "a refusal", answer.body, answer.body_length), 0);
    post_sign_on(scene, 1042, PRIYA_LONG_PIN, "", 200, &answer);
    snprintf(scene->session, sizeof scene->session, "%s", answer_text(&answer, "session"));
    CU_ASSERT_EQUAL_FATAL(strncmp(scene->session, "tls_", 4), 0);
    CU_ASSERT_EQUAL(
        hunt_look(&scene->hunt, 0, "the answer to a sign-on", answer.body, answer.body_length),
        0); /* its own session is not hunted yet */
    hunt_add_text(&scene->hunt, HUNT_SESSION, "Priya's session", scene->session);
    post_sign_on(scene, 2001, MAYA_LONG_PIN, ",\"approve\":\"cancel\"", 200, &answer);
    snprintf(scene->approval, sizeof scene->approval, "%s", answer_text(&answer, "approval"));
    CU_ASSERT_EQUAL_FATAL(strncmp(scene->approval, "tla_", 4), 0);
    hunt_add_text(&scene->hunt, HUNT_SESSION, "Maya's approval", scene->approval);
    snprintf(target, sizeof target, "/v1/tickets/%s", scene->ticket);
    CU_ASSERT_EQUAL(ask(scene, "DELETE", target, NULL, scene->approval, &answer), 200);
    CU_ASSERT_EQUAL(
        hunt_look(&scene->hunt, 0, "the answer to a change", answer.body, answer.body_length), 0);
    answer_release(&answer);
}

static void ask_for_everything(struct scene *scene)
{
    static const struct {
        const char *target;
        int status;
    } asked[] = {{"/v1/records?prefix=staff/", 200},
                 {"/v1/records?prefix=duty/", 200},
                 {"/v1/records?prefix=shift/", 200},
                 {"/v1/records?key=limits", 200},
                 {"/v1/records?prefix=invite/", 403},
                 {"/v1/records?prefix=local/", 403},
                 {"/v1/store", 200},
                 {"/metrics", 200},
                 {"/readyz", 200},
                 {"/v1/customers", 200},
                 {"/v1/tickets", 200},
                 {"/v1/openapi.json", 200},
                 {"/v1/no-such", 404}};
    struct answer answer = {0};

    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        int status = ask(scene, "GET", asked[i].target, NULL, NULL, &answer);

        if (status != asked[i].status)
            printf("\n    %s: %d %s\n", asked[i].target, status, answer.body);
        CU_ASSERT_EQUAL(status, asked[i].status);
        CU_ASSERT_EQUAL(
            hunt_look(&scene->hunt, 0, asked[i].target, answer.body, answer.body_length), 0);
        CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, asked[i].target, answer.head,
                                  answer.head ? strlen(answer.head) : 0),
                        0);
        scene->outputs++;
    }
    answer_release(&answer);
}

static void run_at_till(struct scene *scene, int status, const char *config, const char *word,
                        const char *number, const char *secret)
{
    char *program = realpath(test_program(), NULL);
    struct run run;

    run_program(&run, &scene->till.options,
                (const char *const[]){program, "--config", config, "admin", word, number,
                                      secret ? "--secret-file" : NULL, secret, NULL});
    if (run.status != status)
        printf("\n    %s: %d %s\n", word, run.status, run.err);
    CU_ASSERT_EQUAL(run.status, status);
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, word, run.out, run.out_length), 0);
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, word, run.err, run.err_length), 0);
    run_release(&run);
    free(program);
}

/* Its copy takes all that tills are given; and somebody signs on at the service through it. */
static void work_at_the_till(struct scene *scene)
{
    run_at_till(scene, 0, scene->config, "sync", NULL, NULL);
    run_at_till(scene, 77, scene->remote, "sign-on", "1042", scene->wrong);
    run_at_till(scene, 0, scene->remote, "sign-on", "1042", scene->priya);
    run_at_till(scene, 0, scene->remote, "slots", NULL, NULL);
    run_at_till(scene, 0, scene->remote, "sign-off", NULL, NULL);
}

/* --- counters --- */

enum place { AT_THE_HOUSE, AT_THE_SERVICE, AT_A_BRANCH };

static bool start_counter(struct scene *scene, struct term *term, enum place place)
{
    const struct world *const worlds[] = {&scene->house, &scene->till, &scene->branch};
    const char *const argvs[][6] = {
        {test_program(), "--db", scene->house.store, NULL},
        {test_program(), "--config", scene->remote, NULL},
        {test_program(), "--central", scene->house.store, NULL},
    };
    char home[200], settings[200], data[200];
    const char *const env[] = {home, settings, data, "TZ=UTC", NULL};

    snprintf(home, sizeof home, "HOME=%s", worlds[place]->home);
    snprintf(settings, sizeof settings, "XDG_CONFIG_HOME=%s/config", worlds[place]->home);
    snprintf(data, sizeof data, "XDG_DATA_HOME=%s/data", worlds[place]->home);
    return term_start(term, 24, 80, env, argvs[place]) &&
           term_wait(term, "Sign on", 2 * TILL_WAIT_MS);
}

static void look_at_screen(struct scene *scene, struct term *term)
{
    size_t length;
    const char *log = term_log(term, 0, &length);

    CU_ASSERT(length > 1000);
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, "what the counter showed", log, length), 0);
}

/* That it cannot be read, or is not looked at, is told by the suite secrets_kept. */
static void is_not_in_memory(pid_t pid, const char *what)
{
    static const char *const pins[] = {WRONG_PIN, PRIYA_LONG_PIN};
    char place[200];

    for (size_t i = 0; guarded_is_built() && i < sizeof pins / sizeof *pins; i++) {
        bool found = hunt_memory(pid, pins[i], 1, place) > 0;

        if (found)
            printf("\n    %s holds PIN %zu in %s", what, i, place);
        CU_ASSERT(!found);
    }
}

static void work_at_a_counter(struct scene *scene, enum place place)
{
    struct term term = {0};
    int status = -1;

    CU_ASSERT_FATAL(start_counter(scene, &term, place));
    CU_ASSERT(staffed_type(&term, 1042, WRONG_PIN));
    SEE(&term, "do not belong together");
    CU_ASSERT(staffed_type(&term, 1042, PRIYA_LONG_PIN));
    SEE(&term, "No shift of yours");
    CU_ASSERT(term_key(&term, "Esc"));
    SEE(&term, "Metropolis");
    CU_ASSERT(term_key(&term, "Enter"));
    SEE(&term, "places left");
    CU_ASSERT(term_key(&term, "Enter"));
    SEE(&term, "Sold: 1 ticket");
    is_not_in_memory(term.program, "the counter");
    look_at_screen(scene, &term);
    CU_ASSERT(term_key(&term, "Esc"));
    CU_ASSERT(term_wait_idle(&term, 200, TILL_WAIT_MS));
    CU_ASSERT(term_key(&term, "s"));
    SEE(&term, "Sign on");
    CU_ASSERT(term_key(&term, "F10"));
    CU_ASSERT(term_wait_exit(&term, &status, 2 * TILL_WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    look_at_screen(scene, &term);
    term_release(&term);
}

/* --- what is printed and written --- */

static void print_everything(struct scene *scene)
{
    static const char *const kinds[] = {"slots", "tickets", "customers", "journal"};
    static const char *const reports[] = {"day", "week", "slot", "genre", "clerk"};
    static const char *const formats[] = {"text", "csv", "json"};
    static const char *const plain[] = {"config", "journal", "keys",     "slots", "allotments",
                                        "roles",  "limits",  "disputes", "verify"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (int json = 0; json < 2; json++)
            SAYS(scene, 0, "export", kinds[i], "--format", json ? "jsonl" : "csv");
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
        for (int format = 0; format < 3; format++)
            SAYS(scene, 0, "report", reports[i], "--format", formats[format]);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        const char *action = strcmp(plain[i], "keys") == 0 ? "list" : NULL;

        SAYS(scene, 0, plain[i], action ? action : "--json", action ? "--json" : NULL);
        SAYS(scene, 0, plain[i], action);
    }
    for (int json = 0; json < 2; json++) {
        const char *as = json ? "--json" : NULL;

        SAYS(scene, 0, "staff", "list", as);
        SAYS(scene, 0, "device", "list", as);
        SAYS(scene, 0, "token", "list", as);
        SAYS(scene, 0, "journal", "verify", as);
        SAYS(scene, 0, "customer", "export", "Ann Lee", as);
        SAYS(scene, 0, "customer", "show", "Ann Lee", as);
        SAYS(scene, 0, "ticket", scene->ticket, as);
    }
    RUN(&scene->house, "doctor");
    look_at_run(scene, &scene->house, "doctor");
    RUN(&scene->house, "doctor", "--json");
    look_at_run(scene, &scene->house, "doctor --json");
}

static void print_receipt(struct scene *scene)
{
    char slot[32];

    snprintf(slot, sizeof slot, "%s", world_schedule(&scene->house, "Sunrise", "10"));
    world_book(&scene->house, slot, "1", NULL, NULL);
    SAYS(scene, 0, "print", scene->house.id, "--output", "-");
    CU_ASSERT(scene->house.run.out_length > 50);
    SAYS(scene, 0, "qr", scene->house.id, "--form", "ascii");
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* The database holds verifiers, the key file the keys, a token file the token, and nothing else
   holds anything. */
static unsigned may_lie(const char *path)
{
    const char *name = strrchr(path, '/') + 1;

    if (strcmp(name, "office.db") == 0 || strcmp(name, "office.db-wal") == 0)
        return HUNT_VERIFIER;
    if (strcmp(name, "office.db.key") == 0)
        return HUNT_KEY;
    return ends_with(name, ".token") ? HUNT_TOKEN : 0;
}

static int copies, local; /* of the till: nftw takes no context */

/* A till's copy has its own verifier of who signed on at it, and nobody's of the house. */
static void look_into_copy(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;

    CU_ASSERT_EQUAL_FATAL(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    CU_ASSERT_EQUAL_FATAL(sqlite3_prepare_v2(db,
                                             "SELECT key FROM record WHERE value LIKE '%argon2%'",
                                             -1, &rows, NULL),
                          SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        const char *key = (const char *)sqlite3_column_text(rows, 0);

        if (strncmp(key, RECORD_LOCAL_PREFIX, strlen(RECORD_LOCAL_PREFIX)) != 0)
            printf("\n    the copy has a verifier at %s\n", key);
        CU_ASSERT_EQUAL(strncmp(key, RECORD_LOCAL_PREFIX, strlen(RECORD_LOCAL_PREFIX)), 0);
        local++;
    }
    sqlite3_finalize(rows);
    sqlite3_close(db);
}

static int look_at_copy(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)ftw;
    if (type != FTW_F || !ends_with(path, ".db"))
        return 0;
    look_into_copy(path);
    copies++;
    return 0;
}

static void find_copies(struct scene *scene)
{
    copies = local = 0;
    CU_ASSERT_EQUAL(nftw(scene->till.home, look_at_copy, 10, FTW_PHYS), 0);
    CU_ASSERT(copies > 0 && local == 0);
    CU_ASSERT_EQUAL(nftw(scene->branch.home, look_at_copy, 10, FTW_PHYS), 0);
    CU_ASSERT(copies > 1);
    CU_ASSERT_EQUAL(local, 1); /* Priya's */
}

static void look_at_log(struct scene *scene)
{
    char *log = process_log_copy(&scene->service, 0);

    CU_ASSERT(strlen(log) > 500);
    CU_ASSERT_PTR_NOT_NULL(strstr(log, "/v1/sign-ons"));
    CU_ASSERT_EQUAL(hunt_look(&scene->hunt, 0, "the service's log", log, strlen(log)), 0);
    free(log);
}

static void test_everywhere(void)
{
    static struct scene scene;

    scene_init(&scene);
    start_service(&scene);
    enrol(&scene);
    sign_on_over_http(&scene);
    ask_for_everything(&scene);
    work_at_the_till(&scene);
    for (int place = AT_THE_HOUSE; place <= AT_A_BRANCH; place++)
        work_at_a_counter(&scene, (enum place)place);
    SAYS(&scene, 0, "sign-on", "1", "--secret-file", scene.ada);
    print_receipt(&scene);
    print_everything(&scene);
    is_not_in_memory(scene.service.pid, "the service");
    CU_ASSERT(process_stop(&scene.service));
    look_at_log(&scene);
    CU_ASSERT_EQUAL(hunt_look_folder(&scene.hunt, scene.house.home, may_lie), 0);
    CU_ASSERT_EQUAL(hunt_look_folder(&scene.hunt, scene.till.home, may_lie), 0);
    CU_ASSERT_EQUAL(hunt_look_folder(&scene.hunt, scene.branch.home, may_lie), 0);
    find_copies(&scene);
    CU_ASSERT_EQUAL(hunt_watch_end(&scene.hunt), 0);
    CU_ASSERT(scene.hunt.processes > 50);
    if (!scene.hunt.environments)
        test_skip("environments cannot be read here: only root may");
    CU_ASSERT(scene.outputs > 60);
    scene_release(&scene);
}

/* --- whether the hunt finds anything --- */

static void test_hunt(void)
{
    static const char *const hiding[] = {
        ("x=" ADA_PIN ";"),
        "3438323931333737353036322",
        "eDQ4MjkxMzc3NTA2Mg==", /* x482913775062 */
        "eHg0ODI5MTM3NzUwNjI=", /* xx482913775062 */
        "NDgyOTEzNzc1MDYy",     /* 482913775062 */
        "{\"a\":\"a \\\"brass\\\" lamp \\\\ & 2 stones\"}",
        "a%20%22brass%22%20lamp%20%5C%20%26%202%20stones",
        "61202262726173735C22206C616D70",
    };
    char place[200], *spread = strdup(WRONG_PIN);
    struct hunt hunt;

    hunt_init(&hunt);
    hunt_add_text(&hunt, HUNT_PIN, "the PIN", ADA_PIN);
    hunt_add_text(&hunt, HUNT_PASSWORD, "the password", ADA_PASSWORD);
    printf("\n    (what is found now should be)\n");
    for (size_t i = 0; i + 1 < sizeof hiding / sizeof *hiding; i++)
        CU_ASSERT_EQUAL(hunt_look(&hunt, 0, hiding[i], hiding[i], strlen(hiding[i])), 1);
    CU_ASSERT_EQUAL(hunt_look(&hunt, 0, "nothing", hiding[7], strlen(hiding[7])), 0);
    CU_ASSERT_EQUAL(hunt_look(&hunt, HUNT_PIN, "where it may", hiding[0], strlen(hiding[0])), 0);
    CU_ASSERT_EQUAL(hunt_look(&hunt, HUNT_PASSWORD, "it", hiding[0], strlen(hiding[0])), 1);
    if (hunt_memory(getpid(), WRONG_PIN, 1, place) >= 0)
        CU_ASSERT_EQUAL(hunt_memory(getpid(), WRONG_PIN, 1, place), 1);
    free(spread);
    hunt_release(&hunt);
}

SUITE(secrets, {"a hunt finds what is hidden", test_hunt},
      {"no secret lies where it does not belong", test_everywhere})
