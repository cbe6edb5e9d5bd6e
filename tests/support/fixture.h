/* fixture: a box office on a fresh SQLite file, with a clock that stands where the test puts it. */
#ifndef TK_TESTS_SUPPORT_FIXTURE_H
#define TK_TESTS_SUPPORT_FIXTURE_H

#include "core/box_office.h"
#include "data/sqlite/sqlite_store.h"

/* 2026-11-22 18:00 UTC, a Sunday */
#define FIXTURE_NOW INT64_C(1795370400000000)

struct fixture {
    struct box_office office;
    struct store *store; /* owned */
    struct crypto_key site_key;
    char folder[128], path[256];
    int64_t now;
    uint64_t random;
};

/* Ports on the fixture: its clock and a seeded generator. */
int64_t fixture_now(void *fixture);
void fixture_random(void *fixture, void *data, size_t size);

/* Opens fixture->path (made in a fresh folder). Aborts the program when it cannot. */
void fixture_init(struct fixture *fixture);
/* The same on a database of its own, whose address is fixture->path. */
void fixture_init_postgres(struct fixture *fixture);
/* Opens that database once more; NULL, with the reason printed, when it cannot. */
struct store *fixture_open_postgres(struct fixture *fixture);
/* Goes on with a database that was put back, which begins a new era. */
bool fixture_restore_postgres(struct fixture *fixture, const char *uri);
void fixture_release(struct fixture *fixture);
/* The options that fixture_init opens with, for opening the same file once more. */
struct sqlite_options fixture_options(struct fixture *fixture);
/* A slot of this capacity from `starts_in` µs from now, two hours long. Returns its id. */
int64_t fixture_schedule(struct fixture *fixture, const char *name, int64_t starts_in,
                         int64_t capacity);
/* Books; returns the code. name and phone may be NULL; *first gets the first ticket's id. */
enum tk_code fixture_book(struct fixture *fixture, int64_t slot, int64_t count, const char *name,
                          const char *phone, uint64_t *first);
struct slot fixture_slot(struct fixture *fixture, int64_t id);
struct ticket fixture_ticket(struct fixture *fixture, uint64_t id);
/* Problems that verify finds; prints them. */
int64_t fixture_verify(struct fixture *fixture);
int64_t fixture_verify_store(struct store *store);

#endif
