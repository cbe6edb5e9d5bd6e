#include "ui/admin/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define DELETE 0x7f

/* --- from a file --- */

/* The first line. One byte at a time: what stands behind it is not ours. */
static enum tk_code read_line(int file, char secret[SECRET_SIZE], struct tk_error *error)
{
    size_t used = 0;
    ssize_t got;
    char c = '\n';

    while ((got = read(file, &c, 1)) != 0 && c != '\n') {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return tk_fail(error, TK_NO_INPUT, "The secret cannot be read: %s.", strerror(errno));
        if (used == SECRET_MAX)
            return tk_fail(error, TK_BAD_PIN, "A PIN or password has %d bytes at most.",
                           SECRET_MAX);
        secret[used++] = c;
    }
    if (used && secret[used - 1] == '\r')
        used--;
    secret[used] = '\0';
    return used ? TK_OK : tk_fail(error, TK_NO_INPUT, "There is no secret: it is empty.");
}

static enum tk_code read_file(const char *path, char secret[SECRET_SIZE], struct tk_error *error)
{
    enum tk_code code;
    int file;

    if (strcmp(path, "-") == 0)
        return read_line(STDIN_FILENO, secret, error);
    code = session_open_secret(path, &file, error);
    if (code)
        return code;
    code = read_line(file, secret, error);
    close(file);
    return code;
}

/* --- from a terminal --- */

/* Every key comes here, Ctrl-C too: whoever ends this has his echo back. */
static enum tk_code type_secret(char secret[SECRET_SIZE], struct tk_error *error)
{
    size_t used = 0;
    unsigned char c;

    for (;;) {
        ssize_t got = read(STDIN_FILENO, &c, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || c == CTRL('C') || c == CTRL('D') || c == CTRL('\\'))
            return tk_fail(error, TK_INTERRUPTED, "Nothing was done.");
        if (c == '\r' || c == '\n')
            break;
        if (c == CTRL('U'))
            used = 0;
        else if (c == DELETE || c == '\b')
            used -= used > 0;
        else if (used == SECRET_MAX)
            return tk_fail(error, TK_BAD_PIN, "A PIN or password has %d bytes at most.",
                           SECRET_MAX);
        else
            secret[used++] = (char)c;
    }
    secret[used] = '\0';
    return TK_OK;
}

static enum tk_code ask(const char *prompt, char secret[SECRET_SIZE], struct tk_error *error)
{
    struct termios before, silent;
    enum tk_code code;

    if (tcgetattr(STDIN_FILENO, &before))
        return tk_fail(error, TK_NO_INPUT, "The terminal cannot be asked: %s.", strerror(errno));
    fputs(prompt, stderr);
    fflush(stderr);
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    code = type_secret(secret, error);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputs("\n", stderr);
    return code;
}

bool secret_can_be_asked(const struct call *call)
{
    return call->values[OPT_SECRET_FILE] || (isatty(STDIN_FILENO) && isatty(STDERR_FILENO));
}

enum tk_code secret_ask(const struct call *call, const char *prompt, bool twice,
                        char secret[SECRET_SIZE], struct tk_error *error)
{
    char again[SECRET_SIZE] = "";
    enum tk_code code;

    secret[0] = '\0';
    if (call->values[OPT_SECRET_FILE])
        return read_file(call->values[OPT_SECRET_FILE], secret, error);
    if (!secret_can_be_asked(call))
        return tk_fail(error, TK_USAGE,
                       "Without a terminal, give --secret-file FILE, or - for standard input.");
    code = ask(prompt, secret, error);
    if (!code && twice && *secret)
        code = ask("The same again: ", again, error);
    if (!code && twice && strcmp(secret, again) != 0)
        code = tk_fail(error, TK_BAD_PIN, "The two are not the same: nothing was done.");
    crypto_wipe(again, sizeof again);
    if (code)
        crypto_wipe(secret, SECRET_SIZE);
    return code;
}
