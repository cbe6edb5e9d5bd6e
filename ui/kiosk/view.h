/*
 * view: one screen of the counter, as a small table of functions.
 *
 * recalc gets data, paint draws it (pure), act answers a key. Views lie on a stack; the one on top
 * is seen. A view asks for new data by counter->stale and for a new picture by counter->dirty.
 */
#ifndef TK_UI_KIOSK_VIEW_H
#define TK_UI_KIOSK_VIEW_H

#include "core/box_office.h"
#include "core/sync.h"
#include "ui/kiosk/canvas.h"
#include "ui/kiosk/capture.h"
#include "ui/kiosk/stand.h"
#include "ui/kiosk/form.h"
#include "ui/kiosk/keys.h"
#include "ui/kiosk/tone.h"
#include "ui/settings.h"

#define VIEWS_MAX 12
#define MESSAGES_KEPT 100
#define SCANS_HELD_MAX PASS_LENGTH /* a whole scan */

enum message_kind { MESSAGE_INFO, MESSAGE_GOOD, MESSAGE_WARNING, MESSAGE_BAD };

struct message {
    enum message_kind kind;
    enum tk_code code; /* of an error; TK_OK for all else */
    int64_t at;
    char text[TK_MESSAGE_MAX];
};

struct counter;
struct door;
struct spooler;
struct view;

/* Whether a view keeps out who is not signed on. */
enum view_guard {
    GUARD_NONE,
    GUARD_GUEST, /* it may lie above a guard */
    GUARD_SHUT   /* it is one: only counter_unshut takes it away */
};

struct view_ops {
    const char *title;
    enum view_guard guard;
    /* The group of key bindings that holds now. */
    unsigned (*group)(const struct view *view);
    /* Gets data again: after it was entered, a change by anyone, a resize, a minute. May be NULL. */
    void (*recalc)(struct view *view, struct counter *counter);
    /* Goes on with data that takes long, a few ms a turn; asks again by counter->unfinished. May be
       NULL. */
    void (*resume)(struct view *view, struct counter *counter);
    /* Whether it wants the header's and the message's rows too; NULL: no. */
    bool (*is_whole)(const struct view *view, const struct canvas *canvas);
    /* Draws into the area between header and hint bar. Changes only the canvas. */
    void (*paint)(const struct view *view, const struct counter *counter, struct canvas *canvas,
                  struct area area);
    /* Answers an action; `number` belongs to ACTION_GENRE. */
    void (*act)(struct view *view, struct counter *counter, enum action action, int number);
    /* Takes typed or pasted text; NULL where letters are commands. */
    void (*type)(struct view *view, struct counter *counter, const char *text);
    /* Answers a click (rows 0) or the wheel at a place of the screen; may be NULL. */
    void (*point)(struct view *view, struct counter *counter, const struct event *event);
    /* The form that typed text goes to; NULL: none. */
    struct form *(*form)(struct view *view);
    /* Notes where the clerk is, for what typing may change besides a form; back: goes there again.
       May be NULL. */
    void (*mark)(struct view *view, struct counter *counter, bool back);
    /* Looks at the time, five times a second while it is seen. May be NULL. */
    void (*tick)(struct view *view, struct counter *counter);
    /* Frees the view. */
    void (*leave)(struct view *view);
};

struct view {
    const struct view_ops *ops;
};

/* A question that waits for y; anything else is no. */
struct question {
    char text[TK_MESSAGE_MAX];
    void (*yes)(struct counter *counter, uint64_t subject);
    uint64_t subject;
};

/* What a scanner types; scans.h. */
struct scans {
    struct capture capture;
    /* as before the first character of the run */
    int views;
    struct question question;
    bool has_form;
    struct form form;
    bool leaked;   /* something of the run was acted on */
    uint32_t held[SCANS_HELD_MAX]; /* keys that are acted on when they were no scan's */
    int held_count;
    int64_t held_until; /* UTC µs */
};

struct counter {
    struct box_office *office;       /* borrowed */
    const struct settings *settings; /* borrowed */
    struct view *views[VIEWS_MAX];
    int view_count;
    struct canvas canvas;
    struct message messages[MESSAGES_KEPT]; /* a ring; the newest at message_count - 1 */
    int message_count;
    bool message_shown; /* the newest stands in the message line */
    struct question question; /* asked while question.yes */
    uint64_t last_sale;       /* its first ticket; 0: nothing to undo */
    int64_t last_sale_at;     /* UTC µs */
    char last_sale_name[SLOT_NAME_SIZE + TIME_TEXT_MAX];
    struct door *door; /* borrowed; NULL at a counter */
    struct stand stand;
    bool training;     /* nothing here is real, which every frame says */
    struct tone_player tones;
    struct spooler *spooler;  /* NULL until something is printed */
    struct scans scans;
    void (*scanned)(struct counter *counter, const char *code); /* does what a scan is for */
    bool running, stale, dirty; /* stale: recalc is due; dirty: paint is due */
    bool unfinished;    /* the view on top has data left to get */
    struct {
        struct sync_status status; /* as it was at the last look; of a till with a centre only */
        bool known;                /* there was one */
        int64_t queued;            /* operations that waited when it was last seen away */
        int64_t back_at; /* UTC µs; since when its coming back is to be told; 0: it is told */
    } line;
    bool store_failing;         /* the last look at the store failed … */
    enum tk_code failure;       /* … with this … */
    int64_t pause;              /* … and the next one is due so many µs after it */
    bool looking;               /* … which is going on: nobody asked for it */
    bool changing;              /* what goes on may change the store */
    bool in_passing;            /* it is asked by the way: the first key ends it */
    uint64_t version;
    int64_t looked_at, upkept_at, minute; /* when last (UTC µs; minute: its number) */
    int64_t expired_tickets; /* by the upkeep that is under way */
    int64_t waiting_shown; /* the second in the waiting notice; 0: none */
};

/* --- for views --- */

/* The view that is seen. */
struct view *counter_top(const struct counter *counter);
/* Puts a view on top. On TK_NO_MEMORY (view NULL) says so. */
void counter_push(struct counter *counter, struct view *view);
void counter_pop(struct counter *counter);
/* Back to the programme at the bottom of the stack. */
void counter_pop_all(struct counter *counter);
/* Takes the guard on top away. */
void counter_unshut(struct counter *counter);
/* Forgets all that somebody did here: views, messages, questions, what could be undone. */
void counter_begin_anew(struct counter *counter);
void counter_say(struct counter *counter, enum message_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The message told last; of no text when none was. */
const struct message *counter_newest_message(const struct counter *counter);
/* Whether the box office is a service's that is asked for everything, and may be away. */
bool counter_is_remote(const struct counter *counter);
/* Whether the code tells that the service could not be asked, so nothing of what was typed is wrong. */
bool counter_is_away(enum tk_code code);
/* Says what an error tells: refusals as a warning, failures as bad. */
void counter_say_error(struct counter *counter, const struct tk_error *error);
void counter_ask(struct counter *counter, void (*yes)(struct counter *, uint64_t),
                 uint64_t subject, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void counter_ask_cancel(struct counter *counter, const struct ticket_view *ticket);
/* Opens the choice of the new showing, or says why the ticket cannot be reissued. */
void counter_reissue(struct counter *counter, const struct ticket_view *ticket);
void counter_undo(struct counter *counter);
/* Counts a copy and hands it to the printer; what becomes of it is a message later. */
void counter_print(struct counter *counter, const struct ticket_view *ticket);
/* The same for what is Booked of a sale, in one job. */
void counter_print_sale(struct counter *counter, const struct ticket_view_list *sale);
/* Tells what became of what was printed. Never waits. */
void counter_poll_printer(struct counter *counter);
/* On the way out: waits a moment. Returns how many jobs were not printed, or are not known to be. */
int counter_end_printing(struct counter *counter);
/* The part of the screen that views paint on. */
struct area counter_view_area(const struct counter *counter);
/* Clock texts in the venue's zone. */
int64_t counter_now(const struct counter *counter);
const struct time_zone *counter_zone(const struct counter *counter);
/* "Today", "Tomorrow" or "Sat 28 Nov" for headings. */
void counter_day(const struct counter *counter, int64_t moment, char *text, size_t size);

/* --- the views --- */

struct view *programme_view_new(void);
/* The programme to choose the new showing for a ticket from. */
struct view *reissue_view_new(struct counter *counter, const struct ticket_view *ticket);
struct view *sale_view_new(struct counter *counter, const struct slot *slot);
/* The tickets of the sale that a ticket belongs to, that one first seen. */
struct view *ticket_view_new(uint64_t ticket_id);
struct view *tickets_view_new(const struct slot *slot);
struct view *find_view_new(void);
struct view *schedule_view_new(struct counter *counter);
/* What was done while the box office was away, and was refused by it then. */
struct view *disputes_view_new(void);
struct view *messages_view_new(void);
struct view *help_view_new(const struct counter *counter, unsigned group);

#endif
