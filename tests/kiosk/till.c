#include "tests/kiosk/till.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/support/test.h"

#define WORDS_MAX 32

static const char showings[] =
    "slotName,slotDescription,startTime,endTime,slotType,genre,capacity,screen\n"
    "Full House,Nothing is left.,2081-03-15 18:00,2081-03-15 19:40,Movie,Drama,1,Screen 1\n"
    "Skyfall,An agent comes home.,2081-03-15 19:45,2081-03-15 22:08,Movie,Action,5,Screen 1\n"
    "The Lives of Others,An officer listens in.,2081-03-15 20:00,2081-03-15 22:17,Movie,Drama,12,"
    "Screen 2\n"
    "Spirited Away,A bath house of spirits.,2081-03-15 20:15,2081-03-15 22:20,Movie,Animation,20,"
    "Screen 3\n"
    "Stop Making Sense,A band and a large suit.,2081-03-15 21:00,2081-03-15 22:30,Concert,Social,"
    "18,Screen 4\n"
    "Paddington,A bear and his marmalade.,2081-03-16 10:30,2081-03-16 12:05,Movie,Comedy,20,"
    "Screen 1\n"
    "Amélie,A waitress in Montmartre.,2081-03-16 11:00,2081-03-16 13:02,Movie,Romance,20,"
    "Screen 2\n";

static void write_text(const char *path, const char *mode, const char *text)
{
    FILE *file = fopen(path, mode);

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

static void write_programme(const char *path)
{
    char line[200];

    write_text(path, "w", showings);
    for (int i = 1; i <= TILL_EVENINGS; i++) {
        int day = 17 + i / 4, hour = 14 + 2 * (i % 4);

        snprintf(line, sizeof line,
                 "Evening %02d,One of many.,2081-03-%d %d:00,2081-03-%d %d:40,Movie,Thriller,20,"
                 "Screen 1\n",
                 i, day, hour, day, hour + 1);
        write_text(path, "a", line);
    }
}

void till_init(struct till *till)
{
    char path[200];
    const char *const import[] = {"import", path, NULL};

    test_folder(till->folder, sizeof till->folder);
    snprintf(till->home, sizeof till->home, "HOME=%s", till->folder);
    snprintf(till->config, sizeof till->config, "%s/ticketly.ini", till->folder);
    snprintf(till->store, sizeof till->store, "%s/box-office.db", till->folder);
    snprintf(path, sizeof path, "%s/showings.csv", till->folder);
    write_text(till->config, "w",
               "[venue]\nzone = UTC\n[till]\nclerk = Priya\n[store]\nwait_seconds = 20\n");
    write_programme(path);
    if (till_admin(till, NULL, import) != 0 || !till_book(till, TILL_FULL_HOUSE, 1, NULL, NULL))
        abort();
}

void till_add_settings(const struct till *till, const char *lines)
{
    write_text(till->config, "a", lines);
}

bool till_start(const struct till *till, struct term *term, int rows, int columns,
                const char *const *env, const char *option)
{
    const char *const argv[] = {test_program(), "--config",  till->config, "--db",
                                till->store,    option, NULL};
    const char *all[WORDS_MAX] = {till->home};

    for (int i = 0; env && env[i] && i + 2 < WORDS_MAX; i++)
        all[i + 1] = env[i];
    return term_start(term, rows, columns, all, argv);
}

bool till_counter(const struct till *till, struct term *term, int rows, int columns,
                  const char *const *env, const char *option)
{
    return till_start(till, term, rows, columns, env, option) &&
           term_wait(term, "q quit", TILL_WAIT_MS);
}

/* --- the command line --- */

static _Noreturn void run_admin(const struct till *till, int out, const char *const *words)
{
    const char *argv[WORDS_MAX] = {test_program(), "--config", till->config, "--db", till->store,
                                   "admin"};
    char *env[WORDS_MAX] = {(char *)(uintptr_t)till->home, (char *)"LANG=C.UTF-8"};
    int count = 6, used = 2, null = open("/dev/null", O_RDONLY);
    char options[2][256];

    for (int i = 0; i < 2; i++) { /* a run under the sanitizers stays one */
        static const char *const names[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS"};

        if (!getenv(names[i]))
            continue;
        snprintf(options[i], sizeof options[i], "%s=%s", names[i], getenv(names[i]));
        env[used++] = options[i];
    }
    while (*words && count + 1 < WORDS_MAX)
        argv[count++] = *words++;
    dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execve(argv[0], (char *const *)(uintptr_t)argv, env);
    _exit(127);
}

int till_admin(const struct till *till, struct buffer *out, const char *const *words)
{
    char part[4096];
    int ends[2], status = 0;
    ssize_t got;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC))
        abort();
    fflush(NULL);
    child = fork();
    if (child < 0)
        abort();
    if (child == 0)
        run_admin(till, ends[1], words);
    close(ends[1]);
    while ((got = read(ends[0], part, sizeof part)) > 0)
        if (out)
            buffer_add(out, part, (size_t)got);
    close(ends[0]);
    if (waitpid(child, &status, 0) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool till_book(const struct till *till, int slot, int count, const char *name, const char *phone)
{
    char slot_text[16], count_text[16];
    const char *words[] = {"book",   "--slot", slot_text, "--count", count_text,
                           "--name", name,     "--phone", phone,     NULL};

    snprintf(slot_text, sizeof slot_text, "%d", slot);
    snprintf(count_text, sizeof count_text, "%d", count);
    if (!name)
        words[5] = NULL;
    return till_admin(till, NULL, words) == 0;
}

int till_tickets(const struct till *till, const char *status)
{
    static const char *const words[] = {"export", "tickets", "--format", "jsonl", NULL};
    char wanted[64];
    struct buffer out;
    int count = 0;

    snprintf(wanted, sizeof wanted, "\"ticketStatus\":\"%s", status);
    buffer_init(&out, 64u << 20);
    if (till_admin(till, &out, words) != 0)
        count = -1;
    for (const char *at = buffer_text(&out); count >= 0 && (at = strstr(at, wanted)); at++)
        count++;
    buffer_release(&out);
    return count;
}

int till_sold(const struct till *till)
{
    return till_tickets(till, "Booked") - 1; /* Full House's */
}

bool till_is_sound(const struct till *till)
{
    static const char *const words[] = {"verify", NULL};
    struct buffer out;
    bool sound;

    buffer_init(&out, 1u << 20);
    sound = till_admin(till, &out, words) == 0;
    if (!sound)
        fprintf(stderr, "%s\n", buffer_text(&out));
    buffer_release(&out);
    return sound;
}

bool till_sql(const struct till *till, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;
    bool done = sqlite3_open(till->store, &db) == SQLITE_OK &&
                sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK;

    if (!done)
        fprintf(stderr, "%s: %s\n", sql, message ? message : "cannot be opened");
    sqlite3_free(message);
    return sqlite3_close(db) == SQLITE_OK && done;
}

int till_hold_gate(const struct till *till)
{
    char path[200];
    int fd;

    snprintf(path, sizeof path, "%s.lock", till->store);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX))
        abort();
    return fd;
}

/* --- the screen --- */

bool till_find(struct term *term, const char *text, int *row, int *column)
{
    return term_wait(term, text, TILL_WAIT_MS) && term_find(term, text, row, column);
}

bool till_wait_cursor(struct term *term, const char *label)
{
    int row = -1, column, wanted = -2;

    for (int i = 0; i < 100 && row != wanted; i++) {
        if (i > 0)
            term_wait_idle(term, 10, 50);
        term_cursor(term, &row, &column);
        if (!term_find(term, label, &wanted, NULL))
            wanted = -2;
    }
    if (row != wanted) {
        fprintf(stderr, "The cursor is in row %d, “%s” in row %d.\n", row, label, wanted);
        term_dump(term, stderr);
    }
    return row == wanted;
}

static bool is_pass_sign(char c)
{
    return c && strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", c);
}

/* Whether four groups of five stand here: "7K3QF 9XW2M AB3DE 12345". */
static bool read_grouped(const char *at, char pass[21])
{
    int used = 0;

    for (int i = 0; i < 23; i++) {
        if (i % 6 == 5 ? at[i] != ' ' : !is_pass_sign(at[i]))
            return false;
        if (i % 6 != 5)
            pass[used++] = at[i];
    }
    pass[20] = '\0';
    return !is_pass_sign(at[23]);
}

void till_pass(struct term *term, char pass[21])
{
    for (const char *at = term_screen(term); *at; at++)
        if (read_grouped(at, pass))
            return;
    pass[0] = '\0';
}
