#include "tests/support/test.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/keyfile.h"

struct place {
    char folder[128], database[160], key[170];
    uint64_t random;
};

static void place_init(struct place *place)
{
    test_folder(place->folder, sizeof place->folder);
    snprintf(place->database, sizeof place->database, "%s/office.db", place->folder);
    snprintf(place->key, sizeof place->key, "%s.key", place->database);
    place->random = test_seed();
}

static void make_noise(void *context, void *data, size_t size)
{
    uint8_t *bytes = data;

    while (size--)
        *bytes++ = (uint8_t)test_random(&((struct place *)context)->random);
}

static enum tk_code load(struct place *place, bool make_new, struct crypto_key *key,
                         struct tk_error *error)
{
    return keyfile_load(place->database, make_new, make_noise, place, key, error);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
    chmod(path, 0600);
}

static int count_files(const char *folder)
{
    DIR *directory = opendir(folder);
    int count = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 2;
}

static void test_made_once(void)
{
    struct place place;
    struct crypto_key first = {0}, second = {0}, zero = {0};
    struct stat info;
    struct tk_error error = {0};

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(load(&place, false, &first, &error), TK_OK);
    CU_ASSERT_NOT_EQUAL(memcmp(&first, &zero, sizeof zero), 0);
    CU_ASSERT_EQUAL(stat(place.key, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 07777, 0600);
    CU_ASSERT_EQUAL(count_files(place.folder), 1);
    write_file(place.database, "there");
    CU_ASSERT_EQUAL(load(&place, true, &second, &error), TK_OK);
    CU_ASSERT_EQUAL(memcmp(&first, &second, sizeof first), 0);
}

static void test_missing(void)
{
    struct place place;
    struct crypto_key key;
    struct tk_error error = {0};

    place_init(&place);
    write_file(place.database, "there");
    CU_ASSERT_EQUAL(load(&place, false, &key, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "office.db.key is not there: put it beside"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "lost for good, start once with --new-key: all"));
    CU_ASSERT_EQUAL(count_files(place.folder), 1);
    CU_ASSERT_EQUAL(load(&place, true, &key, &error), TK_OK);
    CU_ASSERT_EQUAL(load(&place, false, &key, &error), TK_OK);
}

static void check_refused(struct place *place, const char *part)
{
    struct crypto_key key = {{7}};
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(load(place, false, &key, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, part));
    CU_ASSERT_EQUAL(load(place, true, &key, &error), TK_CONFIG);
    CU_ASSERT_EQUAL(key.bytes[0], 7);
}

static void test_refused(void)
{
    static const char *const damaged[] = {"",
                                          "ticketly-site-key 1\n",
                                          "ticketly-site-key 2\n%064d\n",
                                          "ticketly-site-key 1\n%063d\n",
                                          "ticketly-site-key 1\n%065d\n",
                                          "ticketly-site-key 1\n%063dg\n",
                                          "ticketly-site-key 1\n%064d\n\n"};
    struct place place;
    struct crypto_key key;
    char text[200];

    place_init(&place);
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        const char *digits = strchr(damaged[i], '%');
        int count = digits ? (int)strtol(digits + 1, NULL, 10) : 0;
        int head = (int)(digits ? (size_t)(digits - damaged[i]) : strlen(damaged[i]));

        snprintf(text, sizeof text, "%.*s", head, damaged[i]);
        if (digits)
            snprintf(text + head, sizeof text - (size_t)head, "%0*d%s", count, 1,
                     strchr(digits, 'd') + 1);
        write_file(place.key, text);
        check_refused(&place, "damaged");
    }
    snprintf(text, sizeof text, "ticketly-site-key 1\n%064d\n", 1);
    write_file(place.key, text);
    CU_ASSERT_EQUAL(load(&place, false, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL(key.bytes[31], 1);
    chmod(place.key, 0640);
    check_refused(&place, "chmod 600");
    chmod(place.key, 0604);
    check_refused(&place, "chmod 600");
    unlink(place.key);
    mkfifo(place.key, 0600);
    check_refused(&place, "not a file");
}

static void test_other_owner(void)
{
    struct place place;
    struct crypto_key key;

    if (geteuid() != 0) {
        test_skip("only root can give a key file to another user");
        return;
    }
    place_init(&place);
    CU_ASSERT_EQUAL(load(&place, false, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL(chown(place.key, 12345, (gid_t)-1), 0);
    check_refused(&place, "another user");
}

/* Starts at once with others and hands back the key that it got. */
static void run_starter(struct place *place, int gate, int out, int number)
{
    struct crypto_key key = {0};
    char go;

    place->random += (uint64_t)number * 1000;
    if (read(gate, &go, 1) < 0 || load(place, false, &key, NULL) ||
        write(out, &key, sizeof key) != sizeof key)
        _exit(1);
    _exit(0);
}

static void test_starters_agree(void)
{
    enum { STARTERS = 8 };
    struct place place;
    struct crypto_key keys[STARTERS];
    int gate[2], out[2], status;

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(pipe(gate) | pipe(out), 0);
    fflush(stdout);
    for (int i = 0; i < STARTERS; i++)
        if (fork() == 0) {
            close(gate[1]);
            run_starter(&place, gate[0], out[1], i);
        }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < STARTERS; i++) {
        CU_ASSERT_TRUE(wait(&status) > 0 && status == 0);
        CU_ASSERT_EQUAL(read(out[0], &keys[i], sizeof keys[i]), sizeof keys[i]);
        CU_ASSERT_EQUAL(memcmp(&keys[i], &keys[0], sizeof keys[0]), 0);
    }
    CU_ASSERT_EQUAL(count_files(place.folder), 1);
    close(out[0]);
    close(out[1]);
}

SUITE(keyfile, {"the key is made once, for its owner's eyes", test_made_once},
      {"the lost key of an existing box office is not replaced unasked", test_missing},
      {"a key that is damaged, or that others can read, is refused", test_refused},
      {"another user's key is refused", test_other_owner},
      {"programs that start at once get one key", test_starters_agree})
