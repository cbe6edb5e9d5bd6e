#include "ui/kiosk/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>

#include "core/crypto.h"
#include "core/text.h"

#define ESCAPE_DELAY_MS 25
#define QUEUE_SIZE 256
#define PASTE_BEGIN 2001 /* our own codes for curses' define_key */
#define PASTE_END 2002
#define FIRST_PAIR 1

/* Leaves the alternate screen, mouse, paste mode; shows the cursor. Written as it is by the crash
   handler, which may not call curses. */
static const char restore_sequence[] =
    "\033[?2004l\033[?1000l\033[?1006l\033[?1049l\033[?25h\033[?1l\033>\033[0m\r\n";

/* One terminal per process: curses and signal handlers know no other. */
static struct {
    SCREEN *screen;
    struct termios before; /* as it was when we came */
    bool before_known;
    struct sigaction curses_stop; /* what curses does for SIGTSTP */
    bool ascii, colour, beeped;
    enum theme theme;
    attr_t attributes[STYLE_COUNT];
    short pairs[STYLE_COUNT];
    struct canvas shown; /* what stands on the screen */
    struct event queue[QUEUE_SIZE];
    int queue_first, queue_count;
    char paste[EVENT_TEXT_SIZE];
    size_t pasted;
    bool pasting;
    int wake[2]; /* signals write here */
} terminal = {.wake = {-1, -1}};

static volatile sig_atomic_t got_resize, got_quit, got_hangup;

/* --- signals --- */

static void on_signal(int signal)
{
    int saved = errno;

    if (signal == SIGWINCH)
        got_resize = 1;
    else if (signal == SIGHUP)
        got_hangup = 1;
    else
        got_quit = 1;
    if (write(terminal.wake[1], "!", 1) < 0)
        errno = saved;
    errno = saved;
}

/* Puts the terminal back and dies of the same signal. */
static void on_crash(int signal)
{
    if (write(STDOUT_FILENO, restore_sequence, sizeof restore_sequence - 1) < 0)
        _exit(70);
    if (terminal.before_known)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
    raise(signal); /* SA_RESETHAND: the default action now */
}

/* Ctrl-Z: curses puts back and takes again all but the paste mode, which is ours. */
static void on_stop(int signal)
{
    static const char off[] = "\033[?2004l", on[] = "\033[?2004h";
    ssize_t written = write(STDOUT_FILENO, off, sizeof off - 1);

    terminal.curses_stop.sa_handler(signal);
    written += write(STDOUT_FILENO, on, sizeof on - 1);
    if (written > 0)
        got_resize = 1; /* it may have another size now; all is drawn again */
}

static void catch_stop(void)
{
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};

    if (sigaction(SIGTSTP, NULL, &terminal.curses_stop) == 0 &&
        terminal.curses_stop.sa_handler != SIG_DFL && terminal.curses_stop.sa_handler != SIG_IGN)
        sigaction(SIGTSTP, &action, NULL);
}

/* Whoever can send a signal can end the program by SIGTERM, and by no other that can be ignored. */
static void ignore_signals(void)
{
    static const int kept[] = {SIGTERM, SIGHUP,  SIGWINCH, SIGCHLD, SIGCONT, SIGSEGV,
                               SIGBUS,  SIGFPE, SIGILL,   SIGABRT, SIGTRAP, SIGSYS};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigemptyset(&ignore.sa_mask);
    for (int number = 1; number <= SIGRTMAX; number++) {
        bool wanted = false;

        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
            wanted |= kept[i] == number;
        if (!wanted)
            sigaction(number, &ignore, NULL); /* of some it fails: those cannot be ignored */
    }
}

static void catch_signals(bool kiosk)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGQUIT};
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        sigaction(ends[i], &action, NULL);
    action.sa_handler = on_crash;
    action.sa_flags = (int)SA_RESETHAND | SA_NODEFER;
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        sigaction(crashes[i], &action, NULL);
    if (kiosk)
        ignore_signals();
}

/* --- starting --- */

/* A terminal's palette may be anything; what has to be read from afar or by a scanner is drawn with the
   fixed colours behind the first 16, where there are any. */
static short colour_of(int colour, bool fixed)
{
    static const short vivid[] = {16, 160, 34, 220, 25, 127, 44, 231};

    if (!fixed || colour < 0)
        return (short)colour;
    if (COLORS >= 256)
        return vivid[colour];
    if (COLORS >= 16)
        return colour == 7 ? 15 : (short)colour;
    return (short)colour;
}

static void make_style(enum style style)
{
    struct look look = style_look(terminal.theme, style);
    attr_t attributes = A_NORMAL;
    bool fixed = style > STYLE_TRAINING;

    if (look.bold)
        attributes |= A_BOLD;
    if (look.reverse)
        attributes |= A_REVERSE;
    if (look.dim)
        attributes |= A_DIM;
    if (look.underline)
        attributes |= A_UNDERLINE;
    terminal.attributes[style] = attributes;
    terminal.pairs[style] = 0;
    if (!terminal.colour || (look.foreground < 0 && look.background < 0))
        return;
    terminal.pairs[style] = (short)(FIRST_PAIR + style);
    init_pair(terminal.pairs[style], colour_of(look.foreground, fixed),
              colour_of(look.background, fixed));
}

static void make_styles(const struct terminal_options *options)
{
    const char *no_colour = getenv("NO_COLOR");

    terminal.theme = options->theme;
    terminal.colour = options->theme != THEME_MONO && !(no_colour && *no_colour) && has_colors();
    if (terminal.colour) {
        start_color();
        terminal.colour = COLORS >= 8 && COLOR_PAIRS > FIRST_PAIR + STYLE_COUNT;
        use_default_colors();
    }
    if (!terminal.colour)
        terminal.theme = THEME_MONO;
    for (int style = 0; style < STYLE_COUNT; style++)
        make_style((enum style)style);
}

static enum tk_code check_terminal(struct tk_error *error)
{
    const char *term = getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return tk_fail(error, TK_UNAVAILABLE,
                       "The counter needs a terminal. Without one use “ticketly admin”.");
    if (!term || !*term || strcmp(term, "dumb") == 0)
        return tk_fail(error, TK_UNAVAILABLE,
                       "This terminal (TERM=%s) cannot show the counter. Set TERM to what it is, "
                       "such as xterm-256color, or use “ticketly admin”.",
                       term ? term : "");
    return TK_OK;
}

/* Ctrl-S would stop the screen, and Ctrl-Q is a key of ours. In a kiosk no key makes a signal. */
static void end_flow_control(bool kiosk)
{
    struct termios now;

    if (tcgetattr(STDIN_FILENO, &now))
        return;
    now.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
    if (kiosk) {
        now.c_iflag = (now.c_iflag & ~(tcflag_t)BRKINT) | IGNBRK;
        now.c_lflag &= ~(tcflag_t)(ISIG | IEXTEN);
    }
    if (tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0)
        def_prog_mode();
}

static void use_keys(bool mouse, bool kiosk)
{
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    leaveok(stdscr, FALSE);
    define_key("\033[200~", PASTE_BEGIN);
    define_key("\033[201~", PASTE_END);
    end_flow_control(kiosk);
    if (mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        mouseinterval(0);
    }
    fputs("\033[?2004h", stdout);
    fflush(stdout);
}

enum tk_code terminal_open(const struct terminal_options *options, struct tk_error *error)
{
    enum tk_code code = check_terminal(error);

    if (code)
        return code;
    setlocale(LC_ALL, "");
    terminal.ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    terminal.before_known = tcgetattr(STDIN_FILENO, &terminal.before) == 0;
    if (pipe2(terminal.wake, O_CLOEXEC | O_NONBLOCK))
        return tk_fail(error, TK_UNAVAILABLE, "No pipe can be made: %s.", strerror(errno));
    set_escdelay(ESCAPE_DELAY_MS);
    catch_signals(options->kiosk); /* first: curses takes SIGWINCH only where nobody does */
    terminal.screen = newterm(NULL, stdout, stdin);
    if (!terminal.screen)
        return tk_fail(error, TK_UNAVAILABLE,
                       "Nothing is known about this terminal (TERM=%s). Set TERM to what it is, "
                       "such as xterm-256color, or use “ticketly admin”.",
                       getenv("TERM"));
    catch_stop();
    make_styles(options);
    use_keys(options->mouse, options->kiosk);
    return TK_OK;
}

static bool is_linux_console(void)
{
    const char *term = getenv("TERM");

    return term && strncmp(term, "linux", 5) == 0;
}

static void forget(void)
{
    canvas_release(&terminal.shown);
    for (int i = 0; i < 2; i++) {
        if (terminal.wake[i] >= 0)
            close(terminal.wake[i]);
        terminal.wake[i] = -1;
    }
    terminal.screen = NULL;
}

void terminal_close(void)
{
    if (!terminal.screen)
        return;
    fputs("\033[?2004l", stdout);
    if (terminal.beeped && is_linux_console())
        fputs("\033[10]\033[11]", stdout); /* the bell as it was */
    fflush(stdout);
    endwin();
    delscreen(terminal.screen);
    if (terminal.before_known)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.before);
    forget();
}

void terminal_abandon(void)
{
    if (isatty(STDOUT_FILENO)) /* told to hang up by a signal, with the terminal still there */
        terminal_close();
    else
        forget();
}

void terminal_size(int *rows, int *columns)
{
    getmaxyx(stdscr, *rows, *columns);
}

bool terminal_is_ascii(void)
{
    return terminal.ascii;
}

/* --- showing --- */

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return a->style == b->style && strcmp(a->text, b->text) == 0;
}

static void show_cell(const struct canvas *canvas, int row, int column)
{
    const struct cell *cell =
        &canvas->cells[(size_t)row * (size_t)canvas->columns + (size_t)column];

    if (!cell->text[0]) /* the second half of a wide character */
        return;
    attr_set(terminal.attributes[cell->style], terminal.pairs[cell->style], NULL);
    mvaddstr(row, column, cell->text);
}

bool terminal_is_colourless(void)
{
    return !terminal.colour;
}

void terminal_tone(int hz, int ms)
{
    if (is_linux_console()) /* console_codes(4) */
        printf("\033[10;%d]\033[11;%d]", hz, ms);
    fputc('\a', stdout);
    fflush(stdout);
    terminal.beeped = true;
}

void terminal_redraw(void)
{
    canvas_release(&terminal.shown);
    clearok(stdscr, TRUE);
}

void terminal_show(const struct canvas *canvas)
{
    size_t size = (size_t)canvas->rows * (size_t)canvas->columns;
    bool known = terminal.shown.cells && terminal.shown.rows == canvas->rows &&
                 terminal.shown.columns == canvas->columns;

    for (int row = 0; row < canvas->rows; row++)
        for (int column = 0; column < canvas->columns; column++) {
            size_t at = (size_t)row * (size_t)canvas->columns + (size_t)column;

            if (!known || !same_cell(&terminal.shown.cells[at], &canvas->cells[at]))
                show_cell(canvas, row, column);
        }
    if (!known) {
        canvas_release(&terminal.shown);
        known = canvas_init(&terminal.shown, canvas->rows, canvas->columns, canvas->ascii) == TK_OK;
    }
    if (known)
        memcpy(terminal.shown.cells, canvas->cells, size * sizeof *canvas->cells);
    curs_set(canvas->cursor_row >= 0);
    if (canvas->cursor_row >= 0)
        move(canvas->cursor_row, canvas->cursor_column);
    refresh();
}

/* --- reading --- */

static uint32_t translate(wint_t code)
{
    static const struct {
        wint_t curses;
        uint32_t key;
    } table[] = {
        {KEY_UP, KEY_UP_},       {KEY_DOWN, KEY_DOWN_},   {KEY_LEFT, KEY_LEFT_},
        {KEY_RIGHT, KEY_RIGHT_}, {KEY_HOME, KEY_HOME_},   {KEY_END, KEY_END_},
        {KEY_PPAGE, KEY_PAGE_UP}, {KEY_NPAGE, KEY_PAGE_DOWN}, {KEY_BTAB, KEY_BACKTAB},
        {KEY_BACKSPACE, KEY_BACKSPACE_}, {KEY_DC, KEY_DELETE}, {KEY_ENTER, KEY_ENTER_},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].curses == code)
            return table[i].key;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return KEY_FUNCTION_1 + (uint32_t)(code - KEY_F(1));
    return KEY_NONE;
}

static struct event *queue_add(void)
{
    int at = (terminal.queue_first + terminal.queue_count) % QUEUE_SIZE;

    if (terminal.queue_count == QUEUE_SIZE)
        return NULL;
    terminal.queue_count++;
    terminal.queue[at] = (struct event){0};
    return &terminal.queue[at];
}

static void take_mouse(void)
{
    struct event *event;
    MEVENT mouse;

    if (getmouse(&mouse) != OK || !(event = queue_add()))
        return;
    event->row = mouse.y;
    event->column = mouse.x;
    if (mouse.bstate & BUTTON4_PRESSED || mouse.bstate & BUTTON5_PRESSED) {
        event->kind = EVENT_SCROLL;
        event->rows = mouse.bstate & BUTTON4_PRESSED ? -1 : 1;
    } else {
        event->kind = EVENT_CLICK;
    }
}

static void take_pasted(wint_t character)
{
    char bytes[MB_LEN_MAX];
    mbstate_t state = {0};
    size_t length;

    if (character == L'\r' || character == L'\n' || character == L'\t')
        character = L' ';
    length = wcrtomb(bytes, (wchar_t)character, &state);

    if (length == (size_t)-1 || terminal.pasted + length >= sizeof terminal.paste)
        return;
    memcpy(terminal.paste + terminal.pasted, bytes, length);
    terminal.pasted += length;
}

static void end_paste(void)
{
    struct event *event = queue_add();

    terminal.pasting = false;
    terminal.paste[terminal.pasted] = '\0';
    if (event) {
        event->kind = EVENT_TEXT;
        text_display(event->text, sizeof event->text, terminal.paste);
    }
    crypto_wipe(terminal.paste, sizeof terminal.paste);
}

/* One code from curses: a function key when `special`. */
static void take_code(wint_t code, bool special)
{
    struct event *event;

    if (special && code == PASTE_BEGIN) {
        terminal.pasting = true;
        terminal.pasted = 0;
        return;
    }
    if (special && code == PASTE_END) {
        if (terminal.pasting)
            end_paste();
        return;
    }
    if (terminal.pasting) {
        if (!special)
            take_pasted(code);
        return;
    }
    if (special && code == KEY_MOUSE) {
        take_mouse();
        return;
    }
    if (special && code == KEY_RESIZE) /* the echo of our own resizeterm */
        return;
    if (special)
        code = translate(code);
    else if (code == 0x7F || code == 0x08)
        code = KEY_BACKSPACE_;
    else if (code == '\n')
        code = KEY_ENTER_;
    event = code == KEY_NONE ? NULL : queue_add();
    if (event) {
        event->kind = EVENT_KEY;
        event->key = (uint32_t)code;
    }
}

/* Moves what was typed into the queue; false when the terminal is gone. */
static bool fill_queue(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    bool any = false;
    int waiting = 0, result;
    wint_t code;

    while (terminal.queue_count < QUEUE_SIZE && (result = get_wch(&code)) != ERR) {
        take_code(code, result == KEY_CODE_YES);
        any = true;
    }
    if (any || terminal.queue_count == QUEUE_SIZE)
        return true;
    if (poll(&input, 1, 0) <= 0)
        return true;
    /* readable but nothing there: the end of the line */
    return ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0;
}

static bool take_signal(struct event *event)
{
    struct winsize size;
    char drain[64];

    while (read(terminal.wake[0], drain, sizeof drain) > 0)
        continue;
    if (got_hangup)
        event->kind = EVENT_HANGUP;
    else if (got_quit)
        event->kind = EVENT_QUIT;
    else if (got_resize) {
        got_resize = 0;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col &&
            is_term_resized(size.ws_row, size.ws_col))
            resizeterm(size.ws_row, size.ws_col);
        terminal_redraw();
        event->kind = EVENT_RESIZE;
    }
    return event->kind != EVENT_NONE;
}

/* What was typed may be a PIN: nothing of it stays behind. */
static bool take_queued(struct event *event)
{
    struct event *first = &terminal.queue[terminal.queue_first];

    if (!terminal.queue_count)
        return false;
    *event = *first;
    crypto_wipe(first, sizeof *first);
    terminal.queue_first = (terminal.queue_first + 1) % QUEUE_SIZE;
    terminal.queue_count--;
    return true;
}

/* Waits; a paste whose end does not come is over when nothing more does. */
static int wait_for_input(struct pollfd waits[2], int timeout_ms)
{
    int ready = poll(waits, 2, timeout_ms);

    if (ready == 0 && terminal.pasting)
        end_paste();
    return ready < 0 && errno == EINTR ? 0 : ready;
}

void terminal_read(struct event *event, int timeout_ms)
{
    struct pollfd waits[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = terminal.wake[0], .events = POLLIN}};

    for (int turn = 0; turn < 2; turn++) {
        *event = (struct event){0};
        if (take_signal(event))
            return;
        if (!fill_queue()) {
            event->kind = EVENT_HANGUP;
            return;
        }
        /* a resize that came meanwhile goes before the keys */
        if (take_signal(event) || take_queued(event) || timeout_ms == 0)
            return;
        if (turn == 0 && wait_for_input(waits, timeout_ms) < 0) {
            event->kind = EVENT_HANGUP;
            return;
        }
    }
}

void terminal_forget_key(uint32_t key)
{
    int kept = 0;

    fill_queue();
    for (int i = 0; i < terminal.queue_count; i++) {
        const struct event *event =
            &terminal.queue[(terminal.queue_first + i) % QUEUE_SIZE];

        if (event->kind != EVENT_KEY || event->key != key)
            terminal.queue[(terminal.queue_first + kept++) % QUEUE_SIZE] = *event;
    }
    terminal.queue_count = kept;
}

bool terminal_has_typed(void)
{
    return !fill_queue() || got_hangup || got_quit || terminal.queue_count > 0;
}

bool terminal_was_escaped(void)
{
    if (!fill_queue() || got_hangup || got_quit)
        return true;
    for (int i = 0; i < terminal.queue_count; i++) {
        int at = (terminal.queue_first + i) % QUEUE_SIZE;

        if (terminal.queue[at].kind != EVENT_KEY || terminal.queue[at].key != KEY_ESC)
            continue;
        terminal.queue_first = (at + 1) % QUEUE_SIZE; /* what came before it is called off too */
        terminal.queue_count -= i + 1;
        return true;
    }
    return false;
}
