/*
 * door: one door at work, for its view and its lines: which slots it serves, and what was scanned.
 *
 * It works on a box office file, or on a copy of its centre's (office->line). On a copy it goes on while
 * the centre is away: what it does then is queued there and sent by core/sync, and what the centre refuses
 * of it (the ticket was used at another door, it was canceled) is a dispute: shown, also after a restart,
 * until a person has dealt with it.
 *
 * Invariants
 * 1. A ticket is admitted by one door once, whatever is killed when.
 * 2. A dispute about this door's admissions is shown until it is closed.
 *
 * Threading: one thread.
 */
#ifndef TK_CORE_DOOR_H
#define TK_CORE_DOOR_H

#include "core/admission.h"

#define DOOR_SLOTS_MAX 64 /* by their numbers; of all that are open it serves as many as there are */
#define DOOR_SCANS_KEPT 200
#define DOOR_SAME_CODE (2 * TIME_SECOND) /* the same code so soon after its verdict is one scan */

/* What the centre refused of what this door did while it was cut off. */
struct door_conflict {
    struct op_id id; /* of the operation that was refused */
    uint64_t ticket_id;
    int64_t admitted_at; /* here */
    char message[TK_MESSAGE_MAX]; /* why, with the other side */
};

struct door_options {
    struct box_office *office;   /* borrowed */
    const int64_t *slot_ids;     /* borrowed for door_open; none: all that are open, as they open */
    size_t slot_count;
    bool every_scan; /* each scan is judged, the same code within a moment, too: for gates */
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

/* Reads the slots. TK_SLOT_NOT_FOUND for one that is not there, TK_NEEDS_CENTRE where that cannot be
   told. Owned until door_close. */
enum tk_code door_open(const struct door_options *options, struct door **door,
                       struct tk_error *error);
/* NULL is fine. */
void door_close(struct door *door);

/* Looks at slots, counts, disputes and the line when they may have changed: at each turn of a loop; does
   nothing most times. *changed tells whether there is something new to show. That the centre is away is no
   failure of this. */
enum tk_code door_tick(struct door *door, bool *changed, struct tk_error *error);
/* Makes the next tick look, and on a copy send what waits: for whoever is about to close the door. */
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
   TK_NOT_ADMITTED when there is none to take back. */
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
/* UTC µs since when its line is cut; 0: it is not. */
int64_t door_away_since(const struct door *door);
/* What waits in the queue of its copy. */
size_t door_waiting(const struct door *door);
size_t door_conflict_count(const struct door *door);
const struct door_conflict *door_conflict_at(const struct door *door, size_t at); /* 0: the newest */
/* Each conflict once, oldest first, for whoever tells it: false when all were taken. Those taken are
   counted and shown as before. */
bool door_take_conflict(struct door *door, struct door_conflict *conflict);
/* A person has dealt with a conflict: its dispute is closed, in his name. TK_OK, too, for one that is not
   there; TK_NEEDS_CENTRE while the centre is away. */
enum tk_code door_acknowledge(struct door *door, const struct op_id *id, struct tk_error *error);
uint64_t door_wrong_passes(const struct door *door);

#endif
