#include "tests/fault/till.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/list.h"
#include "core/text.h"
#include "tests/support/test.h"

enum tk_code till_open(struct fixture *till, const struct fixture *like, const char *path,
                       uint64_t seed, struct tk_error *error)
{
    struct sqlite_options options;
    enum tk_code code;

    *till = *like;
    till->store = NULL;
    till->random = seed;
    till->office.ports.context = till;
    text_copy(till->path, sizeof till->path, path);
    options = fixture_options(till);
    code = sqlite_store_open(&options, &till->store, error);
    till->office.store = till->store;
    return code;
}

bool till_copy_file(const char *from, const char *to)
{
    char part[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC), out;
    ssize_t got = 0;
    bool fine;

    if (in < 0)
        return false;
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fine = out >= 0;
    while (fine && (got = read(in, part, sizeof part)) > 0)
        fine = write(out, part, (size_t)got) == got;
    close(in);
    if (out >= 0)
        close(out);
    return fine && got == 0;
}

void till_copy_store(const char *from, const char *to)
{
    char log_from[256], log_to[256];

    till_remove_store(to);
    snprintf(log_from, sizeof log_from, "%s-wal", from);
    snprintf(log_to, sizeof log_to, "%s-wal", to);
    if (!till_copy_file(from, to))
        abort();
    till_copy_file(log_from, log_to);
}

void till_remove_store(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", ".lock"};
    char name[256];

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

void sale_notes_release(struct sale_notes *notes)
{
    free(notes->items);
    *notes = (struct sale_notes){0};
}

enum tk_code till_admit(struct fixture *till, uint64_t ticket, const struct op_id *id)
{
    struct operation operation = {.admit = {.ticket_id = ticket}};
    struct outcome outcome = {0};
    enum tk_code code = office_make(&till->office, OP_ADMIT, id, &operation, NULL);

    if (!code)
        code = store_apply(till->store, &operation, 1, &outcome, NULL);
    return code ? code : outcome.code;
}

/* Does one thing, the next of `note`, and tells of it; false when nobody listens. */
static bool do_and_note(struct fixture *till, struct sale_note *note, int notes_fd)
{
    int64_t start = till_clock_ms();

    if (note->admits)
        note->code = (int32_t)till_admit(till, note->ticket, NULL);
    else
        note->code = (int32_t)fixture_book(till, note->slot, 1, NULL, NULL, &note->ticket);
    note->waited_ms = (int32_t)(till_clock_ms() - start);
    /* one write of a whole note: a pipe never splits it */
    return write(notes_fd, note, sizeof *note) == (ssize_t)sizeof *note;
}

void till_sell(struct fixture *till, int64_t slot, int notes_fd)
{
    struct sale_note note;

    do
        note = (struct sale_note){.slot = slot};
    while (do_and_note(till, &note, notes_fd) && note.code == TK_OK);
}

void till_sell_and_admit(struct fixture *till, int64_t slot, int notes_fd)
{
    struct sale_note note = {.slot = slot, .admits = true};

    do {
        note.admits = !note.admits;
        if (!note.admits)
            note.ticket = 0;
    } while (do_and_note(till, &note, notes_fd) && note.code == TK_OK);
}

bool seller_start(struct seller *seller, int (*run)(void *context, int notes_fd), void *context)
{
    int ends[2];

    *seller = (struct seller){-1, -1};
    if (pipe2(ends, O_CLOEXEC))
        return false;
    fflush(NULL);
    seller->pid = fork();
    if (seller->pid == 0) {
        close(ends[0]);
        _exit(run(context, ends[1]));
    }
    close(ends[1]);
    seller->notes_fd = ends[0];
    return seller->pid > 0;
}

void seller_wait(const struct seller *seller)
{
    struct pollfd note = {.fd = seller->notes_fd, .events = POLLIN};

    CU_ASSERT_EQUAL(poll(&note, 1, 30000), 1);
}

int seller_finish(struct seller *seller, struct sale_notes *notes)
{
    struct sale_note note;
    int status = -1;

    while (read(seller->notes_fd, &note, sizeof note) == (ssize_t)sizeof note)
        if (LIST_ADD(notes, &note))
            abort();
    close(seller->notes_fd);
    if (waitpid(seller->pid, &status, 0) != seller->pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

size_t till_count_missing(struct fixture *till, const struct sale_notes *notes)
{
    size_t missing = 0;

    for (size_t i = 0; i < notes->count; i++) {
        struct ticket_view view = {0};

        if (notes->items[i].code != TK_OK || !notes->items[i].ticket)
            continue;
        if (office_ticket(&till->office, notes->items[i].ticket, &view, NULL) ||
            (notes->items[i].admits && !view.ticket.admitted_at))
            missing++;
    }
    return missing;
}

int64_t till_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void till_sleep_us(uint64_t us)
{
    struct timespec time = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};

    while (nanosleep(&time, &time))
        ;
}
