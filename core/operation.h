/*
 * operation: the closed list of changes, as values.
 *
 * Everything that changes the box office is one of these: made at a counter, sent over a wire,
 * kept in a queue, applied in a batch, written to the journal and replayed in a test. An operation
 * owns nothing and may be copied.
 *
 * Invariants
 * 1. A store gives effect to an operation wholly or not at all, and once, by its id; sent again it
 *    answers the outcome it had. The same id with another body is refused (TK_ID_REUSED).
 * 2. The body is kind and arguments; actor, device and time say who asked, where and when.
 */
#ifndef TK_CORE_OPERATION_H
#define TK_CORE_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/crypto.h"
#include "core/customer.h"
#include "core/device.h"
#include "core/error.h"
#include "core/id.h"
#include "core/json.h"
#include "core/record.h"
#include "core/slot.h"
#include "core/time.h"

#define ACTOR_SIZE 65 /* bytes with the NUL */
#define OP_BATCH_MAX 1024 /* operations that a store applies in one step */
#define KEY_GENERATION_MAX 1000 /* keys that a site has made in its life */
#define BOOK_COUNT_DEFAULT 1 /* tickets of a sale that does not say */
#define DISPUTE_REASON_SIZE 201 /* bytes with the NUL */
#define REASON_SIZE 201
#define STAFF_NAME_SIZE 61
#define VERIFIER_SIZE 128 /* libsodium's text form of Argon2id, with the NUL */
#define SIGN_EVENT_SIZE 16
#define SHIFT_EFFORT_SIZE 701
#define LIMIT_NAME_SIZE 32

#define OP_KIND_TABLE(X)                                                                           \
    X(OP_SCHEDULE, schedule, "schedule") /* put a showing into the programme */                    \
    X(OP_BOOK, book, "book")             /* sell tickets for a showing */                          \
    X(OP_REISSUE, reissue, "reissue")    /* give a new ticket for an old one */                    \
    X(OP_CANCEL, cancel, "cancel")       /* take a ticket back */                                  \
    X(OP_EXPIRE, expire, "expire")       /* close the books of a showing that is long over */      \
    X(OP_ARCHIVE, archive, "archive")    /* put old tickets away and forget their customers */     \
    X(OP_ENROL, enrol, "enrol")          /* let a device in by its token */                        \
    X(OP_REVOKE, revoke, "revoke")       /* let it in no more */                                   \
    X(OP_ADMIT, admit, "admit")          /* let the holder of a ticket in */                       \
    X(OP_UNADMIT, unadmit, "unadmit")    /* take that back */                                      \
    X(OP_PRINT, copy, "print")           /* count a copy of a ticket on paper */                   \
    X(OP_ROTATE, rotate, "rotate")       /* make passes with a new key from now on */               \
    X(OP_JOIN, join, "join")             /* a till's copy of the box office begins */              \
    X(OP_GRANT, grant, "grant")          /* give a till places to sell while it is cut off */      \
    X(OP_RETURN, give_back, "return")    /* a till gives such places back */                       \
    X(OP_WRITE_OFF, write_off, "write-off") /* take them from a till that will not come back */    \
    X(OP_BLOCK, block, "block")          /* give a till numbers to issue while it is cut off */    \
    X(OP_MARK, mark, "mark")             /* note up to where a till's queue was taken */           \
    X(OP_QUARANTINE, quarantine, "quarantine") /* take no more from a till's queue */              \
    X(OP_VOID, void_, "void")            /* see to it that an operation never runs */              \
    X(OP_CLOSE, settle, "close")         /* a person closes a dispute */                           \
    X(OP_STAFF, staff, "staff")          /* somebody works here, in a role, or does so no more */  \
    X(OP_PIN, pin, "pin")                /* give somebody a PIN or a password */                   \
    X(OP_SIGN, sign, "sign")             /* note that somebody signed on or off, or could not */   \
    X(OP_SHIFT_OPEN, shift_open, "shift-open")    /* somebody begins to work */                    \
    X(OP_SHIFT_CLOSE, shift_close, "shift-close") /* and ends */                                   \
    X(OP_LIMIT, limit, "limit")          /* set how far clerks may go */                           \
    X(OP_INVITE, invite, "invite")       /* a device may come with a one-time code */              \
    X(OP_REDEEM, redeem, "redeem")       /* it came: let it in by its token */                     \
    X(OP_TIER, tier, "tier")             /* choose a customer's tier */                            \
    X(OP_ERASE, erase, "erase")          /* forget who a customer is */                            \
    X(OP_SEAL, seal, "seal")             /* sign the journal up to here */

enum op_kind {
#define X(kind, member, name) kind,
    OP_KIND_TABLE(X)
#undef X
        OP_KIND_COUNT
};

/* A slot by id, or by name and start when id is 0. */
struct slot_ref {
    int64_t id;
    char name[SLOT_NAME_SIZE];
    int64_t starts_at; /* UTC µs */
};

struct op_schedule {
    char name[SLOT_NAME_SIZE];
    char description[SLOT_DESCRIPTION_SIZE];
    char screen[SLOT_SCREEN_SIZE];
    int64_t starts_at, ends_at; /* UTC µs */
    enum slot_type type;
    enum genre genre;
    int64_t capacity;
};

struct op_book {
    struct slot_ref slot;
    int64_t count;
    char customer_name[CUSTOMER_NAME_SIZE]; /* both "" for a walk-up */
    char customer_phone[CUSTOMER_PHONE_SIZE];
    uint64_t first_ticket; /* of numbers that the device was given, the others follow it; 0: the store
                              numbers them. Given, and not cut off: a sale that the centre had lost */
};

struct op_reissue {
    uint64_t ticket_id;
    struct slot_ref slot;
    uint64_t new_ticket; /* as first_ticket of a sale */
};

struct op_cancel {
    uint64_t ticket_id;
};

/* Expires one slot and its Booked tickets, as of a time. */
struct op_expire {
    int64_t slot_id;
    int64_t as_of; /* UTC µs */
};

/* Archives one slot's Expired and Canceled tickets that took that status at `before` or earlier. */
struct op_archive {
    int64_t slot_id;
    int64_t before; /* UTC µs */
};

/* TK_DEVICE_KNOWN while a device of that name is not revoked. */
struct op_enrol {
    char name[DEVICE_SIZE];
    enum role role;
    uint8_t token_hash[CRYPTO_HASH_SIZE];
};

struct op_revoke {
    char name[DEVICE_SIZE];
};

/* Lets the holder of one ticket in; the device is the door. */
struct op_admit {
    uint64_t ticket_id;
    int64_t slot_id;     /* the slot that its pass is genuine for; 0: that of the ticket */
    int64_t admitted_at; /* UTC µs; when a door that was cut off let it in: while it could be, be it
                            Expired by now. 0: now */
};

/* By the door that let it in, for ADMIT_UNDO_WITHIN by the operation's own time (never later than it is
   applied), while the ticket is Booked: when it was made, should it be Expired by now. */
struct op_unadmit {
    uint64_t ticket_id;
};

struct op_copy {
    uint64_t ticket_id;
};

/* TK_BAD_GENERATION unless it is the one after the current. */
struct op_rotate {
    int64_t generation;
};

/* The device's copy of the box office, by an id of its own (ids rise with time). Where it names the copy that
   is known of that device as the one it replaces, it is the same till; else it is TK_SAME_TILL while that
   one holds places, or is the newer one. */
struct op_join {
    struct op_id replica;
    struct op_id replaces; /* zero: none */
};

/* Totals over all time (core/allotment); what is no more than there was before changes nothing. */
struct op_grant {
    int64_t slot_id;
    char holder[DEVICE_SIZE];
    int64_t granted;
};

/* By the holder itself. */
struct op_give_back {
    int64_t slot_id;
    int64_t returned;
};

/* Of one slot; or with slot_id 0 of the till as a whole: from then on nothing of its queue is taken
   before it joins anew, and its numbers are denied at doors. */
struct op_write_off {
    int64_t slot_id;
    char holder[DEVICE_SIZE];
};

struct op_block {
    char holder[DEVICE_SIZE];
};

/* Beside the operations of the queue up to there, in their batch. */
struct op_mark {
    struct op_id replica;
    int64_t seq;
    uint8_t hash[CRYPTO_HASH_SIZE];
};

struct op_quarantine {
    char holder[DEVICE_SIZE];
};

/* Of an operation whose outcome is not known: it shall never run (TK_VOIDED from then on); did it run
   already, what it sold is canceled and whom it let in is out again. */
struct op_void {
    struct op_id operation;
};

struct op_close {
    struct op_id dispute;
    char reason[DISPUTE_REASON_SIZE];
};

/* What a customer is to the house. */
#define TIER_TABLE(X)                                                                              \
    X(TIER_COUNTED, "counted") /* as the tickets used say */                                       \
    X(TIER_SILVER, "Silver")                                                                       \
    X(TIER_GOLD, "Gold")                                                                           \
    X(TIER_PLATINUM, "Platinum")

enum tier {
#define X(tier, name) tier,
    TIER_TABLE(X)
#undef X
        TIER_COUNT
};

const char *tier_name(enum tier tier);
bool tier_parse(const char *name, enum tier *tier);

/* Puts a member of staff; PIN and password stay (pin sets them). Nobody takes his own role away, or leaves by
   himself (TK_OWN_ROLE): so there is always an administrator. */
struct op_staff {
    int64_t number;
    char name[STAFF_NAME_SIZE];
    enum role role;
    bool left; /* works here no more */
};

/* Verifiers (core/sign_on), "" for one that stays. One's own, or by an administrator. */
struct op_pin {
    int64_t number;
    char pin[VERIFIER_SIZE], password[VERIFIER_SIZE];
};

/* "on", "off", "locked", "failed" or "approved"; changes nothing but the journal. */
struct op_sign {
    int64_t number; /* as it was given: there may be no such member */
    char event[SIGN_EVENT_SIZE];
};

/* By the member in actor. TK_SHIFT_OPEN while he has one open. */
struct op_shift_open {
    char unused; /* it says all by being there */
};

/* By the member in actor (core/shift says what the texts are). TK_NO_SHIFT when none is open. */
struct op_shift_close {
    char keys[SHIFT_EFFORT_SIZE], seconds[SHIFT_EFFORT_SIZE];
};

struct op_limit {
    char name[LIMIT_NAME_SIZE]; /* of core/limit */
    int64_t value;
};

/* TK_DEVICE_KNOWN while a device of that name is not revoked. */
struct op_invite {
    char name[DEVICE_SIZE];
    enum role role;
    bool attended;
    uint8_t code_hash[CRYPTO_HASH_SIZE];
    int64_t until; /* UTC µs */
};

/* TK_BAD_CODE unless there is an invitation of that code for that name, which is neither used nor over. */
struct op_redeem {
    char name[DEVICE_SIZE];
    uint8_t code_hash[CRYPTO_HASH_SIZE], token_hash[CRYPTO_HASH_SIZE];
};

struct op_tier {
    uint64_t customer_id;
    char tier[LIMIT_NAME_SIZE]; /* tier_name */
    char reason[REASON_SIZE];
};

/* Name and phone are gone for good; tickets stay, as a walk-up's. A front end sees to it that none of them is
   still good. */
struct op_erase {
    uint64_t customer_id;
    char reason[REASON_SIZE];
};

struct op_seal {
    char why[SIGN_EVENT_SIZE]; /* core/seal */
};

struct operation {
    struct op_id id;
    enum op_kind kind;
    char actor[ACTOR_SIZE];
    char device[DEVICE_SIZE];
    int64_t at; /* UTC µs by the device's clock */
    /* It was done at the device before the centre was asked: places are those that the device holds, times
       are judged by `at`, and a refusal becomes a dispute. Part of the body of the kinds that know it. */
    bool cut_off;
    union {
        struct op_schedule schedule;
        struct op_book book;
        struct op_reissue reissue;
        struct op_cancel cancel;
        struct op_expire expire;
        struct op_archive archive;
        struct op_enrol enrol;
        struct op_revoke revoke;
        struct op_admit admit;
        struct op_unadmit unadmit;
        struct op_copy copy;
        struct op_rotate rotate;
        struct op_join join;
        struct op_grant grant;
        struct op_give_back give_back;
        struct op_write_off write_off;
        struct op_block block;
        struct op_mark mark;
        struct op_quarantine quarantine;
        struct op_void void_;
        struct op_close settle;
        struct op_staff staff;
        struct op_pin pin;
        struct op_sign sign;
        struct op_shift_open shift_open;
        struct op_shift_close shift_close;
        struct op_limit limit;
        struct op_invite invite;
        struct op_redeem redeem;
        struct op_tier tier;
        struct op_erase erase;
        struct op_seal seal;
    };
};

/* What became of an operation. Fields that do not apply are 0. */
struct outcome {
    enum tk_code code;
    bool replayed; /* the operation was known already; this is the outcome it had */
    int64_t slot_id;
    uint64_t ticket_id; /* the first ticket made, or the one canceled, admitted or printed */
    int32_t count;      /* tickets made, canceled, admitted, expired or archived; print: which copy
                           this is; rotate: the generation; grant, return, write-off: places moved;
                           block: numbers given, from that of ticket_id on; void: tickets that were
                           taken back, 0 when it had not run */
    int32_t available;  /* places left, after it or when it was refused */
    uint64_t old_ticket_id;
    uint64_t customer_id;
};

const char *op_kind_name(enum op_kind kind);
bool op_kind_parse(const char *name, enum op_kind *kind);
/* Whether this role may do an operation of this kind: the table of core/role. */
bool role_may(enum role role, enum op_kind kind);

/*
 * Brings the texts of an operation into the form that is kept (text_clean, phone_clean) and checks
 * what can be checked without a store. Front doors call it on what they were given; TK_BAD_… with
 * a sentence that names the field. `time_zone`-less: times are moments already.
 */
enum tk_code operation_clean(struct operation *operation, struct tk_error *error);
/* The checks alone, for an operation from anywhere: TK_OK when it is as operation_clean leaves it.
   Numbers such as counts are left to plan. */
enum tk_code operation_check(const struct operation *operation);
/* Whether operations of this kind are done by a person, so that somebody is signed on where people sign on
   (device_note.attended). */
bool operation_is_peoples(enum op_kind kind);
/* The ticket that it is about; 0: none, as of a sale. */
uint64_t operation_ticket(const struct operation *operation);
/* The keys of the records that it is decided with (core/record); returns how many. */
#define OPERATION_RECORDS_MAX 6
size_t operation_records(const struct operation *operation,
                         char keys[OPERATION_RECORDS_MAX][RECORD_KEY_SIZE]);

/* A keyed digest of the body: the same for the same request, and of no use without the key. */
enum tk_code operation_digest(const struct operation *operation, const struct crypto_key *key,
                              uint8_t digest[CRYPTO_HASH_SIZE]);

enum op_print {
    OP_PRINT_BODY,    /* arguments only */
    OP_PRINT_JOURNAL, /* arguments without what identifies a person */
    OP_PRINT_WHOLE    /* id, kind, actor, device, time and arguments */
};
/* Appends the operation as one JSON object; times are integers of UTC µs. */
void operation_print(struct buffer *json, const struct operation *operation, enum op_print what);
/* Reads what OP_PRINT_WHOLE wrote; any other JSON is TK_BAD_OPERATION with a sentence that names the
   member. In all that is read here a member that is null counts as missing. */
enum tk_code operation_parse(const char *json, size_t length, struct operation *operation,
                             struct tk_error *error);

/* The same from a document that was read already. */
enum tk_code operation_read(const struct json *object, struct operation *operation,
                            struct tk_error *error);
/* For front doors: the same, but what is missing of id, actor, device and at is taken from *operation,
   and the arguments are understood as operation_read_arguments does. */
enum tk_code operation_read_stamped(const struct json *object, const struct time_zone *zone,
                                    int64_t now, struct operation *operation,
                                    struct tk_error *error);
/* Reads the arguments alone into *operation, whose kind is set. A member that is missing leaves what
   stands there; where that is empty numTickets is BOOK_COUNT_DEFAULT, capacity SLOT_CAPACITY_DEFAULT,
   and the member must be optional otherwise. book and reissue need slotId, or slotName and startTime.
   A time is UTC µs or a text as time_parse reads it in `zone` from `now`. TK_BAD_OPERATION with a
   sentence that names the member. */
enum tk_code operation_read_arguments(const struct json *object, const struct time_zone *zone,
                                      int64_t now, struct operation *operation,
                                      struct tk_error *error);

/* Appends the outcome as one JSON object, leaving out what is 0. */
void outcome_print(struct buffer *json, const struct outcome *outcome);
/* Reads what outcome_print wrote, members that it does not know aside; TK_BAD_OPERATION, TK_NO_MEMORY. */
enum tk_code outcome_parse(const char *json, size_t length, struct outcome *outcome);
/* The same from a document that was read already. */
enum tk_code outcome_read(const struct json *object, struct outcome *outcome);

#endif
