/*
 * query: what is asked of a store, as query strings.
 *
 * One table of parameters per kind of query (query_table.c), from which follow reading (the service),
 * writing (data/remote) and the parameters in /v1/openapi.json. Times are RFC 3339 or UTC µs when
 * read, UTC µs when written; slots, tickets and customers are named as everywhere.
 *
 *   slots      slotId (several, comma-separated) slotName contains genre slotType startTime from to
 *              startsAfter endsAfter withRoom unexpired order=asc|desc|id after limit
 *   tickets    ticketId (several) slotId userId saleId ticketStatus order=asc|desc after afterSeq
 *              limit, and find, which is no query of a store: whoever has it reads it
 *   customers  userId (several) phoneEnd name slotId order=asc|desc after limit
 *   journal    actor device kind ticketId (8 at most) from to after limit
 *   due        endedBefore settledBefore limit
 *   records    key prefix order=asc|desc after limit
 *   tallies    from to bySlot slotId after, or after afterActor afterDevice afterGenre, limit
 *
 * `after` continues a list: for slots "STARTTIME_µs.SLOTID" (order=id: the slot's id), for tickets
 * and customers the id, for the journal the seq, for records the key. For tallies it is
 * "STARTTIME_µs.SLOTID" by showing, else a span in UTC µs, which the three parameters beside it complete.
 */
#ifndef TK_CORE_QUERY_H
#define TK_CORE_QUERY_H

#include "core/form.h"
#include "core/store.h"
#include "core/time.h"

#define QUERY_IDS_MAX 1024

/* Where the texts and lists live that a query that was read points to. */
struct query_room {
    int64_t slot_ids[QUERY_IDS_MAX];
    uint64_t ids[QUERY_IDS_MAX];
};

/* Reading. An unknown parameter and a value that does not fit are TK_BAD_… with a sentence that
   names the parameter. limit is 1 to `most`; `most` when not given. The query borrows from form and
   room. `zone` is for times without an offset. */
struct query_context {
    const struct time_zone *zone;
    int64_t now;  /* UTC µs */
    size_t most;
    const char *const *also; /* names of parameters that the caller reads itself; NULL-ended, or NULL */
};
enum tk_code query_read_slots(const struct form *form, const struct query_context *context,
                              struct query_room *room, struct slot_query *query,
                              struct tk_error *error);
enum tk_code query_read_tickets(const struct form *form, const struct query_context *context,
                                struct query_room *room, struct ticket_query *query,
                                struct tk_error *error);
enum tk_code query_read_customers(const struct form *form, const struct query_context *context,
                                  struct query_room *room, struct customer_query *query,
                                  struct tk_error *error);
enum tk_code query_read_journal(const struct form *form, const struct query_context *context,
                                struct query_room *room, struct journal_query *query,
                                struct tk_error *error);
enum tk_code query_read_due(const struct form *form, const struct query_context *context,
                            struct due_query *query, struct tk_error *error);
enum tk_code query_read_records(const struct form *form, const struct query_context *context,
                                struct record_query *query, struct tk_error *error);
enum tk_code query_read_tallies(const struct form *form, const struct query_context *context,
                                struct tally_query *query, struct tk_error *error);

/* Writing: appends the parameters that differ from the query's default. */
void query_put_slots(struct buffer *out, const struct slot_query *query);
void query_put_tickets(struct buffer *out, const struct ticket_query *query);
void query_put_customers(struct buffer *out, const struct customer_query *query);
void query_put_journal(struct buffer *out, const struct journal_query *query);
void query_put_due(struct buffer *out, const struct due_query *query);
/* Not by_seq, which only a centre asks itself. */
void query_put_records(struct buffer *out, const struct record_query *query);
void query_put_tallies(struct buffer *out, const struct tally_query *query);

/* For the reference: the parameters of each kind; ends with a NULL name. */
struct query_parameter {
    const char *name;
    const char *type; /* "string" "integer" "boolean" */
    const char *help;
    const char *const *choices; /* NULL-ended, or NULL */
};
extern const struct query_parameter query_slot_parameters[], query_ticket_parameters[],
    query_customer_parameters[], query_journal_parameters[], query_due_parameters[],
    query_record_parameters[], query_tally_parameters[];

#endif
