/* The keyboard and the mouse of the terminal that tests use. */
#include "tests/support/term.h"

static const struct key {
    const char *name, *bytes;
    const char *application; /* with mode 1 set; NULL: the same */
} keys[] = {
    {"Up", "\033[A", "\033OA"},   {"Down", "\033[B", "\033OB"}, {"Right", "\033[C", "\033OC"},
    {"Left", "\033[D", "\033OD"}, {"Home", "\033[H", "\033OH"}, {"End", "\033[F", "\033OF"},
    {"Insert", "\033[2~", NULL},  {"Delete", "\033[3~", NULL},  {"PgUp", "\033[5~", NULL},
    {"PgDn", "\033[6~", NULL},    {"Tab", "\t", NULL},          {"BackTab", "\033[Z", NULL},
    {"Enter", "\r", NULL},        {"Esc", "\033", NULL},        {"Backspace", "\177", NULL},
    {"Space", " ", NULL},         {"F1", "\033OP", NULL},       {"F2", "\033OQ", NULL},
    {"F3", "\033OR", NULL},       {"F4", "\033OS", NULL},       {"F5", "\033[15~", NULL},
    {"F6", "\033[17~", NULL},     {"F7", "\033[18~", NULL},     {"F8", "\033[19~", NULL},
    {"F9", "\033[20~", NULL},     {"F10", "\033[21~", NULL},    {"F11", "\033[23~", NULL},
    {"F12", "\033[24~", NULL},    {"Ctrl-\\", "\034", NULL},    {"Ctrl-]", "\035", NULL},
};

/* Writes the key's bytes; false when there is no such key. */
static bool key_bytes(const struct term *term, const char *name, char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i].name, name) == 0) {
            bool application = keys[i].application && term_mode(term, 1);

            snprintf(bytes, size, "%s", application ? keys[i].application : keys[i].bytes);
            return true;
        }
    if (strncmp(name, "Ctrl-", 5) == 0 && name[5] >= 'A' && name[5] <= 'Z' && !name[6]) {
        snprintf(bytes, size, "%c", name[5] & 0x1f);
        return true;
    }
    if (name[0] > ' ' && !name[1]) {
        snprintf(bytes, size, "%s", name);
        return true;
    }
    if (strncmp(name, "Alt-", 4) == 0 && name[4]) {
        snprintf(bytes, size, "\033%s", name + 4);
        return true;
    }
    return false;
}

bool term_key(struct term *term, const char *name)
{
    char bytes[16];

    if (!key_bytes(term, name, bytes, sizeof bytes)) {
        fprintf(stderr, "term: there is no key %s\n", name);
        abort();
    }
    return term_send(term, bytes);
}

bool term_keys(struct term *term, const char *text)
{
    char name[256], bytes[16];
    bool sent = true;

    while (*text && sent) {
        size_t length = strcspn(text, " ");

        snprintf(name, sizeof name, "%.*s", (int)length, text);
        if (key_bytes(term, name, bytes, sizeof bytes))
            sent = term_send(term, bytes);
        else if (length)
            sent = term_send(term, name);
        text += length + (text[length] == ' ');
    }
    return sent;
}

bool term_click(struct term *term, int button, int row, int column)
{
    char bytes[64];
    int x = column + 1, y = row + 1;

    if (!term_mode(term, 1000) && !term_mode(term, 1002) && !term_mode(term, 1003))
        return false;
    if (!term_mode(term, 1006))
        snprintf(bytes, sizeof bytes, "\033[M%c%c%c", button + 32, x + 32, y + 32);
    else if (button >= 64) /* a wheel is not released */
        snprintf(bytes, sizeof bytes, "\033[<%d;%d;%dM", button, x, y);
    else
        snprintf(bytes, sizeof bytes, "\033[<%d;%d;%dM\033[<%d;%d;%dm", button, x, y, button, x, y);
    return term_send(term, bytes);
}

bool term_paste(struct term *term, const char *text)
{
    struct buffer bytes;
    bool bracketed = term_mode(term, 2004), sent;

    buffer_init(&bytes, 1u << 20);
    buffer_add_text(&bytes, bracketed ? "\033[200~" : "");
    buffer_add_text(&bytes, text);
    buffer_add_text(&bytes, bracketed ? "\033[201~" : "");
    sent = !bytes.failed && term_send(term, buffer_text(&bytes));
    buffer_release(&bytes);
    return sent;
}
