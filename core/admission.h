/*
 * admission: from what was scanned at a door to one verdict.
 *
 *   code ─ scan_read ─▶ readings ─ slot keys, ticket ─▶ verdict at once (nothing changes)
 *                                                   └─▶ operations (admit) ─ a store ─▶ verdict
 *
 * The verdict of a ticket that could be admitted is that of the store which applied the operation:
 * of two doors at the same instant one admits.
 *
 * Invariants
 * 1. VERDICT_ADMITTED is said only when the operation is in the store, durably, or in a door's own
 *    record (core/door) while the store is away.
 * 2. Each code gets exactly one verdict, or an error when none can be given.
 * 3. Of a pass that is not genuine nothing is told but that.
 *
 * A genuine pass whose ticket is not in the store may be of a till that is cut off and has not told its
 * sale yet: the store decides whether its holder is let in all the same (an early admission, core/plan).
 */
#ifndef TK_CORE_ADMISSION_H
#define TK_CORE_ADMISSION_H

#include "core/box_office.h"
#include "core/scan.h"

/* X(constant, name on every wire, what plan says, word in large letters, what to do)
   No word is longer than 12 letters. */
#define VERDICT_TABLE(X)                                                                           \
    X(VERDICT_ADMITTED, "admitted", TK_OK, "ADMITTED", "Let them in.")                             \
    X(VERDICT_ALREADY, "already_admitted", TK_ALREADY_ADMITTED, "ALREADY IN",                      \
      "Do not let in a second person: ask when and where they went in.")                           \
    X(VERDICT_WRONG_SLOT, "wrong_slot", TK_WRONG_SLOT, "OTHER SHOW",                               \
      "Show them the way to their showing.")                                                       \
    X(VERDICT_TOO_EARLY, "too_early", TK_TOO_EARLY, "TOO EARLY", "Ask them to come back then.")    \
    X(VERDICT_OVER, "over", TK_SLOT_OVER, "OVER", "The showing has ended: do not let them in.")    \
    X(VERDICT_CANCELED, "cancelled", TK_TICKET_CANCELED, "CANCELLED",                              \
      "Send them to the box office: this ticket was given back.")                                  \
    X(VERDICT_REPLACED, "replaced", TK_TICKET_REPLACED, "REPLACED",                                \
      "Ask for the newer ticket.")                                                                 \
    X(VERDICT_EXPIRED, "expired", TK_TICKET_EXPIRED, "EXPIRED",                                    \
      "Do not let them in: the showing is long over.")                                             \
    X(VERDICT_UNKNOWN, "unknown", TK_TICKET_NOT_FOUND, "UNKNOWN",                                  \
      "Send them to the box office: the pass is good, but its ticket is not there.")               \
    X(VERDICT_DENIED, "denied", TK_DENIED, "WRITTEN OFF",                                          \
      "Send them to the box office: this ticket is of a till whose places were written off.")      \
    X(VERDICT_NOT_GENUINE, "not_genuine", TK_NOT_GENUINE, "NOT GENUINE",                           \
      "Do not let them in: this pass is not ours.")                                                \
    X(VERDICT_UNREADABLE, "unreadable", TK_BAD_PASS, "NOT READABLE",                               \
      "Scan again, make the screen brighter, or type the 20 characters.")                          \
    X(VERDICT_TRAINING, "training", TK_TRAINING_PASS, "TRAINING",                                  \
      "Do not let them in: this pass was made for practice.")

enum verdict {
#define X(verdict, name, code, word, advice) verdict,
    VERDICT_TABLE(X)
#undef X
        VERDICT_COUNT
};

const char *verdict_name(enum verdict verdict);
const char *verdict_word(enum verdict verdict);
const char *verdict_advice(enum verdict verdict);
enum tk_code verdict_code(enum verdict verdict); /* what plan says */
bool verdict_parse(const char *name, enum verdict *verdict);
/* The verdict that a code of plan means; VERDICT_COUNT for one that is none. TK_TICKET_ARCHIVED is
   VERDICT_EXPIRED. */
enum verdict verdict_of(enum tk_code code);
/* Whether it tells of a pass that nobody here made, or whose ticket is not there. */
bool verdict_is_wrong_pass(enum verdict verdict);

#define ADMIT_MAX 100 /* tickets that one scan admits at most */

struct admission_request {
    const char *code;   /* as scanned or typed; NULL: ticket_id, which a person looked up */
    uint64_t ticket_id;
    const int64_t *slot_ids; /* the slots that this door serves; none: all */
    size_t slot_count;
    int64_t count; /* 1 … ADMIT_MAX. 1: that ticket alone; more: so many of its sale, that ticket first
                      unless it is in already */
    struct op_id id; /* of the first operation (of each further one by op_id_derive): sent again it has
                        its effect once, and the answer that it had */
};

/* What is said of one scan. */
struct admission {
    enum verdict verdict;
    char message[TK_MESSAGE_MAX]; /* a sentence: when, where, which one */
    const char *advice; /* what to do; static. NULL: verdict_advice */
    uint64_t ticket_id;           /* 0: not known, or not to be told */
    int64_t slot_id;              /* of the ticket; 0: not known */
    int64_t at;                   /* UTC µs, when this was decided */
    int32_t admitted;             /* tickets that this scan let in */
    int32_t sale_size, sale_waiting; /* of its sale, and how many of them are not in yet */
    char slot_name[SLOT_NAME_SIZE];  /* "" when not known, as all that follows */
    char customer_name[CUSTOMER_NAME_SIZE];
    bool unrecorded; /* VERDICT_ADMITTED by the door's own record or copy: the box office is to be told yet */
    bool repeated;   /* the same code again within a moment: this is what was said before */
};

/* The operations that a scan leads to. */
struct admission_plan {
    struct operation operations[ADMIT_MAX];
    struct outcome outcomes[ADMIT_MAX];
    size_t count; /* 0: the verdict is there */
    struct ticket_view ticket; /* ticket.id 0: it is not in the store … */
    bool early; /* … yet: number and showing are all that is known, by the pass */
};

/*
 * The first half: reads the code and looks at the store. Either *admission is whole (plan->count 0), or
 * plan's operations are to be applied and admission_end tells the rest. Changes nothing. TK_OK, or why
 * no verdict can be given.
 */
enum tk_code admission_begin(struct box_office *office, const struct admission_request *request,
                             struct admission_plan *plan, struct admission *admission,
                             struct tk_error *error);
/* The second half, when plan->outcomes are there. A store's failure is not for this. */
enum tk_code admission_end(struct box_office *office, struct admission_plan *plan,
                           struct admission *admission, struct tk_error *error);
/* Both with the office's own store between them; or office->admissions, where there is one. */
enum tk_code office_admit(struct box_office *office, const struct admission_request *request,
                          struct admission *admission, struct tk_error *error);
/* Takes an admission back; *ticket is as it is then, as admission_ticket has it. TK_NOT_ADMITTED,
   TK_OTHER_DOOR, TK_UNDO_TOO_LATE in words. */
enum tk_code office_unadmit(struct box_office *office, uint64_t ticket_id, const struct op_id *id,
                            struct ticket_view *ticket, struct tk_error *error);
/* The ticket of an admission. Of one whose sale is not known here yet, when it is for slot_id (0: that is
   TK_TICKET_NOT_FOUND): number, Booked, and showing; sale_size is 0 then. */
enum tk_code admission_ticket(struct box_office *office, uint64_t ticket_id, int64_t slot_id,
                              struct ticket_view *ticket, struct tk_error *error);
/* Whether somebody was let in before the sale of his ticket was known: no count has him yet. */
bool admission_is_early(const struct admission *admission);
/* What each door let in, for a slot. */
enum tk_code office_admissions(struct box_office *office, int64_t slot_id,
                               struct admission_count_list *list, struct tk_error *error);
/* Slots whose admission is open, or opens within `ahead` µs, by start. */
enum tk_code office_slots_admitting(struct box_office *office, int64_t ahead,
                                    struct slot_list *list, struct tk_error *error);
/* Fills an admission with a verdict and what is known of the ticket (may be NULL); the sentence names
   when, which door, which showing, which other ticket. For office_admit and a door that decides on
   its own. */
void admission_say(const struct box_office *office, enum verdict verdict,
                   const struct ticket_view *ticket, int64_t now, struct admission *admission);

/*
 * Passes that were wrong (not genuine, unknown) from one door: ten in a row cost nothing, then one may
 * be tried each second. So guessing is slow, and a forged pass never stops the next one for longer.
 */
#define WRONG_PASSES_FREE 10
#define WRONG_PASS_PAUSE TIME_SECOND

struct wrong_passes {
    int64_t paid_until; /* UTC µs */
    uint64_t count;     /* in all */
};

/* µs until the next pass may be judged; 0: now. A clock that was set back is taken as it is from then
   on. */
int64_t wrong_passes_wait(struct wrong_passes *passes, int64_t now);
/* Counts a verdict when it is a wrong pass. */
void wrong_passes_note(struct wrong_passes *passes, enum verdict verdict, int64_t now);

#endif
