#include "ui/kiosk/keys.h"

#include "ui/kiosk/kiosk.h"

#define CTRL(letter) ((letter) & 0x1F)
#define F(number) (KEY_FUNCTION_1 + (number) - 1)
#define CHOOSE (GROUP_PROGRAMME | GROUP_REISSUE)
#define FINDS (GROUP_FIND | GROUP_DOOR_FIND)

/* In the order of the hint bar and the help page. */
/* clang-format off */
/* At a door no character is a command: scanners and hands type codes there. */
const struct key_binding key_bindings[] = {
    {ACTION_ACCEPT,   GROUP_PROGRAMME, {KEY_ENTER_},         "Enter", "sell",   "sell tickets for the selected showing"},
    {ACTION_ACCEPT,   GROUP_SALE,      {KEY_ENTER_},         "Enter", "sell",   "sell, from any field"},
    {ACTION_ACCEPT,   GROUP_REISSUE,   {KEY_ENTER_},         "Enter", "reissue", "give a new ticket for the selected showing"},
    {ACTION_ACCEPT,   GROUP_SCHEDULE,  {KEY_ENTER_},         "Enter", "schedule", "put the showing into the programme, from any field"},
    {ACTION_ACCEPT,   GROUP_TICKET,    {KEY_ENTER_},         "Enter", "done",   "back to the programme"},
    {ACTION_ACCEPT,   GROUP_TICKETS | GROUP_FIND, {KEY_ENTER_}, "Enter", "show", "show the selected ticket"},
    {ACTION_ACCEPT,   GROUP_DISPUTES,  {KEY_ENTER_},         "Enter", "show",   "show both sides of the selected dispute"},
    {ACTION_CLOSE,    GROUP_DISPUTE,   {'c', KEY_ENTER_},    "c", "close",      "close the dispute: say what was done about it (also Enter)"},
    {ACTION_TICKETS,  GROUP_DISPUTE,   {'t'},                "t", "ticket",     "the ticket that it is about"},
    {ACTION_ACCEPT,   GROUP_CLOSING,   {KEY_ENTER_},         "Enter", "close",  "close the dispute in your name, with this reason"},
    {ACTION_DISPUTES, GROUP_PROGRAMME, {'d'},                "d", "disputes", "what was done while cut off, and refused by the box office"},
    {ACTION_ACCEPT,   GROUP_SIGN_ON,   {KEY_ENTER_},         "Enter", "sign on", "sign on, from either field"},
    {ACTION_ACCEPT,   GROUP_APPROVAL,  {KEY_ENTER_},         "Enter", "allow",  "allow it with this number and PIN"},
    {ACTION_ACCEPT,   GROUP_SHIFT_OPEN, {KEY_ENTER_},        "Enter", "open",   "open the shift"},
    {ACTION_BACK,     GROUP_SHIFT_OPEN, {KEY_ESC},           "Esc", "not now",  "go on without a shift"},
    {ACTION_ACCEPT,   GROUP_SHIFT_CLOSE, {KEY_ENTER_},       "Enter", "close",  "close the shift, and show its figures"},
    {ACTION_SIGN_OFF, GROUP_SHIFT_CLOSE, {'s', F(9)},        "s", "only sign off", "sign off; the shift stays open (also F9)"},
    {ACTION_BACK,     GROUP_SHIFT_CLOSE, {KEY_ESC},          "Esc", "stay",     "stay signed on"},
    {ACTION_ACCEPT,   GROUP_SHIFT_CLOSED, {KEY_ENTER_, KEY_ESC, F(9)}, "Enter", "sign off", "sign off (also Esc and F9)"},
    {ACTION_ACCEPT,   GROUP_FILTER,    {KEY_ENTER_},         "Enter", "keep",   "keep the filter and go to the list"},
    {ACTION_ACCEPT,   GROUP_DOOR_CODE, {KEY_ENTER_},         "Enter", "check",  "check the code that was typed"},
    {ACTION_ACCEPT,   GROUP_DOOR_MORE, {KEY_ENTER_},         "Enter", "all",    "let in so many more of the sale; all when no number is typed"},
    {ACTION_ACCEPT,   GROUP_DOOR_FIND, {KEY_ENTER_},         "Enter", "let in", "let in the selected ticket"},
    {ACTION_LOOK_UP,  GROUP_DOOR,      {F(2)},               "F2", "look up",   "find a ticket by name or phone and let it in"},
    {ACTION_LOOK_UP,  GROUP_DOOR_CODE, {F(2)},               "F2", NULL,        "find a ticket by name or phone"},
    {ACTION_ADMIT_MORE, GROUP_DOOR,    {F(3)},               "F3", "more",      "let in more of the sale that was scanned last"},
    {ACTION_UNDO,     GROUP_DOOR,      {F(4)},               "F4", "undo",      "take back the last admission of this door"},
    {ACTION_CONFLICTS, GROUP_DOOR,     {F(5)},               "F5", NULL,        "what was let in here on its own and refused later"},
    {ACTION_MESSAGES, GROUP_DOOR,      {F(6)},               "F6", NULL,        "messages so far"},
    {ACTION_HELP,     GROUP_DOOR,      {F(1)},               "F1", "help",      "all keys"},
    {ACTION_BACK,     GROUP_DOOR_CODE, {KEY_ESC},            "Esc", "clear",    "clear what was typed"},
    {ACTION_QUIT,     GROUP_DOOR,      {F(10), CTRL('q')},   "F10", "leave",    "leave the door (also Ctrl-Q)"},
    {ACTION_ACCEPT,   GROUP_MESSAGES | GROUP_HELP, {KEY_ENTER_}, "Enter", NULL, NULL},
    {ACTION_NEXT_PANE, GROUP_FORMS & ~GROUP_CLOSING, {KEY_TAB_, KEY_DOWN_}, "Tab", "next field", "next field"},
    {ACTION_PREVIOUS_PANE, GROUP_FORMS & ~GROUP_CLOSING, {KEY_BACKTAB, KEY_UP_}, "Shift-Tab", NULL, "field before"},
    {ACTION_LEFT,     GROUP_TYPING, {KEY_LEFT_}, "Left", NULL, "back in the text; another choice"},
    {ACTION_RIGHT,    GROUP_TYPING, {KEY_RIGHT_}, "Right", NULL, "on in the text; another choice"},
    {ACTION_FIRST,    GROUP_FORMS | GROUP_FILTER, {KEY_HOME_}, "Home", NULL, "beginning of the text"},
    {ACTION_LAST,     GROUP_FORMS | GROUP_FILTER, {KEY_END_}, "End", NULL, "end of the text"},
    {ACTION_ERASE,    GROUP_TYPING,    {KEY_BACKSPACE_},     "Backspace", NULL, "take back a character"},
    {ACTION_DELETE,   GROUP_TYPING,    {KEY_DELETE},         "Delete", NULL, "remove the character here"},
    {ACTION_CLEAR_FIELD, GROUP_TYPING, {CTRL('u')},          "Ctrl-U", NULL, "empty the field"},
    {ACTION_TICKETS,  GROUP_PROGRAMME, {'t'},                "t", "tickets", "the tickets of the selected showing"},
    {ACTION_NEXT_TICKET, GROUP_TICKET, {'n', KEY_RIGHT_, KEY_PAGE_DOWN}, "n", "next", "next ticket of the sale"},
    {ACTION_PREVIOUS_TICKET, GROUP_TICKET, {'N', KEY_LEFT_, KEY_PAGE_UP}, "N", NULL, "ticket before"},
    {ACTION_REISSUE,  GROUP_TICKET | GROUP_TICKETS, {'r'},   "r", "reissue", "reissue: choose the new showing"},
    {ACTION_CANCEL_TICKET, GROUP_TICKET | GROUP_TICKETS, {'c'}, "c", "cancel", "cancel the ticket (asks)"},
    {ACTION_PRINT,    GROUP_TICKET,    {'p'},                "p", "print",   "print the ticket; again: COPY 2"},
    {ACTION_PRINT_SALE, GROUP_TICKET,  {'P'},                "P", NULL,      "print all tickets of the sale that are Booked"},
    {ACTION_LARGE_CODE, GROUP_TICKET,  {'v'},                "v", "large",   "the code as large as the screen; again: back"},
    {ACTION_OTHER_TICKET, GROUP_TICKET, {'o'},               "o", NULL,      "the ticket that replaced this one, or that it replaces"},
    {ACTION_FIND,     GROUP_PLAIN,     {'f', F(3)},          "f", "find",    "find tickets by number, pass, phone or name (also F3)"},
    {ACTION_FIND,     GROUP_TYPING & ~(unsigned)(GROUP_FIND | GROUP_DOORS | GROUP_SIGN), {F(3)}, "F3", NULL, "find tickets"},
    {ACTION_SIGN_OFF, GROUP_PROGRAMME, {'s', F(9)},          "s", "sign off", "sign off; asks whether the shift is to be closed (also F9)"},
    {ACTION_SIGN_OFF, GROUP_PLAIN & ~GROUP_PROGRAMME, {'s', F(9)}, "s", NULL, "sign off (also F9)"},
    {ACTION_SIGN_OFF, GROUP_TYPING & ~(unsigned)(GROUP_DOORS | GROUP_SIGN), {F(9)}, "F9", NULL, "sign off"},
    {ACTION_SCHEDULE, GROUP_PROGRAMME, {'a'},                "a", "schedule", "put a showing into the programme"},
    {ACTION_FILTER,   CHOOSE,          {'/'},                "/", "filter",  "show only showings whose name contains …"},
    {ACTION_UNDO,     GROUP_PROGRAMME | GROUP_TICKET | GROUP_TICKETS, {'u'}, "u", "undo", "undo the last sale: its tickets are canceled"},
    {ACTION_GENRE,    CHOOSE,          {'0'},                "0", NULL,      "all genres; 1 to 9: the genre of that place"},
    {ACTION_MESSAGES, GROUP_PLAIN & ~GROUP_MESSAGES, {'m'},  "m", NULL,      "messages so far"},
    {ACTION_DISPUTES, GROUP_PLAIN & ~(GROUP_PROGRAMME | GROUP_DISPUTES | GROUP_DISPUTE), {'d'}, "d", NULL, "disputes"},
    {ACTION_HELP,     GROUP_PLAIN & ~GROUP_HELP, {'?', F(1)}, "?", "help",   "all keys (also F1)"},
    {ACTION_HELP,     GROUP_TYPING & ~(unsigned)(GROUP_DOOR | GROUP_SIGN), {F(1)},  "F1", "help",   "all keys"},
    {ACTION_BACK,     GROUP_SIGN_ON,   {KEY_ESC},            "Esc", "clear",    "empty both fields"},
    {ACTION_BACK,     GROUP_ANY & ~(unsigned)(GROUP_PROGRAMME | GROUP_DOOR | GROUP_DOOR_CODE | GROUP_SIGN_ON | GROUP_SHIFTS), {KEY_ESC}, "Esc", "back", "back one step; nothing is changed"},
    {ACTION_BACK,     GROUP_PROGRAMME, {KEY_ESC},            "Esc", NULL,    "clear the filter, then the genre"},
    {ACTION_QUIT,     GROUP_SIGN_ON,   {F(10), CTRL('q')},   "F10", "quit",    "leave the program (also Ctrl-Q)"},
    {ACTION_QUIT,     GROUP_PLAIN,     {'q'},                "q", "quit",    "leave the view; from the programme, the program"},
    {ACTION_UP,       GROUP_LISTS & ~FINDS, {KEY_UP_, 'k'}, "Up k", NULL, "up"},
    {ACTION_DOWN,     GROUP_LISTS & ~FINDS, {KEY_DOWN_, 'j'}, "Down j", NULL, "down"},
    {ACTION_UP,       FINDS | GROUP_FILTER, {KEY_UP_},  "Up", NULL, "up"},
    {ACTION_DOWN,     FINDS | GROUP_FILTER, {KEY_DOWN_}, "Down", NULL, "down"},
    {ACTION_LEFT,     CHOOSE,          {KEY_LEFT_, 'h'},     "Left h", NULL, "to the genres"},
    {ACTION_RIGHT,    CHOOSE,          {KEY_RIGHT_, 'l'},    "Right l", NULL, "to the showings"},
    {ACTION_NEXT_PANE, CHOOSE,         {KEY_TAB_, KEY_BACKTAB}, "Tab", NULL, "the other pane"},
    {ACTION_PAGE_UP,  GROUP_LISTS,     {KEY_PAGE_UP, CTRL('b')}, "PgUp", NULL, "a page up"},
    {ACTION_PAGE_DOWN, GROUP_LISTS,    {KEY_PAGE_DOWN, CTRL('f')}, "PgDn", NULL, "a page down"},
    {ACTION_FIRST,    GROUP_LISTS & ~FINDS, {KEY_HOME_, 'g'}, "Home g", NULL, "the first"},
    {ACTION_LAST,     GROUP_LISTS & ~FINDS, {KEY_END_, 'G'}, "End G", NULL, "the last"},
    {ACTION_FIRST,    FINDS,           {KEY_HOME_},          "Home", NULL, "the first"},
    {ACTION_LAST,     FINDS,           {KEY_END_},           "End", NULL, "the last"},
    {ACTION_REDRAW,   GROUP_ANY,       {CTRL('l')},          "Ctrl-L", NULL, "draw the screen again"},
};
/* clang-format on */

const int key_binding_count = (int)(sizeof key_bindings / sizeof key_bindings[0]);

static const struct {
    unsigned group;
    const char *name;
} groups[] = {
    {GROUP_PROGRAMME, "Programme"}, {GROUP_SALE, "Sale"},         {GROUP_TICKET, "Ticket"},
    {GROUP_TICKETS, "Tickets"},     {GROUP_FIND, "Find"},         {GROUP_REISSUE, "Reissue"},
    {GROUP_SCHEDULE, "Schedule"},   {GROUP_MESSAGES, "Messages"}, {GROUP_HELP, "Help"},
    {GROUP_FILTER, "Filter"},     {GROUP_DOOR, "Door"},         {GROUP_DOOR_CODE, "Door: a code"},
    {GROUP_DISPUTES, "Disputes"},   {GROUP_DISPUTE, "Dispute"},
    {GROUP_CLOSING, "Dispute: why it is closed"},
    {GROUP_SIGN_ON, "Sign on"},     {GROUP_APPROVAL, "Approval"},
    {GROUP_SHIFT_OPEN, "Shift: open"}, {GROUP_SHIFT_CLOSE, "Shift: close"},
    {GROUP_SHIFT_CLOSED, "Shift: its figures"},
    {GROUP_DOOR_MORE, "Door: how many more"}, {GROUP_DOOR_FIND, "Door: look up"},
};

const char *key_group_name(unsigned group)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (groups[i].group == group)
            return groups[i].name;
    return NULL;
}

enum action key_action(unsigned group, uint32_t key, int *number)
{
    *number = 0;
    for (int i = 0; i < key_binding_count; i++) {
        if (!(key_bindings[i].groups & group))
            continue;
        for (int k = 0; k < 3 && key_bindings[i].keys[k]; k++)
            if (key_bindings[i].keys[k] == key)
                return key_bindings[i].action;
    }
    if (key >= '1' && key <= '9' && group & (CHOOSE)) {
        *number = (int)(key - '0');
        return ACTION_GENRE;
    }
    return ACTION_NONE;
}

void kiosk_print_keys(void (*print)(void *context, const char *group, const char *keys,
                                    const char *help),
                      void *context)
{
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
        for (int i = 0; i < key_binding_count; i++)
            if (key_bindings[i].groups & groups[g].group && key_bindings[i].help)
                print(context, groups[g].name, key_bindings[i].shown, key_bindings[i].help);
}
