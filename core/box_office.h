/*
 * box_office: the use cases that every front end calls.
 *
 * It makes operations (with id, actor, device and time), hands them to the store and turns what
 * came of it into things and sentences that people understand. Front ends never talk to a store.
 *
 * Time and randomness come in through ports. One thread at a time.
 */
#ifndef TK_CORE_BOX_OFFICE_H
#define TK_CORE_BOX_OFFICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/operation.h"
#include "core/pass.h"
#include "core/staff.h"
#include "core/plan.h"
#include "core/store.h"
#include "core/time.h"

struct office_ports {
    int64_t (*now)(void *context); /* UTC µs */
    void (*random)(void *context, void *data, size_t size);
    void *context;
    struct time_zone zone;
};

/* Where the keys come from by which passes are made and checked. */
struct key_ring {
    /* of that generation; 0: of the one that a slot without tickets would take now */
    enum tk_code (*slot_key)(void *context, int64_t slot_id, int64_t generation,
                             struct crypto_key *key, struct tk_error *error);
    void *context;
    bool training; /* passes are for training, whatever the slot */
};

/* A ring for whoever holds the one site key itself, which is borrowed. */
struct key_ring key_ring_of_site(const struct crypto_key *site_key);

struct admission_request;
struct admission;
struct sync_status;
struct sync_report;

/* The line of a till that keeps a copy of its centre's box office (core/sync). Zeroed: it has none. */
struct line_port {
    void (*status)(void *context, struct sync_status *status); /* never waits */
    /* One round now: pushes, pulls, asks what to hold. The first one reports what opening moved, too. */
    enum tk_code (*sync)(void *context, struct sync_report *report, struct tk_error *error);
    /* Gives back what this till holds. */
    enum tk_code (*give_back)(void *context, struct sync_report *report, struct tk_error *error);
    /* What the centre, which has all keys, says of a scan of which this copy can tell nothing. TK_UNKNOWN
       when it may have let somebody in; any other failure: it has not. NULL: it cannot be asked. */
    enum tk_code (*admit)(void *context, const struct admission_request *request,
                          struct admission *admission, struct tk_error *error);
    void *context;
};

/* How a number and a secret are checked, where the box office is; NULL: nobody signs on here. */
struct sign_on_port {
    /* *staff (verifiers blank) once it is him; what is done through the store from then on is done in his name.
       `approve`: he only approves one operation of that kind by the one who is signed on. TK_WRONG_PIN,
       TK_SIGN_ON_WAIT, TK_SIGN_ON_LOCKED, each with its sentence. */
    enum tk_code (*sign_on)(void *context, int64_t number, const char *secret, bool approve,
                            enum op_kind kind, struct staff *staff, struct tk_error *error);
    /* Nobody is signed on any more (approve: the approval is of no use any more). Never fails. */
    void (*sign_off)(void *context, bool approve);
    /* What is kept of a new secret of that member. NULL: it cannot be made here. TK_NO_MEMORY. */
    enum tk_code (*make_verifier)(void *context, int64_t number, const char *secret,
                                  char verifier[VERIFIER_SIZE], struct tk_error *error);
    void *context;
};

struct box_office;

/* Keeps the latest seals of the journal outside the box office, so that its end cannot be cut off with them unseen;
   NULL: nowhere. Does what it can: a failure is not told. */
struct seal_port {
    void (*keep)(void *context, struct box_office *office);
    void *context;
};

struct box_office {
    struct store *store; /* borrowed, like all here */
    struct seal_port seals;
    struct sign_on_port sign_on;
    struct staff member;  /* who is signed on; number 0: nobody */
    struct {
        int64_t number; /* 0: nobody did */
        enum op_kind kind;
    } approver; /* of the next operation of that kind */
    struct office_ports ports;
    struct plan_rules rules;
    struct key_ring keys;
    struct line_port line;
    int64_t sealed_day; /* the last day (time_day_number) that upkeep signed the journal for */
    bool upkept_elsewhere; /* by a service: whoever sells here has nothing to expire */
    char actor[ACTOR_SIZE];
    char device[DEVICE_SIZE];
};

/* A ticket with what belongs to it. customer.id is 0 for a walk-up. */
struct ticket_view {
    struct ticket ticket;
    struct slot slot;
    struct customer customer;
};

struct ticket_view_list {
    struct ticket_view *items; /* owned */
    size_t count, capacity;
};

void ticket_view_list_release(struct ticket_view_list *list);

int64_t office_now(const struct box_office *office);
/* A fresh operation id. A front end that may have to send a request again (a second Enter after an
   unknown outcome) makes the id first and passes it each time; others pass NULL. */
struct op_id office_make_id(const struct box_office *office);

/* --- changes. Refusals come with a sentence that names showing, ticket and numbers. --- */

/* *slot is the new one. The texts of *schedule are cleaned on the way. */
enum tk_code office_schedule(struct box_office *office, const struct op_schedule *schedule,
                             const struct op_id *id, struct slot *slot, struct tk_error *error);
/* Appends the tickets sold to *tickets. When refused for want of places or time, *outcome (may be
   NULL) tells the slot and what is left. */
enum tk_code office_book(struct box_office *office, const struct op_book *book,
                         const struct op_id *id, struct ticket_view_list *tickets,
                         struct outcome *outcome, struct tk_error *error);
enum tk_code office_reissue(struct box_office *office, const struct op_reissue *reissue,
                            const struct op_id *id, struct ticket_view *new_ticket,
                            struct ticket_view *old_ticket, struct tk_error *error);
enum tk_code office_cancel(struct box_office *office, uint64_t ticket_id, const struct op_id *id,
                           struct ticket_view *ticket, struct tk_error *error);
/* Cancels what is still Booked and not admitted of a sale, OP_BATCH_MAX tickets in a step; *canceled
   counts them. TK_TICKET_CANCELED when nothing is left to cancel, TK_TICKET_ADMITTED when all that is
   left is in. */
enum tk_code office_cancel_sale(struct box_office *office, uint64_t sale_id, size_t *canceled,
                                struct tk_error *error);

/* Counts a copy of a ticket on paper, before it is printed: *copy is its number, 1 the first. What
   cannot be printed then was counted all the same; sent again with its id it is the same copy.
   TK_TICKET_CANCELED and its like for a ticket that is not Booked. */
enum tk_code office_print(struct box_office *office, uint64_t ticket_id, const struct op_id *id,
                          struct ticket_view *ticket, int32_t *copy, struct tk_error *error);
/* From now on slots take this key generation with their first ticket. TK_BAD_GENERATION unless it is
   the one after the current: two who rotate at once make one new key. */
enum tk_code office_rotate(struct box_office *office, int64_t generation, const struct op_id *id,
                           struct tk_error *error);

/* Takes the places back that a till holds which will not come back: of one slot, or (0) of all of them, with
   its numbers, which doors deny from then on. *places counts them. TK_NOT_JOINED when there is no such
   till. What it sold of them and nobody knows of may be sold again: a manager decides that. */
enum tk_code office_write_off(struct box_office *office, const char *holder, int64_t slot_id,
                              int64_t *places, struct tk_error *error);
/* Why a till may not sell by itself while it is cut off, and what to do about it; false: it may. */
bool office_print_bar(const struct box_office *office, const struct sync_status *status, char *text,
                      size_t size);
/* Closes a dispute in the name of the office's actor. TK_DISPUTE_NOT_FOUND, TK_DISPUTE_CLOSED,
   TK_BAD_REASON. */
enum tk_code office_close_dispute(struct box_office *office, const struct op_id *dispute,
                                  const char *reason, const struct op_id *id,
                                  struct tk_error *error);

struct upkeep_result {
    int64_t slots, tickets;
    bool more; /* office_upkeep: there is more to do */
};
/* Expires all that is due as of a time (0: now), in batches of slots. */
enum tk_code office_expire(struct box_office *office, int64_t as_of, struct upkeep_result *result,
                           struct tk_error *error);
/* Archives Expired and Canceled tickets older than so many µs. */
enum tk_code office_archive(struct box_office *office, int64_t older_than,
                            struct upkeep_result *result, struct tk_error *error);
/* One batch of what is due now, expired or archived, for whoever must not be held up long; when nothing is
   left, the journal is signed for the day that has begun, once, whichever programs look after it. In the name
   of the office's actor, whoever is signed on. The result counts what was expired. */
enum tk_code office_upkeep(struct box_office *office, int64_t archive_older_than,
                           struct upkeep_result *result, struct tk_error *error);
/* Applies all operations of the source (schedule) or none. */
enum tk_code office_import(struct box_office *office, const struct operation_source *source,
                           size_t *added, size_t *known, struct tk_error *error);
/* Lets a device in: *token is its token, to be shown once and kept nowhere. TK_DEVICE_KNOWN while one
   of that name is not revoked. Sent again with its id it is TK_ID_REUSED, for the token is another:
   after TK_UNKNOWN revoke the device, and enrol it anew. */
enum tk_code office_enrol(struct box_office *office, const char *name, enum role role,
                          const struct op_id *id, char token[TOKEN_SIZE], struct tk_error *error);
/* Its token is good no more. TK_DEVICE_NOT_FOUND when there is none, or it was revoked before. */
enum tk_code office_revoke(struct box_office *office, const char *name, const struct op_id *id,
                           struct tk_error *error);
/* Makes an operation of arguments that stand in it, for whoever hands it to a store himself: stamped,
   with that id (NULL: a fresh one) and cleaned. What came of it is told by office_refuse. */
enum tk_code office_make(const struct box_office *office, enum op_kind kind, const struct op_id *id,
                         struct operation *operation, struct tk_error *error);
/* Fills actor, device, time and kind. */
void office_stamp(const struct box_office *office, enum op_kind kind, struct operation *operation);

/* --- questions --- */

enum tk_code office_slot(struct box_office *office, int64_t id, struct slot *slot,
                         struct tk_error *error);
/* The first slot that the reference means, whether it has room or not. */
enum tk_code office_slot_by_ref(struct box_office *office, const struct slot_ref *ref,
                                struct slot *slot, struct tk_error *error);
enum tk_code office_slots(struct box_office *office, const struct slot_query *query,
                          struct slot_list *list, struct tk_error *error);
/* Limits a query to slots that can be sold now; with_room is left to the caller. */
void office_query_open(const struct box_office *office, struct slot_query *query);
/* TK_OK when places may be sold now, else the refusal (sold out, closed, over) in words. */
enum tk_code office_check_open(const struct box_office *office, const struct slot *slot,
                               struct tk_error *error);
/* TK_OK when the ticket is Booked, in or not, else the refusal in words. */
enum tk_code office_check_good(const struct box_office *office, const struct ticket *ticket,
                               struct tk_error *error);
/* TK_OK when the ticket can be taken back, else the refusal in words; TK_TICKET_ADMITTED for one that
   was used. */
enum tk_code office_check_booked(const struct box_office *office, const struct ticket *ticket,
                                 struct tk_error *error);
/* How many slots of a genre (-1: all) are still open. */
enum tk_code office_count_open(struct box_office *office, int genre, int64_t *count,
                               struct tk_error *error);
enum tk_code office_ticket(struct box_office *office, uint64_t id, struct ticket_view *ticket,
                           struct tk_error *error);
/* Whoever may see tickets but no customers is shown them as if they were walk-up sales. */
enum tk_code office_tickets(struct box_office *office, const struct ticket_query *query,
                            struct ticket_view_list *list, struct tk_error *error);
/* The ticket that a number or a pass means. TK_BAD_ID when it is neither, TK_NOT_GENUINE when a pass
   is not this ticket's. */
enum tk_code office_read_ticket(struct box_office *office, const char *text, uint64_t *id,
                                struct tk_error *error);
/* Tickets by id, pass, customer id, end of phone or words of the name, newest first; all for "".
   Finding nothing is TK_OK with an empty list; a pass that is not genuine is TK_NOT_GENUINE. */
enum tk_code office_find(struct box_office *office, const char *text, size_t limit,
                         struct ticket_view_list *list, struct tk_error *error);
/* The same among the tickets of some slots only, however many tickets and customers there are beside
   them: Booked ones first, those who are not in before those who are, the newest first; all of theirs
   for "". The list is appended to. By office->lookups where there is one. */
enum tk_code office_find_at(struct box_office *office, const char *text, const int64_t *slot_ids,
                            size_t slot_count, size_t limit, struct ticket_view_list *list,
                            struct tk_error *error);
/* The customer of a ticket; TK_NO_CUSTOMER for a walk-up. */
enum tk_code office_customer_of(struct box_office *office, uint64_t ticket_id,
                                struct customer *customer, struct tk_error *error);
/* Customers whose phone ends so, or with that exact phone first; for filling in the name. */
enum tk_code office_customers(struct box_office *office, const struct customer_query *query,
                              struct customer_list *list, struct tk_error *error);
enum tk_code office_journal(struct box_office *office, const struct journal_query *query,
                            struct journal_list *list, struct tk_error *error);
/* Slots for which upkeep has something to do. */
enum tk_code office_due(struct box_office *office, const struct due_query *query,
                        struct id_list *list, struct tk_error *error);
enum tk_code office_allotments(struct box_office *office, const struct allotment_query *query,
                               struct allotment_list *list, struct tk_error *error);
enum tk_code office_disputes(struct box_office *office, const struct dispute_query *query,
                             struct dispute_list *list, struct tk_error *error);
/* How many slots that are not expired the query means; see store.h for what it looks at. */
enum tk_code office_count_slots(struct box_office *office, const struct slot_query *query,
                                int64_t *count, struct tk_error *error);
/* All of them by name, revoked ones too. */
enum tk_code office_devices(struct box_office *office, struct device_list *list,
                            struct tk_error *error);
/* The device of a token that may be used; TK_NO_TOKEN when there is none. */
enum tk_code office_device_of(struct box_office *office, const uint8_t hash[CRYPTO_HASH_SIZE],
                              struct device *device, struct tk_error *error);
/* Records that a device was seen at a time (UTC µs). */
enum tk_code office_touch_device(struct box_office *office, const char *name, int64_t at,
                                 struct tk_error *error);
enum tk_code office_version(struct box_office *office, uint64_t *version, struct tk_error *error);
enum tk_code office_verify(struct box_office *office, struct verify_report *report,
                           struct tk_error *error);
enum tk_code office_backup(struct box_office *office, const char *path,
                           void (*progress)(void *context, int64_t done, int64_t total),
                           void *context, struct tk_error *error);
enum tk_code office_facts(struct box_office *office, struct store_facts *facts,
                          struct tk_error *error);
void office_set_watch(struct box_office *office, const struct store_watch *watch);

/* --- words --- */

/* The pass of a ticket, of which ticket and slot are looked at. A ticket that is not Booked has none,
   nor is there one while its slot's key cannot be had: returns false, pass is "". */
bool office_pass(const struct box_office *office, const struct ticket_view *ticket,
                 char pass[PASS_SIZE]);
/* Whether a pass (from pass_parse) is that of this ticket: TK_OK, TK_NOT_GENUINE, or why its key cannot
   be had. */
enum tk_code office_check_pass(const struct box_office *office, const struct ticket_view *ticket,
                               const char pass[PASS_SIZE], struct tk_error *error);
/* Reads a time as time_parse does, in the venue's zone from now. */
enum tk_code office_parse_time(const struct box_office *office, const char *text, int64_t *moment,
                               struct tk_error *error);
/* "Skyfall, Sun 22 Nov 19:45" */
void office_name_slot(const struct box_office *office, const struct slot *slot, char *text,
                      size_t size);
/* Turns a refusal into a sentence with names, times and numbers; returns outcome->code. */
enum tk_code office_refuse(struct box_office *office, const struct operation *operation,
                           const struct outcome *outcome, struct tk_error *error);

#endif
