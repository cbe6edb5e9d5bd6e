/* world: a home folder of its own in which the real program is run with admin commands. */
#ifndef TK_TESTS_ADMIN_WORLD_H
#define TK_TESTS_ADMIN_WORLD_H

#include <jansson.h>

#include "tests/support/run.h"
#include "tests/support/test.h"

struct world {
    char home[160];
    char store[256];  /* the box office file: that of --db */
    char id[32];      /* of the last ticket that world_book sold */
    struct run run;   /* of the last command */
    json_t *json;     /* stdout of the last command as JSON; NULL when it is none */
    json_t *refusal;  /* the last line of stderr as JSON; NULL when it is none */
    struct run_options options;
};

void world_init(struct world *world);
void world_release(struct world *world);
/* Runs `ticketly --db STORE admin …`; the arguments end with NULL. Returns the exit status. */
int world_run(struct world *world, ...) __attribute__((sentinel));
#define RUN(world, ...) world_run(world, __VA_ARGS__, (char *)NULL)

/* The same and checks. */
#define RUN_OK(world, ...) CU_ASSERT_EQUAL(RUN(world, __VA_ARGS__), 0)
/* The command with --json is refused with this code, its exit status, an object with a sentence on
   stderr, and nothing on stdout. */
void world_refused(struct world *world, const char *code, int status, ...)
    __attribute__((sentinel));
#define REFUSED(world, code, status, ...)                                                          \
    world_refused(world, code, status, __VA_ARGS__, "--json", (char *)NULL)

/* A showing today+N at 20:00; returns its number as text, valid until the next call. */
const char *world_schedule(struct world *world, const char *name, const char *capacity);
/* Sells; world->id is the first ticket. */
void world_book(struct world *world, const char *slot, const char *count, const char *name,
                const char *phone);
/* A member of an object as text or number; "" or -1 when it is not there. */
const char *member_text(const json_t *object, const char *name);
json_int_t member_number(const json_t *object, const char *name);
/* Writes a file in the home folder and returns its path, valid until the next call. */
const char *world_file(struct world *world, const char *name, const void *data, size_t size);
/* Whether verify finds nothing wrong. */
bool world_adds_up(struct world *world);

#endif
