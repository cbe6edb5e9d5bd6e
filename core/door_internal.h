/*
 * door_internal: what the files of the door share; door.h says what it is.
 *
 *   door.c       scans, and the passing of time
 *   door_shown.c what is shown
 *   door_sale.c  more of a sale, taking back, looking up
 *   door_read.c  what the box office says of the slots served: times, counts, keys, tickets
 *   door_away.c  going on while the box office is away
 *   door_own.c   what waits in the record, and taking back by it
 *   door_send.c  telling it afterwards
 *   door_line.c  a door on a copy of its centre's box office, which is never away
 *
 * What waits in the record is kept by ticket in `own`, too, so that a ticket let in here is known to
 * be in; what the box office said of a ticket is in `known`, which is kept only where there is a record.
 */
#ifndef TK_CORE_DOOR_INTERNAL_H
#define TK_CORE_DOOR_INTERNAL_H

#include "core/door.h"
#include "core/map.h"
#include "core/sync.h"

#define DOOR_KEY_SIZE (SCAN_TEXT_MAX + 1)
#define DOOR_LOOK_MAX (15 * TIME_SECOND) /* between two looks, at most */
#define DOOR_PENDING_KEPT 64 /* codes whose operation may be sent again */

/* A slot with what the door alone has to know of it. */
struct served {
    struct door_slot shown;
    struct crypto_key key;
    int64_t key_generation; /* of key; 0: there is none */
    bool was_read;          /* counts and tickets are as of `seq` */
    uint64_t seq;
    uint64_t after_id, after_seq; /* tickets are known up to this one */
    int64_t here, admitted;       /* as the box office said */
};

struct kept {
    struct door_scan scan;
    char key[DOOR_KEY_SIZE]; /* what makes it the same scan as another */
    int64_t seen_at;         /* when it was scanned last; 0: to be judged anew */
    bool told_no_more;       /* its ticket was taken back since */
    struct op_id undo_id;    /* zero until it is to be taken back */
    int32_t taken_back;      /* tickets of several that were, when not all could be at once */
};

/* What was asked for and had no verdict yet. */
struct attempt {
    char key[DOOR_KEY_SIZE];
    struct op_id id;
    const char *code; /* borrowed; NULL: ticket_id */
    uint64_t ticket_id;
    int64_t count;
};

/* A ticket of which something waits in the record, or (unsent 0) did a moment ago. */
struct own_ticket {
    uint64_t ticket_id;
    int64_t slot_id;
    int64_t admitted_at; /* while it is in */
    bool in;
    int change;      /* what the box office will count more when it has been told */
    size_t unsent;   /* operations */
};

struct own_list {
    struct own_ticket *items; /* owned */
    size_t count, capacity;
};

struct conflict_list {
    struct door_conflict *items; /* owned */
    size_t count, capacity;
};

struct door {
    struct box_office *office;
    struct door_record *record; /* NULL: none */
    bool has_service;
    bool serves_all, every_scan;
    int64_t slot_ids[DOOR_SLOTS_MAX]; /* as asked for */
    size_t slot_id_count;
    struct served *slots; /* owned */
    size_t slot_count;
    struct kept *kept; /* owned; a ring of DOOR_SCANS_KEPT */
    size_t kept_next, kept_count;
    struct attempt pending[DOOR_PENDING_KEPT];
    size_t pending_next;
    struct wrong_passes wrong;
    char name[DEVICE_SIZE]; /* as the box office calls this door: a service goes by its token */
    uint64_t named_by;      /* a ticket that was let in here, and when: it tells the name */
    int64_t named_at;
    /* --- when to look again --- */
    uint64_t version;
    bool version_known;
    int64_t look_at, slots_at; /* UTC µs: the next look, and the next whether or not the version is
                                  another one */
    int64_t pause;             /* µs before the look after a failure */
    /* --- while the box office is away --- */
    int64_t away_since;
    struct tk_error stop; /* code not TK_OK: the box office does not know this door any more */
    struct ticket_list known;
    struct map known_places;
    struct own_list own; /* emptied when nothing waits */
    struct map own_places;
    size_t waiting;
    bool one_by_one; /* a batch was refused as a whole: which one was it? */
    struct conflict_list conflicts; /* oldest first */
    size_t conflicts_told;
    /* --- on a copy --- */
    struct sync_status line;
    int64_t disputes_read; /* of line.disputes */
    bool keyless; /* a slot's key was not here when it was read */
    bool hurried;
};

/* --- door.c --- */

/* A scan that was kept; 0: the newest. */
struct kept *door_kept(const struct door *door, size_t at);
void door_keep(struct door *door, const char *key, const char *code,
               const struct admission *admission);
/* Gets a verdict for what the attempt says. When there is none it is kept, so that the next attempt of
   the same key asks for the same with the same id. */
enum tk_code door_decide(struct door *door, struct attempt *attempt, struct admission *admission,
                         struct tk_error *error);

/* --- door_shown.c --- */

struct served *door_find_served(const struct door *door, int64_t slot_id);
/* Takes a conflict off the list that is shown. */
void door_forget_conflict(struct door *door, size_t at);
/* Sets what is shown of a slot's counts from what the box office said and what it does not know. */
void door_count(struct door *door, struct served *served);

/* --- door_read.c --- */

/* Reads everything that changed. */
enum tk_code door_read(struct door *door, bool *changed, struct tk_error *error);
/* Sets when to look again: after a success, or (failed) after a pause that grows. */
void door_schedule(struct door *door, bool failed);
/* Notes what the box office says of a ticket of a slot served. TK_NO_MEMORY. */
enum tk_code door_know(struct door *door, const struct ticket *ticket);
/* Has all tickets of a slot read again at the next look. */
void door_doubt(struct door *door, int64_t slot_id);
/* The ticket as the box office last told; NULL: not known. Borrowed until the next look. */
struct ticket *door_known(const struct door *door, uint64_t ticket_id);
/* Notes that a ticket was let in here at a time, or (0) that this was taken back. */
void door_note_admitted(struct door *door, uint64_t ticket_id, int64_t slot_id, int64_t at);
bool door_serves(const struct door *door, int64_t slot_id);

/* --- door_away.c --- */

/*
 * Whether a failure means that the box office is away, so that a door may go on by itself:
 * TK_UNAVAILABLE, TK_UNKNOWN, TK_OVERLOADED, TK_DRAINING. Not TK_NO_TOKEN and not TK_FORBIDDEN: a
 * door whose token was revoked lets nobody in. Not TK_INTERRUPTED: a person breaks off a look, too.
 */
bool door_means_away(const struct door *door, enum tk_code code);
/* Notes a failure that says that this door is not let in (any more): it lets nobody in by itself until
   it is again. Other failures change nothing. */
void door_stop(struct door *door, const struct tk_error *why);
void door_go_away(struct door *door);
/* Whether it decides by itself. */
bool door_is_on_its_own(const struct door *door);
enum tk_code door_judge(struct door *door, const struct attempt *attempt,
                        struct admission *admission, struct tk_error *error);
/* The ticket as far as it is known here. */
struct ticket_view door_view_of(struct door *door, uint64_t ticket_id, int64_t slot_id);
/* The known tickets of the sale and slot of this one, itself among them, in the order of the sale.
   TK_NO_MEMORY. */
enum tk_code door_list_known(const struct door *door, const struct ticket *ticket,
                             struct ticket_list *list);
/* The first ticket of the same sale that is known and not in; *waiting counts them. */
uint64_t door_first_waiting(const struct door *door, uint64_t ticket_id, int64_t *waiting);

/* --- door_sale.c --- */

/* Reads the tickets of the sale of this one, in order; those of slots served are known then. */
enum tk_code door_list_sale(struct door *door, uint64_t ticket_id, struct ticket_list *tickets,
                            struct tk_error *error);
/* Notes who the companions are that the box office let in with a ticket. */
void door_note_group(struct door *door, const struct admission *admission);
/* A ticket of `kept` was taken back: what was said of it holds no more. */
void door_note_taken_back(struct door *door, struct kept *kept, uint64_t ticket_id);

/* --- door_own.c --- */

enum tk_code door_load_record(struct door *door, struct tk_error *error);
/* Adds an operation to the record: durable when it returns TK_OK. */
enum tk_code door_write_down(struct door *door, const struct operation *operation,
                             struct tk_error *error);
/* Takes back what `kept` let in, by the record. */
enum tk_code door_undo_own(struct door *door, struct kept *kept, struct tk_error *error);
/* Whether something of this ticket waits in the record. */
const struct own_ticket *door_own(const struct door *door, uint64_t ticket_id);
uint64_t door_ticket_of(const struct operation *operation);
/* 0: not known. */
int64_t door_slot_of(const struct door *door, const struct operation *operation);
/* An operation does not wait any more. */
void door_note_sent(struct door *door, const struct operation *operation);
void door_release_own(struct door *door);

/* --- door_send.c --- */

/* Asks whether the box office is there, and sends what waits, a batch at a time. *done: it is there,
   and nothing waits any more. */
enum tk_code door_reach(struct door *door, bool *done, bool *changed, struct tk_error *error);

/* --- door_line.c: nothing where there is no line --- */

/* Whether it has a line, and is cut off. */
bool door_is_cut_off(const struct door *door);
/* Asks how the line is; never waits. */
void door_look_at_line(struct door *door, bool *changed);
/* Tries to send what waits, now. */
void door_send_line(struct door *door);
/* Reads which disputes about admissions of this door are open. */
enum tk_code door_read_disputes(struct door *door, bool *changed, struct tk_error *error);
enum tk_code door_close_dispute(struct door *door, const struct op_id *id, struct tk_error *error);

#endif
