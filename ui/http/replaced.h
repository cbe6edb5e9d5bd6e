/*
 * replaced: what the files of the replaced API share.
 *
 * Nine routes at the root, POST, with their parameters in the query string, as the system before
 * this one had them. One table (replaced_input.c) names the parameters of each route, from which
 * follow reading, checking and /openapi.json. assets/API.md lists what is not as it was.
 *
 * Invariants
 * 1. A request is refused with 422 and every parameter that is missing or wrong, in the order of
 *    the table, before anything is done.
 * 2. Texts and their order in an answer are those of the replaced API, byte for byte.
 */
#ifndef TK_UI_HTTP_REPLACED_H
#define TK_UI_HTTP_REPLACED_H

#include "ui/http/exchange.h"
#include "ui/http/pydantic.h"

/* What a request asks, cleaned. What its route has no parameter for is zero. */
struct replaced_input {
    char user_name[CUSTOMER_NAME_SIZE];
    bool user_given; /* and fine */
    char phone[CUSTOMER_PHONE_SIZE];
    char name[SLOT_NAME_SIZE]; /* movieName, newMovie, slotName */
    char description[SLOT_DESCRIPTION_SIZE];
    int64_t starts_at, ends_at; /* UTC µs; ends_at only after a good start */
    bool start_given;
    struct pydantic_datetime start, end; /* as given */
    int64_t count;
    uint64_t ticket_id; /* 0: not a ticket's number */
    int type, genre;
    const struct time_zone *zone; /* the venue's; borrowed from the exchange */
};

struct replaced_parameter {
    struct pydantic_field field;
    /* Puts a value that was read into the input. A refusal by the rules comes with a sentence. */
    enum tk_code (*take)(struct replaced_input *input, const struct pydantic_value *value,
                         struct tk_error *error);
};

/* The parameters of one of replaced_routes, in their order; ends with a NULL name. */
const struct replaced_parameter *replaced_parameters(const struct route *route);
/* Reads the query string into a new input, which the exchange owns as its state. NULL when it
   answered: 422 with the list of errors, or no memory. */
const struct replaced_input *replaced_read(struct exchange *x);

/* --- replaced_answer.c --- */

#define REPLACED_PAGE 1000 /* things read from the store in one step */

/* Appends a ticket; customer_id 0: a walk-up. */
void replaced_put_ticket(struct buffer *out, uint64_t id, uint64_t customer_id, int64_t slot_id,
                         enum ticket_status status);
/* Appends the tickets that a query means, page by page; those of a sale as they were sold. Stops
   when the body is full. */
enum tk_code replaced_put_tickets(struct exchange *x, struct ticket_query query,
                                  struct tk_error *error);
/* Appends a slot with its times as texts. */
void replaced_put_slot(struct buffer *out, const struct slot *slot, const char *starts,
                       const char *ends);
/* A stored time as clients of old know it: the venue's, without an offset. Only in the hour that
   the clocks show twice the offset tells which it is. */
void replaced_print_local(char text[PYDANTIC_ISO_SIZE], int64_t moment,
                          const struct time_zone *zone);

/* `false`: all that a client of old was told when the rules said no. */
void replaced_answer_false(struct exchange *x, enum tk_code code);
/* What came of the one operation of x, which was refused, in words. Worker. */
void replaced_answer_refusal(struct exchange *x);
/* A change that is in the store but cannot be shown must not look as if it had failed. */
void replaced_answer_unshown(struct exchange *x, enum tk_code code);
/* The list in the body; TK_OVERLOADED when it grew beyond the bound of an answer. */
void replaced_answer_list(struct exchange *x);

/* GET /openapi.json: OpenAPI 3.0.2 of these routes, as FastAPI 0.92 made it. */
void replaced_openapi(struct exchange *x);

#endif
