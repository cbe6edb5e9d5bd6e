#include "data/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto.h"
#include "data/file.h"

#define MARK_TEXT_SIZE 512 /* less than a sector, which disks write wholly or not at all */
#define MARK_PATH_SIZE (4096 + 8)
/* each part of it has its place */
#define MARK_DIGITS 20
#define MARK_SEQ_AT (sizeof "ticketly mark 1\nreplica \nseq " - 1 + OP_ID_TEXT_MAX - 1)
#define MARK_FILE_AT (MARK_SEQ_AT + MARK_DIGITS)

static bool print_path(char beside[MARK_PATH_SIZE], const char *path)
{
    return snprintf(beside, MARK_PATH_SIZE, "%s.mark", path) < MARK_PATH_SIZE;
}

/* A hash, for the machine's id is not to be told to others (machine-id(5)). */
static void print_machine(char text[2 * CRYPTO_HASH_SIZE + 1])
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char id[128];
    size_t size = 0;
    int file = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);

    if (file >= 0) {
        if (!file_read_whole(file, id, sizeof id, &size))
            size = 0;
        close(file);
    }
    crypto_digest(hash, NULL, id, size);
    hex_print(text, hash, sizeof hash);
}

/* All of it but the sum at its end. */
static bool print_mark(char text[MARK_TEXT_SIZE], const char *path, const struct op_id *replica,
                       int64_t seq, struct stat *info)
{
    char id[OP_ID_TEXT_MAX], machine[2 * CRYPTO_HASH_SIZE + 1];

    if (stat(path, info))
        return false;
    op_id_print(id, replica);
    print_machine(machine);
    snprintf(text, MARK_TEXT_SIZE,
             "ticketly mark 1\nreplica %s\nseq %020lld\nfile %020llu %020llu\nmachine %s\n", id,
             (long long)seq, (unsigned long long)info->st_dev, (unsigned long long)info->st_ino,
             machine);
    return true;
}

static void add_sum(char text[MARK_TEXT_SIZE])
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char sum[2 * CRYPTO_HASH_SIZE + 1];
    size_t used = strlen(text);

    crypto_digest(hash, NULL, text, used);
    hex_print(sum, hash, sizeof hash);
    snprintf(text + used, MARK_TEXT_SIZE - used, "sum %s\n", sum);
}

static enum tk_code fail(enum tk_code code, const char *path, struct tk_error *error)
{
    return tk_fail(error, code, "%s cannot be written: %s.", path, strerror(errno));
}

enum tk_code mark_write(const char *path, const struct op_id *replica, int64_t seq,
                        struct tk_error *error)
{
    char beside[MARK_PATH_SIZE], text[MARK_TEXT_SIZE];
    struct stat info;
    enum tk_code code = TK_OK;
    bool made;
    int file;

    if (!print_path(beside, path) || !print_mark(text, path, replica, seq, &info))
        return fail(TK_CANNOT_CREATE, path, error);
    add_sum(text);
    made = access(beside, F_OK) != 0;
    file = open(beside, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return fail(TK_CANNOT_CREATE, beside, error);
    if (!file_write_whole(file, text, strlen(text)) || fdatasync(file))
        code = fail(file_code(errno), beside, error);
    close(file);
    if (!code && made && !file_sync_folder(beside))
        code = fail(file_code(errno), beside, error);
    return code;
}

/* The text of the mark; false when there is none, or only a part of one. */
static bool read_mark(const char *path, char text[MARK_TEXT_SIZE])
{
    char beside[MARK_PATH_SIZE], again[MARK_TEXT_SIZE], *sum;
    size_t size = 0;
    bool read;
    int file;

    if (!print_path(beside, path))
        return false;
    file = open(beside, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    read = file_read_whole(file, text, MARK_TEXT_SIZE - 1, &size);
    close(file);
    text[size] = '\0';
    sum = read ? strstr(text, "sum ") : NULL;
    if (!sum)
        return false;
    snprintf(again, sizeof again, "%.*s", (int)(sum - text), text);
    add_sum(again);
    return strcmp(again, text) == 0;
}

bool mark_doubts(const char *path, const struct op_id *replica, int64_t seq, bool used)
{
    char known[MARK_TEXT_SIZE], own[MARK_TEXT_SIZE];
    struct stat info;

    if (!read_mark(path, known) || !print_mark(own, path, replica, seq, &info) ||
        strlen(known) < strlen(own))
        return used;
    if (memcmp(known + MARK_FILE_AT, own + MARK_FILE_AT, strlen(own) - MARK_FILE_AT) != 0)
        return true; /* another file, another machine or another version of this text */
    if (memcmp(known, own, MARK_SEQ_AT) != 0)
        return used;
    return memcmp(known + MARK_SEQ_AT, own + MARK_SEQ_AT, MARK_DIGITS) > 0;
}
