/*
 * idempotency: what an Idempotency-Key means (draft-ietf-httpapi-idempotency-key-header).
 *
 * The key names the operation: key and device make the operation's id (x->key_id), which the store
 * keeps in the operation's own transaction. So a repeat is recognised after a restart and by every
 * service on the same store, and is answered with the outcome it had.
 *
 *      key ── idempotency_begin ──▶ in hand ── idempotency_end ──▶ remembered (65536 latest)
 *                    │ the same key in hand                            │ the same key, another body
 *                    ▼                                                 ▼
 *              TK_KEY_RUNNING                                    TK_ID_REUSED
 *
 * Invariants
 * 1. The same key of the same device has the same id, everywhere and always; another device's is
 *    another one.
 * 2. An id has the form of a UUIDv7. A key that is one keeps its first 8 bytes, so that the ids of
 *    a client that makes such keys rise with time and the journal grows at its end.
 * 3. What is remembered here only tells sooner what the store would tell of one operation, and
 *    tells it of a batch, whose operations may have ids of their own. Only requests that may have
 *    changed something are remembered: one that was wrong may be put right under its key.
 *
 * Threading: any thread.
 */
#ifndef TK_UI_HTTP_IDEMPOTENCY_H
#define TK_UI_HTTP_IDEMPOTENCY_H

#include "ui/http/exchange.h"

#define IDEMPOTENCY_KEY_MAX 255    /* characters */
#define IDEMPOTENCY_REMEMBERED 65536

struct idempotency;

struct idempotency *idempotency_new(void); /* NULL: no memory */
void idempotency_free(struct idempotency *table); /* NULL is fine */

/* The id that a key of a device stands for. `key` is the header's value: 1 to 255 printable ASCII
   characters, or such a text as a quoted string (RFC 9651, 3.3.3). TK_BAD_REQUEST with a sentence. */
enum tk_code idempotency_id(const char *key, const char *device, struct op_id *id,
                            struct tk_error *error);

/* Sets x->key_id and takes the key in hand. TK_BAD_REQUEST, TK_KEY_RUNNING, TK_ID_REUSED,
   TK_NO_MEMORY. */
enum tk_code idempotency_begin(struct idempotency *table, struct exchange *x, const char *key,
                               struct tk_error *error);
/* The request is over. Fine without idempotency_begin, and twice. */
void idempotency_end(struct idempotency *table, struct exchange *x);

#endif
