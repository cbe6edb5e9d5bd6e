/* The parameters of each kind of query, once: reading, writing and the reference follow. */
#include <stddef.h>

#include "core/query_places.h"

/*
 * X(name, kind, member, companion, help), in the order in which they are read. The companion tells
 * whether the member is given, how many there are, or the other half of an order.
 */
#define SLOT_PARAMETERS(X)                                                                         \
    X("slotId", SLOT_IDS, ids, id_count, "Just these, in this order, whatever else is asked.")     \
    X("slotName", TEXT, name, name, "Exactly this name.")                                          \
    X("contains", TEXT, contains, contains, "This inside the name, case and accents aside.")       \
    X("genre", GENRE, genre, genre, "Of this genre.")                                              \
    X("slotType", TYPE, type, type, "Of this type.")                                               \
    X("startTime", MOMENT, starts_at, starts_at_given, "Starts exactly then.")                     \
    X("from", TIME, from, from, "Starts then or later.")                                           \
    X("to", TIME, to, to, "Starts before then.")                                                   \
    X("startsAfter", TIME, starts_after, starts_after, "Starts later than that.")                  \
    X("endsAfter", TIME, ends_after, ends_after, "Ends later than that.")                          \
    X("withRoom", FLAG, with_room, with_room, "Only with places left.")                            \
    X("unexpired", FLAG, unexpired, unexpired, "Only those that have not expired.")                \
    X("order", SLOT_ORDER, descending, by_id,                                                      \
      "By start (asc or desc), or all of them in the order of their numbers (id).")                \
    X("after", SLOT_AFTER, after_id, after_given,                                                  \
      "Continue after this one: STARTTIME.SLOTID (STARTTIME in µs), with order=id SLOTID.")        \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define TICKET_PARAMETERS(X)                                                                       \
    X("ticketId", TICKET_IDS, ids, id_count, "Just these, in this order.")                         \
    X("slotId", SLOT, slot_id, slot_id, "Of this showing, in the order of seq.")                   \
    X("userId", CUSTOMER, customer_id, customer_id, "Of this customer, as issued.")                \
    X("saleId", TICKET, sale_id, sale_id, "Of this sale, as issued.")                              \
    X("ticketStatus", STATUS, status, status, "Of this status.")                                   \
    X("order", ORDER, newest_first, newest_first, "desc: the latest issued first.")                \
    X("after", TICKET, after_id, after_id, "Continue after this ticket.")                          \
    X("afterSeq", NUMBER, after_seq, after_seq,                                                    \
      "With slotId: the seq of the ticket in after, or after all of this seq.")                    \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define CUSTOMER_PARAMETERS(X)                                                                     \
    X("userId", CUSTOMER_IDS, ids, id_count, "Just these, in this order.")                         \
    X("phoneEnd", TEXT, phone_end, phone_end, "The last digits of the phone number.")              \
    X("name", TEXT, name, name, "Beginnings of words of the name, case and accents aside.")        \
    X("slotId", SLOT, slot_id, slot_id, "Only those with a ticket of this showing.")               \
    X("order", ORDER, newest_first, newest_first, "desc: the last met first.")                     \
    X("after", CUSTOMER, after_id, after_id, "Continue after this customer.")                      \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define JOURNAL_PARAMETERS(X)                                                                      \
    X("actor", TEXT, actor, actor,                                                                 \
      "Done or approved by this one: a member as #1042, or another name exactly.")                 \
    X("device", TEXT, device, device, "Done at this device.")                                      \
    X("kind", OP, kind, kind, "Operations of this kind.")                                          \
    X("ticketId", TICKET_IDS, tickets, ticket_count, "About one of these, 8 at most.")             \
    X("from", TIME, from, from, "Done then or later, by the device's clock …")                     \
    X("to", TIME, to, to, "… and before then.")                                                    \
    X("after", NUMBER, after_seq, after_seq, "Continue after this seq.")                           \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define DUE_PARAMETERS(X)                                                                          \
    X("endedBefore", TIME, ended_before, ended_before,                                             \
      "Showings that ended then or earlier and have not expired.")                                 \
    X("settledBefore", TIME, settled_before, settled_before,                                       \
      "Showings with tickets that expired or were canceled then or earlier.")                      \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define RECORD_PARAMETERS(X)                                                                       \
    X("key", TEXT, key, key, "Just this one.")                                                     \
    X("prefix", TEXT, prefix, prefix, "Those whose keys begin so.")                                \
    X("order", ORDER, descending, descending, "desc: from the last key on.")                       \
    X("after", TEXT, after_key, after_key, "Continue after this key.")                             \
    X("limit", LIMIT, limit, limit, "So many at most.")

#define TALLY_PARAMETERS(X)                                                                        \
    X("bySlot", FLAG, by_slot, by_slot,                                                            \
      "true: one for each showing; else one for each quarter of an hour, member, device and genre.") \
    X("from", TIME, from, from, "Spans, or showings, that begin then or later …")                  \
    X("to", TIME, to, to, "… and before then.")                                                    \
    X("slotId", SLOT, slot_id, slot_id, "By showing: just this one.")                              \
    X("after", TALLY_AFTER, after_span, after_given,                                               \
      "Continue after this: by showing STARTTIME.SLOTID (STARTTIME in µs), else a span (in µs) …") \
    X("afterActor", TEXT, after_actor, after_actor, "… of this actor …")                           \
    X("afterDevice", TEXT, after_device, after_device, "… at this device …")                       \
    X("afterGenre", GENRE_AFTER, after_genre, after_given, "… in this genre.")                     \
    X("limit", LIMIT, limit, limit, "So many at most.")

/* --- for the reference --- */

const char *const query_slot_orders[] = {"asc", "desc", "id", NULL};
const char *const query_orders[] = {"asc", "desc", NULL};
#define X(constant, name) name,
static const char *const genres[] = {GENRE_TABLE(X) NULL};
static const char *const types[] = {SLOT_TYPE_TABLE(X) NULL};
static const char *const statuses[] = {TICKET_STATUS_TABLE(X) NULL};
#undef X
#define X(constant, member, name) name,
static const char *const kinds[] = {OP_KIND_TABLE(X) NULL};
#undef X

#define SHOWN_TEXT(help) "string", help, NULL
#define SHOWN_TIME SHOWN_TEXT
#define SHOWN_MOMENT SHOWN_TEXT
#define SHOWN_FLAG(help) "boolean", help, NULL
#define SHOWN_GENRE(help) "string", help, genres
#define SHOWN_TYPE(help) "string", help, types
#define SHOWN_STATUS(help) "string", help, statuses
#define SHOWN_ORDER(help) "string", help, query_orders
#define SHOWN_SLOT_ORDER(help) "string", help, query_slot_orders
#define SHOWN_SLOT_AFTER SHOWN_TEXT
#define SHOWN_TALLY_AFTER SHOWN_TEXT
#define SHOWN_GENRE_AFTER SHOWN_GENRE
#define SHOWN_OP(help) "string", help, kinds
#define SHOWN_SLOT SHOWN_NUMBER
#define SHOWN_TICKET SHOWN_TEXT
#define SHOWN_CUSTOMER SHOWN_TEXT
#define SHOWN_SLOT_IDS SHOWN_TEXT
#define SHOWN_TICKET_IDS SHOWN_TEXT
#define SHOWN_CUSTOMER_IDS SHOWN_TEXT
#define SHOWN_NUMBER(help) "integer", help, NULL
#define SHOWN_LIMIT SHOWN_NUMBER

#define X(name, kind, member, companion, help) {name, SHOWN_##kind(help)},
const struct query_parameter query_slot_parameters[] = {SLOT_PARAMETERS(X){0}};
const struct query_parameter query_ticket_parameters[] = {
    TICKET_PARAMETERS(X){"find", SHOWN_TEXT("Tickets by number, pass, customer's number, end of the "
                                            "phone number or words of the name; beside it limit, and "
                                            "slotId (several, comma-separated) to find none but "
                                            "theirs.")},
    {0}};
const struct query_parameter query_customer_parameters[] = {CUSTOMER_PARAMETERS(X){0}};
const struct query_parameter query_journal_parameters[] = {JOURNAL_PARAMETERS(X){0}};
const struct query_parameter query_due_parameters[] = {DUE_PARAMETERS(X){0}};
const struct query_parameter query_record_parameters[] = {RECORD_PARAMETERS(X){0}};
const struct query_parameter query_tally_parameters[] = {TALLY_PARAMETERS(X){0}};
#undef X

#define PLACE(type, name, kind, member, companion)                                                 \
    {name, KIND_##kind, offsetof(struct type, member), offsetof(struct type, companion)},
#define X(name, kind, member, companion, help) PLACE(slot_query, name, kind, member, companion)
const struct query_place query_slot_places[] = {SLOT_PARAMETERS(X){0}};
#undef X
#define X(name, kind, member, companion, help) PLACE(ticket_query, name, kind, member, companion)
const struct query_place query_ticket_places[] = {TICKET_PARAMETERS(X){0}};
#undef X
#define X(name, kind, member, companion, help) PLACE(customer_query, name, kind, member, companion)
const struct query_place query_customer_places[] = {CUSTOMER_PARAMETERS(X){0}};
#undef X
#define X(name, kind, member, companion, help) PLACE(journal_query, name, kind, member, companion)
const struct query_place query_journal_places[] = {JOURNAL_PARAMETERS(X){0}};
#undef X
#define X(name, kind, member, companion, help) PLACE(due_query, name, kind, member, companion)
const struct query_place query_due_places[] = {DUE_PARAMETERS(X){0}};
#undef X
#define X(name, kind, member, companion, help) PLACE(record_query, name, kind, member, companion)
const struct query_place query_record_places[] = {RECORD_PARAMETERS(X){0}};
#undef X
#define X(name, kind, member, companion, help) PLACE(tally_query, name, kind, member, companion)
const struct query_place query_tally_places[] = {TALLY_PARAMETERS(X){0}};
#undef X
