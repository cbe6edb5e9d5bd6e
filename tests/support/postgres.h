/*
 * postgres: a real PostgreSQL server of the test run's own, started at the first use and gone with it.
 *
 * It is never left out: where it cannot be installed and started, what needs it fails. It does not sync its files,
 * as it is killed only, not its machine, unless it was told to (postgres_keep_in); the cluster's servers do
 * (tests/cluster). One thread.
 */
#ifndef TK_TESTS_SUPPORT_POSTGRES_H
#define TK_TESTS_SUPPORT_POSTGRES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define POSTGRES_URI_SIZE 256

/* Before the first use: the server keeps its files in a folder of its own in this one, which everybody must be let
   through, and syncs them; it has more memory, and makes no checkpoint for half an hour. For measuring. */
void postgres_keep_in(const char *folder);

/* Makes an empty database and puts its address into `uri`. False, with the reason on stderr, when there is none. */
bool postgres_make(char uri[POSTGRES_URI_SIZE]);
/* The same in one buffer of its own, until the next call; fails the test when there is none. */
const char *postgres_uri(void);
/* Of the server: its port on 127.0.0.1 (user postgres, no password), and the folder of its socket. */
int postgres_port(void);
const char *postgres_folder(void);
/* Its first process, whose children are the others; 0: it does not run. Where its programs are. */
pid_t postgres_pid(void);
const char *postgres_programs(void);

/* Makes another database with what that one has just now; nobody may be connected to it. */
bool postgres_make_copy(const char *of, char uri[POSTGRES_URI_SIZE]);

/* Runs statements, without rows of interest. */
bool postgres_run(const char *uri, const char *sql);
/* The first value of the first row as a number; -1 when there is none. */
int64_t postgres_number(const char *uri, const char *sql);

/* Stops the server at once as a crash would, or waits for nobody but in good order; starts it again. */
void postgres_stop(bool crash);
bool postgres_start(void);

#endif
