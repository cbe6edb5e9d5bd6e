/* Training: the real programs on a copy, beside those that work on the real box office. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/pass.h"
#include "tests/door/entrance.h"
#include "tests/kiosk/till.h"
#include "tests/support/run.h"

#define WAIT_MS 20000
#define WORDS_MAX 24

static const char forged[] = "7K3QF9XW2MAB3DE12345";

/* Whether anything of a training session lies in the folder. */
static bool is_littered(const char *folder)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    bool found = false;

    while (directory && (entry = readdir(directory)))
        if (strstr(entry->d_name, ".training")) {
            found = true;
        }
    if (directory)
        closedir(directory);
    return found;
}

static bool is_there(const char *store, const char *ending)
{
    char path[300];

    snprintf(path, sizeof path, "%s%s", store, ending);
    return access(path, F_OK) == 0;
}

/* Runs `ticketly [--train] --db PLACE …` (words end with NULL). Returns the exit status. */
static int run_words(struct run *run, const struct entrance *entrance, const char *place,
                     bool training, const char *const *words)
{
    const char *environment[] = {entrance->token[0] ? entrance->token : "TZ=UTC", NULL};
    struct run_options options = {.home = entrance->door_home, .environment = environment};
    const char *argv[WORDS_MAX] = {test_program(), "--db", place};
    char *program = realpath(test_program(), NULL);
    int count = 3;

    if (program)
        argv[0] = program;
    if (training)
        argv[count++] = "--train";
    while (*words && count + 1 < WORDS_MAX)
        argv[count++] = *words++;
    run_program(run, &options, argv);
    free(program);
    return run->status;
}

#define RUN(run, entrance, training, ...) \
    run_words(run, entrance, (entrance)->place, training, (const char *const[]){__VA_ARGS__, NULL})

/* --- whether the real one is as it was --- */

struct bytes {
    struct buffer file, log;
};

static void read_bytes(struct buffer *bytes, const char *store, const char *ending)
{
    char path[300], block[65536];
    FILE *file;
    size_t length;

    snprintf(path, sizeof path, "%s%s", store, ending);
    buffer_init(bytes, 64 << 20);
    file = fopen(path, "rb");
    while (file && (length = fread(block, 1, sizeof block, file)) > 0)
        buffer_add(bytes, block, length);
    if (file)
        fclose(file);
}

static void keep_real(struct bytes *bytes, const struct entrance *entrance)
{
    read_bytes(&bytes->file, entrance->store, "");
    read_bytes(&bytes->log, entrance->store, "-wal");
}

static bool is_same(const struct buffer *a, const struct buffer *b)
{
    return a->length == b->length && (!a->length || memcmp(a->data, b->data, a->length) == 0);
}

/* Byte for byte; releases what was kept. */
static bool real_is_untouched(struct bytes *before, const struct entrance *entrance)
{
    struct bytes now;
    bool same;

    keep_real(&now, entrance);
    same =
        now.file.length > 0 && is_same(&before->file, &now.file) && is_same(&before->log, &now.log);
    buffer_release(&before->file);
    buffer_release(&before->log);
    buffer_release(&now.file);
    buffer_release(&now.log);
    return same;
}

/* --- programs --- */

static bool open_door(struct line_door *door, const struct entrance *entrance, bool training)
{
    const char *environment[] = {"TICKETLY_STORE_WAIT_SECONDS=5", NULL};
    struct line_door_options options = {.home = entrance->door_home,
                                        .store = entrance->store,
                                        .environment = environment,
                                        .training = training};

    return line_door_start(door, &options);
}

static bool open_counter(struct term *term, const struct entrance *entrance)
{
    char home[200];
    const char *env[] = {home, "TZ=UTC", NULL};
    const char *argv[] = {test_program(), "--db", entrance->store, "--train", NULL};

    snprintf(home, sizeof home, "HOME=%s", entrance->door_home);
    return term_start(term, 30, 100, env, argv) && term_wait(term, "q quit", WAIT_MS);
}

/* One ticket for the first showing; its pass as it stands on the screen. */
static void sell(struct term *term, char pass[PASS_SIZE])
{
    pass[0] = '\0';
    CU_ASSERT(term_send(term, "\r"));
    CU_ASSERT(term_wait(term, "places left", WAIT_MS));
    CU_ASSERT(term_send(term, "\r"));
    CU_ASSERT(term_wait(term, "Sold: 1 ticket", WAIT_MS));
    till_pass(term, pass);
    CU_ASSERT_EQUAL(strlen(pass), PASS_LENGTH);
}

static void leave(struct term *term)
{
    int status = -1;

    CU_ASSERT(term_send(term, "q"));
    CU_ASSERT(term_wait(term, "q quit", WAIT_MS));
    CU_ASSERT(term_send(term, "q"));
    CU_ASSERT(term_wait_exit(term, &status, WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    term_release(term);
}

static void test_counter_and_door(void)
{
    struct line_door practice = {0}, second = {0}, real = {0};
    struct entrance_ticket ticket;
    struct entrance entrance;
    struct bytes before;
    struct term term = {0};
    char pass[PASS_SIZE], *object;

    entrance_init(&entrance, false);
    entrance_book(&entrance, entrance_schedule(&entrance, "Now", -TIME_MINUTE, 2 * TIME_HOUR), 1,
                  &ticket);
    keep_real(&before, &entrance);
    CU_ASSERT_FATAL(open_counter(&term, &entrance));
    CU_ASSERT(term_wait(&term, "TRAINING", WAIT_MS));
    CU_ASSERT(term_wait(&term, "nothing done here reaches", WAIT_MS));
    sell(&term, pass);
    CU_ASSERT(pass_is_training(pass));
    CU_ASSERT_FATAL(open_door(&practice, &entrance, true));
    CU_ASSERT_EQUAL(entrance_scan(&practice, pass), VERDICT_ADMITTED);
    CU_ASSERT_FATAL(open_door(&second, &entrance, true));
    CU_ASSERT_EQUAL(entrance_scan(&second, pass), VERDICT_ALREADY);
    /* a real ticket is not let in where nothing is real, and not called a forgery */
    CU_ASSERT(line_door_scan(&second, ticket.pass));
    object = line_door_answer(&second, LINE_DOOR_MS);
    CU_ASSERT(object && strstr(object, "This is a real ticket, but this door only practises"));
    free(object);
    CU_ASSERT(real_is_untouched(&before, &entrance));
    CU_ASSERT_FATAL(open_door(&real, &entrance, false));
    CU_ASSERT_EQUAL(entrance_scan(&real, pass), VERDICT_TRAINING);
    CU_ASSERT_EQUAL(entrance_scan(&real, ticket.pass), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(line_door_end(&practice), 0);
    CU_ASSERT_EQUAL(line_door_end(&second), 0);
    CU_ASSERT(is_littered(entrance.home));
    leave(&term);
    CU_ASSERT(!is_littered(entrance.home));
    CU_ASSERT_EQUAL(line_door_end(&real), 0);
    CU_ASSERT_EQUAL(entrance_admitted(&entrance, ticket.slot), 1);
    line_door_release(&practice);
    line_door_release(&second);
    line_door_release(&real);
    entrance_release(&entrance);
}

/* Puts a showing into the programme of the copy. */
static int schedule(struct entrance *entrance, const char *name)
{
    struct run run = {0};
    int status = RUN(&run, entrance, true, "admin", "schedule", "--name", name, "--description",
                     "A film.", "--start", "today+2 20:00", "--end", "today+2 22:00", "--type",
                     "Movie", "--genre", "Drama");

    run_release(&run);
    return status;
}

static bool lists(struct entrance *entrance, bool training, const char *name)
{
    struct run run = {0};
    bool found;

    CU_ASSERT_EQUAL(RUN(&run, entrance, training, "admin", "slots", "--json"), 0);
    found = strstr(run.out, name);
    run_release(&run);
    return found;
}

static void test_killed(void)
{
    struct line_door door = {0}, other = {0};
    struct entrance entrance;
    struct bytes before;

    entrance_init(&entrance, false);
    entrance_schedule(&entrance, "Real one", TIME_MINUTE, TIME_HOUR);
    keep_real(&before, &entrance);
    /* alone, each command has a copy of its own */
    CU_ASSERT_EQUAL(schedule(&entrance, "Alone"), 0);
    CU_ASSERT(!is_littered(entrance.home));
    CU_ASSERT(!lists(&entrance, true, "Alone"));
    CU_ASSERT_FATAL(open_door(&door, &entrance, true));
    CU_ASSERT_FATAL(open_door(&other, &entrance, true));
    CU_ASSERT_EQUAL(entrance_scan(&door, forged), VERDICT_NOT_GENUINE);
    CU_ASSERT_EQUAL(schedule(&entrance, "Shared"), 0);
    CU_ASSERT(lists(&entrance, true, "Shared") && lists(&entrance, true, "Real one"));
    line_door_kill(&door);
    CU_ASSERT(lists(&entrance, true, "Shared")); /* the other is at work */
    CU_ASSERT_EQUAL(entrance_scan(&other, forged), VERDICT_NOT_GENUINE);
    line_door_kill(&other);
    CU_ASSERT(is_littered(entrance.home));
    CU_ASSERT(!lists(&entrance, true, "Shared"));
    CU_ASSERT(!is_littered(entrance.home));
    CU_ASSERT(real_is_untouched(&before, &entrance));
    CU_ASSERT(!lists(&entrance, false, "Shared"));
    line_door_release(&door);
    line_door_release(&other);
    entrance_release(&entrance);
}

/* Many begin and end at once: each has a whole copy, and the last one tidies up. */
static void test_together(void)
{
    enum { PEOPLE = 6, TIMES = 4 };
    struct entrance entrance;
    struct bytes before;
    int status;

    entrance_init(&entrance, false);
    entrance_schedule(&entrance, "Real one", TIME_MINUTE, TIME_HOUR);
    keep_real(&before, &entrance);
    fflush(NULL);
    for (int i = 0; i < PEOPLE; i++)
        if (fork() == 0) {
            for (int time = 0; time < TIMES; time++)
                if (i % 2 ? schedule(&entrance, "Practice") != 0
                          : !lists(&entrance, true, "Real one"))
                    _exit(1);
            _exit(0);
        }
    for (int i = 0; i < PEOPLE; i++)
        CU_ASSERT(wait(&status) > 0 && status == 0);
    CU_ASSERT(!is_littered(entrance.home));
    CU_ASSERT(real_is_untouched(&before, &entrance));
    entrance_release(&entrance);
}

static void check_refused(struct entrance *entrance, const char *said, int status,
                          const char *const *words)
{
    struct run run = {0};

    CU_ASSERT_EQUAL(run_words(&run, entrance, entrance->place, true, words), status);
    if (!strstr(run.err, said))
        printf("\n    “%s” is not in: %s", said, run.err);
    CU_ASSERT_PTR_NOT_NULL(strstr(run.err, said));
    CU_ASSERT_EQUAL(run.out_length, 0);
    run_release(&run);
}

#define REFUSED(entrance, said, status, ...) \
    check_refused(entrance, said, status, (const char *const[]){__VA_ARGS__, NULL})

static void test_refused(void)
{
    struct entrance entrance;
    char path[300], text[20] = "";
    FILE *file;

    entrance_init(&entrance, false);
    REFUSED(&entrance, "leave --train out", 2, "admin", "token", "list");
    REFUSED(&entrance, "leave --train out", 2, "admin", "keys", "rotate");
    REFUSED(&entrance, "leave --train out", 2, "admin", "doctor");
    REFUSED(&entrance, "leave --train out", 2, "admin", "backup", "copy.db");
    REFUSED(&entrance, "without --train", 2, "serve", "--listen", "127.0.0.1:0", "--open");
    CU_ASSERT(!is_littered(entrance.home));
    /* a file of that name that nobody made for training */
    snprintf(path, sizeof path, "%s.training", entrance.store);
    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("precious", file);
    fclose(file);
    REFUSED(&entrance, "was not made for training", 73, "admin", "slots");
    file = fopen(path, "r");
    CU_ASSERT(file && fgets(text, sizeof text, file));
    CU_ASSERT_STRING_EQUAL(text, "precious");
    if (file)
        fclose(file);
    CU_ASSERT(!is_there(path, ".shared"));
    entrance_release(&entrance);
}

/* Of a service's box office nothing is taken. */
static void test_at_a_service(void)
{
    struct entrance entrance;
    struct run run = {0};
    char folder[300];
    uint64_t before = 0, after = 1;

    entrance_init(&entrance, true);
    entrance_schedule(&entrance, "Real one", TIME_MINUTE, TIME_HOUR);
    CU_ASSERT_EQUAL(office_version(entrance.office, &before, NULL), TK_OK);
    CU_ASSERT(!lists(&entrance, true, "Real one"));
    CU_ASSERT(lists(&entrance, true, "slotName")); /* the sample programme */
    CU_ASSERT_EQUAL(schedule(&entrance, "Practice"), 0);
    CU_ASSERT_EQUAL(RUN(&run, &entrance, true, "admin", "verify"), 0);
    run_release(&run);
    snprintf(folder, sizeof folder, "%s/data/ticketly", entrance.door_home);
    CU_ASSERT_EQUAL(access(folder, F_OK), 0);
    CU_ASSERT(!is_littered(folder));
    CU_ASSERT_EQUAL(office_version(entrance.office, &after, NULL), TK_OK);
    CU_ASSERT_EQUAL(before, after);
    entrance_release(&entrance);
}

/* Practising before there is a box office makes none. */
static void test_before_the_first_day(void)
{
    struct entrance entrance;
    struct run run = {0};
    char none[200];

    entrance_init(&entrance, false);
    snprintf(none, sizeof none, "%s/none.db", entrance.home);
    CU_ASSERT_EQUAL(run_words(&run, &entrance, none, true,
                              (const char *const[]){"admin", "slots", "--json", NULL}),
                    0);
    CU_ASSERT_PTR_NOT_NULL(strstr(run.out, "slotName"));
    run_release(&run);
    CU_ASSERT(!is_there(none, "") && !is_there(none, ".key") && !is_there(none, ".lock"));
    CU_ASSERT(!is_littered(entrance.home));
    entrance_release(&entrance);
}

SUITE(training,
      {"a counter and doors practise on one copy, and nothing of it is real",
       test_counter_and_door},
      {"a copy that was left behind is made anew", test_killed},
      {"many begin and end at once", test_together},
      {"what is for the real box office is refused", test_refused},
      {"at a service people practise on the sample programme", test_at_a_service},
      {"practising makes no box office", test_before_the_first_day})
