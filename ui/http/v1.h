/*
 * v1: what the routes of /v1 share.
 *
 *   v1_routes.c      the table            v1_openapi.c    the reference made from it
 *   v1_slots.c       slots                v1_feed.c       changes and heads (long polls)
 *   v1_tickets.c     tickets, customers   v1_operations.c batches
 *   v1_store.c       the store itself     v1_imports.c    many operations, all or none
 *   v1_schemas.c     its schemas          v1_admissions.c the door
 *   v1_sync.c        tills with a copy    v1_tills.c      what they hold, and disputes
 *   v1_sign_ons.c    who signs on, PINs   v1_enrolments.c devices that come with a code
 *   v1_records.c     records, tallies
 *
 * Each handle() begins with v1_accepts. A function that returns false has answered: the exchange
 * may be gone then.
 */
#ifndef TK_UI_HTTP_V1_H
#define TK_UI_HTTP_V1_H

#include "core/json.h"
#include "core/wire.h"
#include "ui/http/exchange.h"

#define V1_PAGE_DEFAULT 100 /* things in an answer */
#define V1_PAGE_MAX 1000
#define V1_HEADS_MAX 10000
#define V1_WAIT_MAX 30 /* seconds of a long poll */
#define V1_DOOR_AHEAD_HOURS 2 /* before admission a door gets a showing's key and who comes */
#define V1_DOOR_AHEAD (V1_DOOR_AHEAD_HOURS * TIME_HOUR)

/* Whether the request has only parameters that its route knows, and a body only where one belongs. */
bool v1_accepts(struct exchange *x);

/* --- what was asked --- */

/* The things that the path names. */
bool v1_path_slot(struct exchange *x, int64_t *id);
bool v1_path_ticket(struct exchange *x, uint64_t *id);
bool v1_path_customer(struct exchange *x, uint64_t *id);
/* A parameter that is a number from least to most; *number stays when it is not given. */
bool v1_number(struct exchange *x, const char *name, int64_t least, int64_t most, int64_t *number);
/* A parameter that is text; *text stays when it is not given. */
bool v1_text(struct exchange *x, const char *name, const char **text);
/* `wait` in seconds, capped, as the monotonic µs until when; it is not waited when it is missing. */
bool v1_wait_until(struct exchange *x, int64_t *until_us);
/* For query_read_…; limit is at most V1_PAGE_MAX. */
struct query_context v1_context(const struct exchange *x);
/* The limit of a list: V1_PAGE_DEFAULT unless one was given. */
size_t v1_limit(const struct exchange *x, size_t limit);

/* The body as an object, which the caller frees; without a body *document is NULL. */
bool v1_body(struct exchange *x, struct json **document);

/* --- changes --- */

/* One operation: *model with the arguments that stand in the body (NULL: none needed), under the
   request's key; then(x) when it is durable. Frees the body. */
void v1_change(struct exchange *x, enum op_kind kind, const struct operation *model,
               struct json *body, void (*then)(struct exchange *x));
/* TK_FORBIDDEN in words: an operation of this kind is not for the role of this request. */
enum tk_code v1_forbid(const struct exchange *x, enum op_kind kind, struct tk_error *error);
/* In `then`: whether the operation was refused. */
bool v1_refused(struct exchange *x);
/* In `then`: answers that what is saved cannot be shown. */
void v1_fail_to_show(struct exchange *x, enum tk_code code);

/* --- what is answered --- */

/* Whether names, phones and passes may be shown. */
bool v1_sees_people(const struct exchange *x);
void v1_put_slot(struct exchange *x, const char *name, const struct slot *slot);
/* As much of the ticket as the role may see; with_pass false: never a pass. */
void v1_put_ticket(struct exchange *x, const char *name, const struct ticket_view *view,
                   bool with_pass);
/* Whether a door may have what it needs for a showing (its key, the names of who comes): its admission
   is open, or opens within V1_DOOR_AHEAD. */
bool v1_is_for_doors(const struct exchange *x, const struct slot *slot);
void v1_put_time(struct exchange *x, const char *name, int64_t moment);
/* A Link header: where the list goes on. `parameters` is a query string; it is released. */
void v1_link_next(struct exchange *x, const char *path, struct buffer *parameters);

/* --- imports: spools that stay between requests --- */

struct imports;

struct imports *imports_new(void); /* NULL: no memory */
void imports_free(struct imports *imports); /* NULL is fine */
/* Another clock (monotonic µs) to tell which have not been used for long. */
void imports_set_clock(struct imports *imports, int64_t (*clock)(void));
/* An open file without a name, in the store's folder or $TMPDIR; -1 when there can be none. */
int v1_open_spool(struct exchange *x);
/* The store's folder or, where that cannot be, $TMPDIR or /tmp, with a fresh folder in it. */
bool v1_make_folder(struct exchange *x, char *path, size_t size);

/* --- the handlers --- */

void v1_get_store(struct exchange *x);
void v1_get_due(struct exchange *x);
void v1_get_journal(struct exchange *x);
void v1_get_verify(struct exchange *x);
void v1_get_backup(struct exchange *x);
void v1_get_devices(struct exchange *x);
void v1_post_expiries(struct exchange *x);
void v1_list_slots(struct exchange *x);
void v1_count_slots(struct exchange *x);
void v1_post_slot(struct exchange *x);
void v1_get_slot(struct exchange *x);
void v1_get_slot_key(struct exchange *x);
void v1_get_changes(struct exchange *x);
void v1_get_heads(struct exchange *x);
void v1_list_tickets(struct exchange *x);
void v1_post_tickets(struct exchange *x);
void v1_get_ticket(struct exchange *x);
void v1_delete_ticket(struct exchange *x);
void v1_reissue_ticket(struct exchange *x);
void v1_list_customers(struct exchange *x);
void v1_get_customer(struct exchange *x);
void v1_post_operations(struct exchange *x);
void v1_post_import(struct exchange *x);
void v1_post_import_operations(struct exchange *x);
void v1_post_import_commit(struct exchange *x);
void v1_delete_import(struct exchange *x);
void v1_get_openapi(struct exchange *x);
void v1_post_admission(struct exchange *x);
void v1_delete_admission(struct exchange *x);
void v1_get_admissions(struct exchange *x);
void v1_post_sync(struct exchange *x);
void v1_get_allotments(struct exchange *x);
void v1_get_disputes(struct exchange *x);
void v1_post_sign_on(struct exchange *x);
void v1_delete_sign_on(struct exchange *x);
void v1_post_verifier(struct exchange *x);
void v1_post_enrolment(struct exchange *x);
void v1_get_records(struct exchange *x);
void v1_get_tallies(struct exchange *x);

/* v1_openapi.c: the document itself; v1_schemas.c: its part "schemas", and "one of these texts". */
void v1_openapi_put(struct buffer *out);
void v1_schemas_put(struct buffer *out);
void v1_choice_put(struct buffer *out, const char *name, const char *const *choices);

#endif
