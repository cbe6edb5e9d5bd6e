/*
 * door_view: what the view of a door is made of. view_door.c acts, door_paint.c draws (the slots:
 * door_slots.c), view_door_pages.c has the pages that it opens (look up, conflicts).
 *
 * A code is judged at once, or waits in a queue while too many wrong passes came; nothing waits in
 * the loop. Every code of a scanner gets an answer on the screen or, when others stood before it,
 * in the list of the last scans.
 */
#ifndef TK_UI_KIOSK_DOOR_VIEW_H
#define TK_UI_KIOSK_DOOR_VIEW_H

#include "core/door.h"
#include "ui/kiosk/door_look.h"
#include "ui/kiosk/form.h"
#include "ui/kiosk/view.h"

#define DOOR_QUEUE_MAX 32

struct door_view {
    struct view view;
    int answer;                   /* a verdict, or enum door_answer */
    struct admission admission;   /* of a verdict, and of what was taken back */
    char message[TK_MESSAGE_MAX]; /* when nothing was checked: why */
    bool refused; /* … because the service does not let this door in */
    struct form typed;            /* one field: a code, or how many more */
    bool asking;                  /* how many more of the sale? */
    char queue[DOOR_QUEUE_MAX][SCAN_TEXT_MAX]; /* codes that are not judged yet, the oldest first */
    int queued;
    int64_t wait_until; /* UTC µs: none of them is judged before */
    bool failing;       /* the last look at the door failed, which was told */
};

/* The door's view at the bottom of the stack; NULL without memory. */
struct view *door_view_new(void);
/* A whole code, whichever view has the keys: the door's view comes to the front with its answer. */
void door_view_scanned(struct counter *counter, const char *code);
/* A ticket that a person looked up. */
void door_view_admit(struct counter *counter, uint64_t ticket_id);
/* At each turn of the loop: looks at the door, judges what waited. */
void door_view_tick(struct counter *counter);
/* ms until it has something to do, at most `most`. */
int door_view_wait_ms(const struct counter *counter, int most);
/* "ONLINE", or "AWAY since 19:40" (on a copy: "OFFLINE since"), for the header; *away tells which. */
void door_view_place(const struct counter *counter, char *text, size_t size, bool *away);

/* How many of the sale that is shown may be admitted yet. */
int door_view_more(const struct door_view *view);
void door_view_paint(const struct view *view, const struct counter *counter, struct canvas *canvas,
                     struct area area);
/* A row each, and how many there are more. */
void door_view_paint_slots(const struct counter *counter, struct canvas *canvas,
                           struct area area);

struct view *door_find_view_new(void);
struct view *door_conflicts_view_new(void);

#endif
