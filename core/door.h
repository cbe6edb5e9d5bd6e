/*
 * door: one door at work, for its view and its lines: which slots it serves, what was scanned, and how
 * it goes on while the box office is away.
 *
 *              office_admit fails as away                  door_tick: it answers, and all
 *              (TK_UNAVAILABLE, TK_UNKNOWN …)               that waited was sent
 *   together ───────────────────────────────▶ on its own ─────────────────────────────────▶ together
 *
 * On its own a door admits by pass and by what it knew of the tickets when it was last together: a pass
 * that one of its slot keys makes, of a ticket that is not known to be canceled, replaced, expired or
 * in already. Each such admission is in the record before the verdict is told, and sent later with the
 * same id. What the box office then refuses (it was used at another door, it was canceled) is a
 * conflict: kept in the record, told again after a restart, and shown until a person has dealt with it.
 *
 * Invariants
 * 1. A ticket is admitted by one door once, whatever is killed when.
 * 2. Nothing in the record is dropped: it leaves it when the box office has answered for it, and a
 *    refusal becomes a conflict, in one step; a conflict leaves it by door_acknowledge only.
 * 3. Keys are had for the slots served only, and wiped at the end.
 *
 * A door on a copy of its centre's box office (office->line) needs none of that: the copy is always there,
 * what is done in it while the centre is away is queued and sent by core/sync, and what the centre then
 * refuses is a dispute, shown here among the conflicts until somebody closes it.
 *
 * Only a box office that is a service's can be away; one in a file has no record. Away means that it
 * cannot be reached or has no time (TK_UNAVAILABLE, TK_UNKNOWN, TK_OVERLOADED, TK_DRAINING); not that
 * a person broke off a question (TK_INTERRUPTED). Where it answers that it does not know this door (TK_NO_TOKEN, TK_FORBIDDEN), the
 * door lets nobody in, then and while it is away afterwards, until it is let in again. A door that
 * begins with something in its record is on its own until that is told.
 * Threading: one thread.
 */
#ifndef TK_CORE_DOOR_H
#define TK_CORE_DOOR_H

#include "core/admission.h"

#define DOOR_SLOTS_MAX 64 /* by their numbers; of all that are open it serves as many as there are */
#define DOOR_SCANS_KEPT 200
#define DOOR_SAME_CODE (2 * TIME_SECOND) /* the same code so soon after its verdict is one scan */

/* An admission of this door's own record that the box office refused. */
struct door_conflict {
    struct op_id id; /* of the operation that was refused */
    uint64_t ticket_id;
    int64_t admitted_at; /* here */
    char message[TK_MESSAGE_MAX]; /* why, with the other side */
    bool is_dispute; /* the centre keeps it: acknowledged it is closed, in the name of who does that */
};

/* Where a door writes down what it admitted on its own; see data/door_record. */
struct door_record;
struct door_record_ops {
    /* Durable when it returns TK_OK. */
    enum tk_code (*add)(struct door_record *record, const struct operation *operation,
                        struct tk_error *error);
    /* The first that was not settled; *found false: none. */
    enum tk_code (*first)(struct door_record *record, struct operation *operation, bool *found,
                          struct tk_error *error);
    /* All that were not settled, in order, through `each`. */
    enum tk_code (*list)(struct door_record *record,
                         void (*each)(void *context, const struct operation *operation),
                         void *context, struct tk_error *error);
    /* The box office has answered for the first one; a refusal (NULL: none) is kept in its place, both
       or neither. */
    enum tk_code (*settle)(struct door_record *record, const struct op_id *id,
                           const struct door_conflict *conflict, struct tk_error *error);
    /* All that were refused and not acknowledged, oldest first, through `each`. */
    enum tk_code (*list_conflicts)(struct door_record *record,
                                   void (*each)(void *context,
                                                const struct door_conflict *conflict),
                                   void *context, struct tk_error *error);
    /* A person has dealt with a refusal. */
    enum tk_code (*acknowledge)(struct door_record *record, const struct op_id *id,
                                struct tk_error *error);
    void (*close)(struct door_record *record);
};
struct door_record {
    const struct door_record_ops *ops;
};

struct door_options {
    struct box_office *office;   /* borrowed */
    const int64_t *slot_ids;     /* borrowed for door_open; none: all that are open, as they open */
    size_t slot_count;
    bool every_scan; /* each scan is judged, the same code within a moment, too: for gates */
    struct door_record *record;  /* borrowed; NULL: it cannot go on while the box office is away */
};

/* A slot that is served. */
struct door_slot {
    struct slot slot;
    int64_t opens_at;  /* UTC µs */
    int64_t here;      /* let in by this door */
    struct admission_count_list doors; /* owned by the door */
    bool has_key;
};

/* A scan that was kept, with what was said; newest first in door_scan_at. */
struct door_scan {
    struct admission admission;
    char code[PASS_GROUPED_SIZE]; /* as it was read; "" for a ticket that was looked up */
    bool undone;
};

struct door;

/* Reads the slots and their keys. TK_SLOT_NOT_FOUND for one that is not there. Owned until
   door_close. */
enum tk_code door_open(const struct door_options *options, struct door **door,
                       struct tk_error *error);
/* NULL is fine. */
void door_close(struct door *door);

/* Looks at slots, counts and tickets when they may have changed, and sends what waits: at each turn of
   a loop; does nothing most times. *changed tells whether there is something new to show. Failing to
   reach the box office is no failure of this. */
enum tk_code door_tick(struct door *door, bool *changed, struct tk_error *error);
/* Makes the next tick look, and on a copy send what waits, whenever the last one did: for whoever is about to close the door. */
void door_hurry(struct door *door);

/*
 * One scan. TK_OK with a verdict; the same code within DOOR_SAME_CODE of its verdict has the answer
 * that it had (`repeated`), and nothing else happens. *wait_us > 0: too many wrong passes came, nothing
 * was judged yet: call again after so long. Any other code: no verdict, and why; the next scan of the
 * same code goes on with the same operation.
 */
enum tk_code door_scan(struct door *door, const char *code, struct admission *admission,
                       int64_t *wait_us, struct tk_error *error);
/* The same for a ticket that a person looked up. */
enum tk_code door_admit_ticket(struct door *door, uint64_t ticket_id, struct admission *admission,
                               struct tk_error *error);
/* So many more of the sale of a ticket that was scanned: the one on the screen, whatever was scanned
   since. TK_TICKET_NOT_FOUND when it was not, TK_NOT_ADMITTED when that scan was taken back. */
enum tk_code door_admit_more(struct door *door, uint64_t ticket_id, int64_t count,
                             struct admission *admission, struct tk_error *error);
/* Takes the last admission of this door back, whatever was scanned since; *admission is what it was.
   TK_NOT_ADMITTED when there is none to take back, TK_UNAVAILABLE when the box office is away and not
   all that the scan let in are known here: then nothing is done. */
enum tk_code door_undo(struct door *door, struct admission *admission, struct tk_error *error);
/* Tickets of the slots served, by number, name or end of phone. */
enum tk_code door_find(struct door *door, const char *text, struct ticket_view_list *list,
                       struct tk_error *error);

/* --- what is shown --- */

size_t door_slot_count(const struct door *door);
const struct door_slot *door_slot_at(const struct door *door, size_t at);
bool door_serves_all(const struct door *door);
size_t door_scan_count(const struct door *door);
const struct door_scan *door_scan_at(const struct door *door, size_t at); /* 0: the newest */
/* Whether it works on a copy of its centre's box office. */
bool door_has_line(const struct door *door);
/* UTC µs since when the box office is away; 0: it is not. */
int64_t door_away_since(const struct door *door);
/* Admissions that wait to be sent; on a copy all that waits in its queue. */
size_t door_waiting(const struct door *door);
size_t door_conflict_count(const struct door *door);
const struct door_conflict *door_conflict_at(const struct door *door, size_t at); /* 0: the newest */
/* Each conflict once, oldest first, for whoever tells it: false when all were taken. Those taken are
   counted and shown as before. */
bool door_take_conflict(struct door *door, struct door_conflict *conflict);
/* A person has dealt with a conflict: it is shown no more. TK_OK, too, for one that is not there. A
   dispute is closed: TK_NEEDS_CENTRE while the centre is away. */
enum tk_code door_acknowledge(struct door *door, const struct op_id *id, struct tk_error *error);
uint64_t door_wrong_passes(const struct door *door);

#endif
