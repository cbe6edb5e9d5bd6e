/*
 * remote_store: a store behind HTTP: a `ticketly serve` somewhere.
 *
 * Asks /v1 of the service (see the API page) with libcurl, which http_client.c owns. A call that
 * changes is sent again with the same operation ids when the line broke, so it is never done twice;
 * when no answer came in time it is TK_UNKNOWN. The token is read from a file or the settings,
 * never from the command line.
 *
 * Threading: one thread at a time.
 */
#ifndef TK_DATA_REMOTE_REMOTE_STORE_H
#define TK_DATA_REMOTE_REMOTE_STORE_H

#include "core/plan.h"
#include "core/store.h"

struct remote_options {
    const char *url;   /* http://HOST[:PORT], https://…, or unix:PATH; copied */
    const char *token; /* NULL or "": none is sent; copied, wiped at the end */
    const char *token_file; /* where it is from, for sentences; copied. NULL: not said */
    const char *ca_file; /* PEM; NULL: the system's */
    const char *pin; /* of the service's key (http_client.h); NULL or "": none */
    int connect_timeout_ms; /* 0: 2000 */
    int timeout_ms;         /* of one request; 0: 10000 */
};

/* Whether --db or store.file names a service rather than a file. */
bool remote_is_url(const char *text);

/* Opens and asks who is there. TK_UNAVAILABLE with a sentence that names the address when nobody
   answers, TK_NO_TOKEN, TK_CONFIG (not an address). */
enum tk_code remote_store_open(const struct remote_options *options, struct store **store,
                               struct tk_error *error);
/* The service's rules, as it told when it was opened. */
struct plan_rules remote_store_rules(const struct store *store);
/* The key by which passes of a slot are made and checked. Kept for as long as the store is open, but
   for slots whose generation (see key_ring) is not known yet. */
enum tk_code remote_store_slot_key(struct store *store, int64_t slot_id, int64_t generation,
                                   struct crypto_key *key, struct tk_error *error);

#endif
