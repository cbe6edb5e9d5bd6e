#include "tests/support/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zbar.h>

#define TEXT_LIMIT 4096

static enum decoded first_symbol(const zbar_image_t *picture, char *text, size_t size)
{
    const zbar_symbol_t *symbol = zbar_image_first_symbol(picture);

    if (!symbol || zbar_symbol_next(symbol))
        return DECODED_NONE;
    snprintf(text, size, "%s", zbar_symbol_get_data(symbol));
    return DECODED;
}

enum decoded qr_read_zbar(const struct image *image, char *text, size_t size)
{
    size_t bytes = (size_t)image->width * (size_t)image->height;
    enum decoded result = DECODED_FAILED;
    zbar_image_t *picture = zbar_image_create();
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();

    text[0] = '\0';
    if (!picture || !scanner)
        goto out;
    zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    zbar_image_set_format(picture, zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(picture, (unsigned)image->width, (unsigned)image->height);
    zbar_image_set_data(picture, image->pixels, bytes, NULL);
    if (zbar_scan_image(scanner, picture) >= 0)
        result = first_symbol(picture, text, size);
out:
    if (scanner)
        zbar_image_scanner_destroy(scanner);
    if (picture)
        zbar_image_destroy(picture);
    return result;
}

/* Starts the reader with its output in *output. */
static bool start_reader(const char *path, pid_t *reader, int *output)
{
    char *const argv[] = {(char *)"ZXingReader", (char *)"-format", (char *)"QRCode",
                          (char *)"-bytes",      (char *)path,      NULL};
    posix_spawn_file_actions_t actions;
    int pipes[2];
    bool started;

    if (pipe2(pipes, O_CLOEXEC))
        return false;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    started = posix_spawnp(reader, argv[0], &actions, NULL, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(pipes[1]);
    *output = pipes[0];
    if (!started)
        close(pipes[0]);
    return started;
}

static size_t read_all(int fd, char *bytes, size_t size)
{
    size_t length = 0;
    ssize_t got;

    while ((got = read(fd, bytes + length, size - length)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            length += (size_t)got;
    return length;
}

enum decoded qr_read_zxing(const char *path, char *text, size_t size)
{
    char bytes[TEXT_LIMIT];
    size_t length;
    pid_t reader;
    int output, status;

    text[0] = '\0';
    if (!start_reader(path, &reader, &output))
        return DECODED_FAILED;
    length = read_all(output, bytes, sizeof bytes);
    close(output);
    while (waitpid(reader, &status, 0) < 0)
        if (errno != EINTR)
            return DECODED_FAILED;
    /* it ends with a failure, too, when it found nothing */
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
        return DECODED_FAILED;
    if (length == 0)
        return DECODED_NONE;
    snprintf(text, size, "%.*s", (int)length, bytes);
    return DECODED;
}
