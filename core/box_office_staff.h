/*
 * box_office_staff: the use cases about people and machines: staff, shifts, limits, devices that
 * come with a code, customers who come again, what happened. See box_office.h.
 *
 *              office_sign_on                       office_sign_off, idle
 *   nobody ──────────────────▶ a member (office->member) ─────────────────▶ nobody
 *                                   │ office_approve: one operation with a supervisor's approval
 *                                   └─▶ office->approver, until the next operation was made
 *
 * Whatever is changed while a member is signed on bears his number (actor "#1042").
 */
#ifndef TK_CORE_BOX_OFFICE_STAFF_H
#define TK_CORE_BOX_OFFICE_STAFF_H

#include "core/box_office.h"
#include "core/invite.h"
#include "core/limit.h"
#include "core/loyalty.h"
#include "core/seal.h"
#include "core/shift.h"
#include "core/sign_on.h"
#include "core/staff.h"

/* --- who works here (core/box_office_staff.c) --- */

/* Whether people have to sign on. */
enum tk_code office_is_staffed(struct box_office *office, bool *staffed, struct tk_error *error);
/* By number, verifiers blanked; those who left too. */
enum tk_code office_staff(struct box_office *office, struct staff_list *list,
                          struct tk_error *error);
/* TK_STAFF_NOT_FOUND. */
enum tk_code office_member(struct box_office *office, int64_t number, struct staff *staff,
                           struct tk_error *error);
/* Puts a member. The first one must be an administrator (TK_BAD_ROLE with a sentence). */
enum tk_code office_put_staff(struct box_office *office, const struct op_staff *staff,
                              const struct op_id *id, struct tk_error *error);
/* Gives a member a PIN, a password or both (NULL: stays). TK_BAD_PIN. */
enum tk_code office_set_secrets(struct box_office *office, int64_t number, const char *pin,
                                const char *password, struct tk_error *error);

/* --- who is here --- */

/* Signs a member on: sets office->member. TK_WRONG_PIN, TK_SIGN_ON_WAIT (the sentence says how
   long), TK_SIGN_ON_LOCKED. By office->sign_on. */
enum tk_code office_sign_on(struct box_office *office, int64_t number, const char *secret,
                            struct tk_error *error);
void office_sign_off(struct box_office *office);
/* Somebody whose role approves says so with his secret, for the next operation that is made and
   which must be of this kind; *approver (may be NULL) is who. Fails as office_sign_on does;
   TK_NOT_APPROVED. */
enum tk_code office_approve(struct box_office *office, int64_t number, const char *secret,
                            enum op_kind kind, struct staff *approver, struct tk_error *error);
/* Notes in the journal what data/sign_on_file says that happened (op_sign): for whoever checks
   numbers and secrets. "on" is noted in the name of that member, anything else in that of whoever
   is signed on. A number that is no member's is noted as 0: it may be a PIN. */
enum tk_code office_note_sign(struct box_office *office, int64_t number, const char *event,
                              struct tk_error *error);
/* Takes an approval back that was not used. */
void office_disapprove(struct box_office *office);
/* What an operation does, for sentences: "sell tickets". Never NULL. */
const char *office_op_words(enum op_kind kind);
/* Whether whoever is signed on may do this by himself; nobody has to be: true. For what is offered;
 * plan decides. */
bool office_may(const struct box_office *office, enum op_kind kind);

/* --- shifts --- */

/* *duty of the member signed on; opened_at is 0 off duty. */
enum tk_code office_duty(struct box_office *office, struct duty *duty, struct tk_error *error);
enum tk_code office_open_shift(struct box_office *office, const struct op_id *id,
                               struct tk_error *error);
/* `keys` and `seconds` of the sales made. *shift is the one that was closed, *seal (may be NULL)
 * the journal's head then. */
enum tk_code office_close_shift(struct box_office *office, const struct effort *keys,
                                const struct effort *seconds, const struct op_id *id,
                                struct shift *shift, struct seal *seal, struct tk_error *error);

/* --- limits --- */

enum tk_code office_limits(struct box_office *office, struct limits *limits,
                           struct tk_error *error);
enum tk_code office_set_limit(struct box_office *office, enum limit limit, int64_t value,
                              struct tk_error *error);

/* --- devices --- */

/* A one-time code with which a device may come until *until (UTC µs). */
enum tk_code office_invite(struct box_office *office, const char *name, enum role role,
                           bool attended, char code[INVITE_CODE_SIZE], int64_t *until,
                           struct tk_error *error);
/* The device came with code and token. TK_BAD_CODE; *device is it. The same code and token again
   (with the same id) are TK_OK again. */
enum tk_code office_redeem(struct box_office *office, const char *code, const char *token,
                           const struct op_id *id, struct device *device, struct tk_error *error);
/* Whether people sign on at a device. */
enum tk_code office_device_note(struct box_office *office, const char *name,
                                struct device_note *note, struct tk_error *error);

/* --- customers (core/box_office_customers.c) --- */

enum tk_code office_customer(struct box_office *office, uint64_t id, struct customer *customer,
                             struct tk_error *error);
/* Appends all tickets of the customer, newest first. */
enum tk_code office_history(struct box_office *office, uint64_t customer_id,
                            struct ticket_view_list *list, struct tk_error *error);
enum tk_code office_loyalty(struct box_office *office, uint64_t customer_id,
                            struct loyalty *loyalty, struct tk_error *error);
/* What a manager chose; tier is TIER_COUNTED when nobody did. */
enum tk_code office_tier_choice(struct box_office *office, uint64_t customer_id,
                                struct tier_choice *choice, struct tk_error *error);
enum tk_code office_choose_tier(struct box_office *office, uint64_t customer_id, enum tier tier,
                                const char *reason, struct tk_error *error);
/* TK_CUSTOMER_EXPECTED while one of his tickets is Booked. */
enum tk_code office_erase_customer(struct box_office *office, uint64_t customer_id,
                                   const char *reason, struct tk_error *error);

/* --- what happened --- */

enum tk_code office_tallies(struct box_office *office, const struct tally_query *query,
                            struct tally_list *list, struct tk_error *error);
enum tk_code office_records(struct box_office *office, const struct record_query *query,
                            struct record_list *list, struct tk_error *error);
/* The latest seal of each writer. */
struct seal_list {
    struct seal *items; /* owned */
    size_t count, capacity;
};
enum tk_code office_seals(struct box_office *office, struct seal_list *list,
                          struct tk_error *error);
void seal_list_release(struct seal_list *list);
/* Signs the journal now; `midnight` when upkeep does so for the day. */
enum tk_code office_seal(struct box_office *office, bool midnight, const struct op_id *id,
                         struct tk_error *error);

#endif
