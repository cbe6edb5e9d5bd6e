/*
 * door_internal: what the files of the door share; door.h says what it is.
 *
 *   door.c       scans, and the passing of time
 *   door_sale.c  more of a sale, taking back, looking up
 *   door_read.c  the slots served: times, counts, keys; and what is shown
 *   door_line.c  on a copy of its centre's box office: the line, and what the centre refused
 */
#ifndef TK_CORE_DOOR_INTERNAL_H
#define TK_CORE_DOOR_INTERNAL_H

#include "core/door.h"
#include "core/sync.h"

#define DOOR_KEY_SIZE (SCAN_TEXT_MAX + 1)
#define DOOR_LOOK_MAX (15 * TIME_SECOND) /* between two looks, at most */
#define DOOR_PENDING_KEPT 64 /* codes whose operation may be sent again */

/* A slot with what the door alone has to know of it. */
struct served {
    struct door_slot shown;
    int64_t key_generation; /* of the key that there is for its passes; 0: none */
    bool was_read;          /* counts are as of `seq` */
    uint64_t seq;
};

struct kept {
    struct door_scan scan;
    char key[DOOR_KEY_SIZE]; /* what makes it the same scan as another */
    int64_t seen_at;         /* when it was scanned last; 0: to be judged anew */
    bool told_no_more;       /* its ticket was taken back since */
    struct op_id undo_id;    /* zero until it is to be taken back */
};

/* What was asked for and had no verdict yet. */
struct attempt {
    char key[DOOR_KEY_SIZE];
    struct op_id id;
    const char *code; /* borrowed; NULL: ticket_id */
    uint64_t ticket_id;
    int64_t count;
};

struct conflict_list {
    struct door_conflict *items; /* owned */
    size_t count, capacity;
};

struct door {
    struct box_office *office;
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
    /* --- when to look again --- */
    uint64_t version;
    bool version_known;
    int64_t look_at, slots_at; /* UTC µs: the next look, and the next whether or not the version is
                                  another one */
    int64_t pause;             /* µs before the look after a failure */
    /* --- on a copy --- */
    struct sync_status line;
    struct conflict_list conflicts; /* oldest first */
    size_t conflicts_told;
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

/* --- door_read.c --- */

/* Reads everything that changed. */
enum tk_code door_read(struct door *door, bool *changed, struct tk_error *error);
/* Sets when to look again: after a success, or (failed) after a pause that grows. */
void door_schedule(struct door *door, bool failed);
struct served *door_find_served(const struct door *door, int64_t slot_id); /* NULL: it is not */
/* So many more of a slot served, or (below 0) fewer, were let in here. */
void door_count(struct served *served, int32_t change);

/* --- door_line.c: nothing where there is no line --- */

/* Whether it has a line, and is cut off. */
bool door_is_cut_off(const struct door *door);
/* Asks how the line is; never waits. */
void door_look_at_line(struct door *door, bool *changed);
/* A round with the centre, now: sends what waits, and brings what is new. */
void door_sync(struct door *door);
/* Reads which disputes about admissions of this door are open. */
enum tk_code door_read_disputes(struct door *door, bool *changed, struct tk_error *error);

#endif
