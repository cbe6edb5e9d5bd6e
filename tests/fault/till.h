/*
 * till: what the fault tests share: the same file opened once more, a file as a killed program
 * leaves it, and sellers in processes of their own.
 */
#ifndef TK_TESTS_FAULT_TILL_H
#define TK_TESTS_FAULT_TILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/support/fixture.h"

/* Opens a path the way `like` does, with randomness of its own. Release with fixture_release. */
enum tk_code till_open(struct fixture *till, const struct fixture *like, const char *path,
                       uint64_t seed, struct tk_error *error);

/* Copies a file; false when there is none. Only the content goes, no locks. */
bool till_copy_file(const char *from, const char *to);
/* Copies database and log (not the shared memory) to another name, as kill -9 would leave them. */
void till_copy_store(const char *from, const char *to);
/* Removes database, log, shared memory and lock. */
void till_remove_store(const char *path);

/* What a seller tells once the box office has answered. */
struct sale_note {
    int64_t slot;
    uint64_t ticket; /* 0: none */
    int32_t code;    /* enum tk_code */
    int32_t admits;  /* told of letting its holder in, after the sale's own note */
    int32_t waited_ms;
};

struct sale_notes {
    struct sale_note *items; /* owned */
    size_t count, capacity;
};

void sale_notes_release(struct sale_notes *notes);

/* Sells places of a slot one by one and notes each; ends with the first answer other than TK_OK. */
void till_sell(struct fixture *till, int64_t slot, int notes_fd);
/* The same, and each ticket is let in as soon as it is sold. */
void till_sell_and_admit(struct fixture *till, int64_t slot, int notes_fd);
/* Lets in the holder of a ticket. */
enum tk_code till_admit(struct fixture *till, uint64_t ticket, const struct op_id *id);

/* A seller in a process of its own, which calls run and exits with what that returns. */
struct seller {
    pid_t pid;
    int notes_fd; /* to read its notes from */
};
bool seller_start(struct seller *seller, int (*run)(void *context, int notes_fd), void *context);
/* Waits until it noted its first sale, or ended. */
void seller_wait(const struct seller *seller);
/* Reads what it wrote until it ends, closes, waits. Returns its exit status, -1 when killed. */
int seller_finish(struct seller *seller, struct sale_notes *notes);

/* How many of the tickets noted are not in the store, or not let in though it was noted. */
size_t till_count_missing(struct fixture *till, const struct sale_notes *notes);

int64_t till_clock_ms(void);
void till_sleep_us(uint64_t us);

#endif
