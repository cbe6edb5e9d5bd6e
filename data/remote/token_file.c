#include "data/remote/token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/device.h"
#include "data/secret_file.h"

static enum tk_code refuse(struct tk_error *error, const char *path, const char *why)
{
    return secret_file_refuse("token", path, why, error);
}

enum tk_code token_file_read(const char *path, char token[TOKEN_FILE_SIZE],
                             struct tk_error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    uint8_t hash[CRYPTO_HASH_SIZE];
    enum tk_code code;
    ssize_t size;

    if (file < 0)
        return tk_fail(error, TK_CONFIG, "The token file %.300s cannot be read: %s.", path,
                       strerror(errno));
    code = secret_file_check(file, "token", path, error);
    if (code)
        goto out;
    size = read(file, token, TOKEN_FILE_SIZE);
    while (size > 0 && strchr(" \t\r\n", token[size - 1]))
        size--;
    if (size <= 0 || size == TOKEN_FILE_SIZE || memchr(token, '\0', (size_t)size) ||
        memchr(token, '\n', (size_t)size)) {
        crypto_wipe(token, TOKEN_FILE_SIZE);
        code = refuse(error, path,
                      "does not hold one token, as `ticketly admin token add` shows it.");
        goto out;
    }
    memset(token + size, '\0', (size_t)(TOKEN_FILE_SIZE - size));
    if (!token_hash(hash, token)) {
        crypto_wipe(token, TOKEN_FILE_SIZE);
        code = refuse(error, path,
                      "holds no token: one is tly_ and 32 characters more, as `ticketly admin "
                      "token add` shows it.");
    }
    crypto_wipe(hash, sizeof hash);
out:
    close(file);
    return code;
}
