/*
 * site: the box office that is sold at and broken: the cluster that cluster.sh brings up, or one
 * node on a SQLite file.
 *
 *   site_open ──▶ up ── site_do("kill", …) ──▶ hurt ── site_do("start", …), site_heal ──▶ up
 *                  └────────────────────── site_close ──────────────────────────────────▶ gone
 *
 * Names and verbs are those of cluster.sh; of the one node they are node1 and kill, stop, cont,
 * start.
 *
 * The thread that opens a site closes it and starts its nodes; site_sql may be called by others.
 */
#ifndef TK_TESTS_CLUSTER_SITE_H
#define TK_TESTS_CLUSTER_SITE_H

#include "data/remote/http_client.h"
#include "tests/cluster/snapshot.h"
#include "tests/support/service.h"

#define SITE_PATH_SIZE 512
#define SITE_NODES 3
#define SITE_SERVERS 3
#define SITE_NAMES 8
#define SITE_ANSWER_SIZE 1024

struct site {
    bool single;
    bool disks; /* the servers' folders are on disks of their own that can be filled */
    char home[SITE_PATH_SIZE];                          /* a folder of ours, removed at the end */
    char script[SITE_PATH_SIZE], state[SITE_PATH_SIZE]; /* cluster.sh and its folder */
    char url[SITE_PATH_SIZE], ca[SITE_PATH_SIZE], token[TOKEN_SIZE];
    char variables[4][SITE_PATH_SIZE + 64];
    const char *environment[5], *psql[6];
    bool killed[SITE_NAMES], stopped[SITE_NAMES]; /* by site_do, and not yet put right */
    struct http_client_options service;           /* where it sells */
    struct process node;
};

/* Brings it up. What stands in the way of that is an error with the words of who failed; site_close
   is fine then. */
enum tk_code site_open(struct site *site, bool single, struct tk_error *error);
/* Takes it down and removes all of it, unless `keep`. */
void site_close(struct site *site, bool keep);

/* A verb for one name. */
enum tk_code site_do(struct site *site, const char *verb, const char *name, struct tk_error *error);
/* What a verb answers: its first line. */
enum tk_code site_ask(struct site *site, const char *verb, const char *name,
                      char answer[SITE_ANSWER_SIZE], struct tk_error *error);
/* All that was killed is started, what was stopped goes on, disks have room again, and everybody
   takes sales. */
enum tk_code site_heal(struct site *site, struct tk_error *error);
/* SQL as superuser at a server (NULL: the primary); what it answers goes to `answer` unless NULL.
 */
enum tk_code site_sql(struct site *site, const char *server, const char *sql,
                      char answer[SITE_ANSWER_SIZE], struct tk_error *error);
/* Fills what is left of the disk of a server. */
enum tk_code site_fill_disk(struct site *site, const char *server, struct tk_error *error);
/* `ticketly admin verify`; TK_NOT_VERIFIED with what it said. */
enum tk_code site_verify(struct site *site, struct tk_error *error);
/* Where snapshots are read; borrowed from the site. */
struct database site_database(const struct site *site);

#endif
