/*
 * keys: the one table of what each key does, where, and how it is explained. The hint bar, the help
 * page, the man page and the README follow from it.
 */
#ifndef TK_UI_KIOSK_KEYS_H
#define TK_UI_KIOSK_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/kiosk/terminal.h"

/* Where a binding holds: one bit per kind of view. */
enum key_group {
    GROUP_PROGRAMME = 1 << 0,
    GROUP_SALE = 1 << 1,
    GROUP_TICKET = 1 << 2,
    GROUP_TICKETS = 1 << 3,
    GROUP_FIND = 1 << 4,
    GROUP_REISSUE = 1 << 5,
    GROUP_SCHEDULE = 1 << 6,
    GROUP_MESSAGES = 1 << 7,
    GROUP_HELP = 1 << 8,
    GROUP_FILTER = 1 << 9, /* typing a filter */
    GROUP_DOOR = 1 << 10,      /* nothing is typed */
    GROUP_DOOR_CODE = 1 << 11, /* a code is being typed */
    GROUP_DOOR_MORE = 1 << 12, /* how many more of the sale? */
    GROUP_DOOR_FIND = 1 << 13,
    GROUP_DOORS = GROUP_DOOR | GROUP_DOOR_CODE | GROUP_DOOR_MORE | GROUP_DOOR_FIND,
    GROUP_DISPUTES = 1 << 14,
    GROUP_DISPUTE = 1 << 15, /* one of them */
    GROUP_CLOSING = 1 << 16, /* saying why one is closed */
    GROUP_SIGN_ON = 1 << 17,
    GROUP_APPROVAL = 1 << 18, /* somebody else's PIN is asked for */
    GROUP_SHIFT_OPEN = 1 << 19,
    GROUP_SHIFT_CLOSE = 1 << 20,
    GROUP_SHIFT_CLOSED = 1 << 21, /* its figures */
    GROUP_COUNT = 22,
    GROUP_SIGN = GROUP_SIGN_ON | GROUP_APPROVAL,
    GROUP_SHIFTS = GROUP_SHIFT_OPEN | GROUP_SHIFT_CLOSE | GROUP_SHIFT_CLOSED,
    GROUP_FORMS = GROUP_SALE | GROUP_SCHEDULE | GROUP_CLOSING | GROUP_SIGN,
    GROUP_TYPING = GROUP_FORMS | GROUP_FIND | GROUP_FILTER | GROUP_DOORS, /* letters are text */
    GROUP_LISTS = GROUP_PROGRAMME | GROUP_REISSUE | GROUP_TICKETS | GROUP_MESSAGES | GROUP_HELP |
                  GROUP_FIND | GROUP_DOOR_FIND | GROUP_DISPUTES,
    GROUP_ANY = (1 << GROUP_COUNT) - 1,
    GROUP_PLAIN = GROUP_ANY & ~GROUP_TYPING & ~GROUP_SHIFTS
};

enum action {
    ACTION_NONE,
    ACTION_ACCEPT, /* Enter */
    ACTION_BACK,   /* Esc */
    ACTION_QUIT,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_NEXT_PANE,
    ACTION_PREVIOUS_PANE,
    ACTION_ERASE,
    ACTION_DELETE,
    ACTION_CLEAR_FIELD,
    ACTION_FILTER,
    ACTION_FIND,
    ACTION_TICKETS,
    ACTION_UNDO,
    ACTION_SCHEDULE,
    ACTION_REISSUE,
    ACTION_CANCEL_TICKET,
    ACTION_NEXT_TICKET,
    ACTION_PREVIOUS_TICKET,
    ACTION_OTHER_TICKET,
    ACTION_LARGE_CODE,
    ACTION_PRINT,      /* this ticket */
    ACTION_PRINT_SALE, /* all of its sale */
    ACTION_LOOK_UP,    /* at a door, as the next two */
    ACTION_ADMIT_MORE,
    ACTION_CONFLICTS,
    ACTION_DISPUTES,
    ACTION_CLOSE,   /* a dispute */
    ACTION_SIGN_OFF,
    ACTION_MESSAGES,
    ACTION_HELP,
    ACTION_REDRAW,
    ACTION_GENRE, /* 0 to 9: the number says which */
};

struct key_binding {
    enum action action;
    unsigned groups;
    uint32_t keys[3];  /* 0 ends */
    const char *shown; /* "Enter" */
    const char *hint;  /* in the hint bar; NULL: not there */
    const char *help;  /* NULL: the same as another line */
};

extern const struct key_binding key_bindings[];
extern const int key_binding_count;

/* The action of a key in a group; *number gets the digit for ACTION_GENRE. */
enum action key_action(unsigned group, uint32_t key, int *number);
/* The name of a group for headings, NULL for none. */
const char *key_group_name(unsigned group);

#endif
