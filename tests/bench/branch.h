/* branch: a centre and tills that keep a copy of it, for what is measured of them. */
#ifndef TK_TESTS_BENCH_BRANCH_H
#define TK_TESTS_BENCH_BRANCH_H

#include "tests/bench/bench.h"
#include "tests/support/service.h"
#include "ui/session.h"

/* A box office file that somebody works on here, alone or with a service over it. */
struct centre {
    struct bench *bench;
    const char *kind; /* "http" or "file" */
    char name[64];
    char file[BENCH_PATH_SIZE];
    char address[PROCESS_PATH_SIZE]; /* for --central */
    char listen[PROCESS_PATH_SIZE];
    struct process service;
    struct session house;
    struct box_office *office;
};

enum tk_code centre_open(struct centre *centre, struct bench *bench, const char *name, bool served,
                         struct tk_error *error);
void centre_close(struct centre *centre);
bool centre_is_served(const struct centre *centre);
/* Of a service: whoever asks is refused at once, until it is there again at the same address. */
enum tk_code centre_cut(struct centre *centre, struct tk_error *error);
enum tk_code centre_mend(struct centre *centre, struct tk_error *error);
/* A programme of the days to come; ids rise from SLOT_ID_FIRST. */
enum tk_code centre_schedule(struct centre *centre, size_t slots, int64_t capacity,
                             struct tk_error *error);
/* Sells so many tickets of a slot one by one, every third to a customer of his own, of whom
 *customers were made so far. */
enum tk_code centre_sell(struct centre *centre, int64_t slot, size_t count, size_t *customers,
                         struct tk_error *error);

/* A till with a copy of a centre, or straight at it. */
struct post {
    struct session session;
    struct box_office *office;
    char copy[BENCH_PATH_SIZE];
};

/* As the counter: a thread keeps its copy up to date. As a command: what is there of the centre is
   in the copy when it is open. */
enum tk_code post_open(struct post *post, const struct centre *centre, const char *name,
                       enum session_use use, struct tk_error *error);
/* Without a copy: on the file itself, or through the service's store. */
enum tk_code post_open_direct(struct post *post, const struct centre *centre,
                              struct tk_error *error);
void post_close(struct post *post);
struct sync_status post_status(const struct post *post);
/* Gives an open till places of the first slots, and numbers for them all, and has it know of them.
 */
enum tk_code post_grant(struct post *post, struct centre *centre, size_t slots, int64_t places,
                        struct tk_error *error);
/* Makes a till's copy with so many places to sell, and closes it. */
enum tk_code post_prepare(const char *name, struct centre *centre, size_t slots, int64_t places,
                          struct tk_error *error);
/* Sells so many tickets from what a closed copy holds of the first slots, as cut off, many in a
 * commit. */
enum tk_code post_queue(const struct centre *centre, const char *name, size_t slots, size_t count,
                        struct tk_error *error);
/* One number out of a copy that another program works on; -1 when it cannot be read. */
int64_t post_ask(const char *copy, const char *sql);
void post_path(const struct centre *centre, const char *name, char path[BENCH_PATH_SIZE]);

#endif
