#include "tests/support/test.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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
    struct site_keys keys = {.count = 0};
    struct keyfile file;
    enum tk_code code = keyfile_beside(&file, place->database, error);

    if (!code)
        code = keyfile_load(&file, make_new, make_noise, place, &keys, error);

    if (!code)
        *key = keys.keys[0];
    return code;
}

static enum tk_code add(struct place *place, int known, struct site_keys *keys,
                        struct tk_error *error)
{
    struct keyfile file;
    enum tk_code code = keyfile_beside(&file, place->database, error);

    return code ? code : keyfile_add(&file, known, make_noise, place, keys, error);
}

static enum tk_code read_keys(const struct place *place, struct site_keys *keys,
                              struct tk_error *error)
{
    struct keyfile file;
    enum tk_code code = keyfile_beside(&file, place->database, error);

    return code ? code : keyfile_read(&file, keys, error);
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

/* --- generations --- */

/* Whether the first ones are the same. */
static bool begins_with(const struct site_keys *keys, const struct site_keys *older)
{
    return keys->count >= older->count &&
           memcmp(keys->keys, older->keys, (size_t)older->count * sizeof older->keys[0]) == 0;
}

static size_t read_text(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, size - 1, file) : 0;

    text[length] = '\0';
    if (file)
        fclose(file);
    return length;
}

static void test_generations(void)
{
    struct place place;
    struct site_keys first = {0}, keys = {0}, again = {0};
    struct crypto_key key;
    struct stat info;
    char text[8192];

    place_init(&place);
    CU_ASSERT_EQUAL(add(&place, 0, &keys, NULL), TK_CONFIG); /* there is none to add to */
    CU_ASSERT_EQUAL_FATAL(load(&place, false, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL(read_text(place.key, text, sizeof text), 20 + 65);
    CU_ASSERT_EQUAL(strncmp(text, "ticketly-site-key 1\n", 20), 0);
    CU_ASSERT_EQUAL_FATAL(read_keys(&place, &first, NULL), TK_OK);
    CU_ASSERT_EQUAL(first.count, 1);
    for (int known = 1; known < SITE_KEYS_MAX; known++) {
        CU_ASSERT_EQUAL_FATAL(add(&place, known, &keys, NULL), TK_OK);
        CU_ASSERT_EQUAL(keys.count, known + 1);
        CU_ASSERT(begins_with(&keys, &first));
        CU_ASSERT_NOT_EQUAL(memcmp(&keys.keys[known], &first.keys[known - 1], sizeof key), 0);
        CU_ASSERT_EQUAL(read_text(place.key, text, sizeof text), 20 + (size_t)(known + 1) * 65);
        CU_ASSERT_EQUAL(strncmp(text, "ticketly-site-key 2\n", 20), 0);
        CU_ASSERT_EQUAL_FATAL(read_keys(&place, &again, NULL), TK_OK);
        CU_ASSERT(again.count == keys.count && begins_with(&again, &keys));
        first = keys;
    }
    CU_ASSERT_EQUAL(stat(place.key, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 07777, 0600);
    CU_ASSERT_EQUAL(count_files(place.folder), 1);
    CU_ASSERT_EQUAL(add(&place, SITE_KEYS_MAX, &keys, NULL), TK_CONFIG);
    CU_ASSERT_EQUAL(load(&place, false, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL(memcmp(&key, &first.keys[0], sizeof key), 0);
}

static void test_known_ones(void)
{
    struct place place;
    struct site_keys keys = {0}, more = {0};
    struct crypto_key key;
    struct tk_error error = {0};

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(load(&place, false, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL(add(&place, 1, &keys, NULL), TK_OK);
    CU_ASSERT_EQUAL(add(&place, 1, &more, NULL), TK_OK); /* somebody did it */
    CU_ASSERT(more.count == 2 && begins_with(&more, &keys));
    more.count = 7;
    CU_ASSERT_EQUAL(add(&place, 3, &more, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(error.message, "office.db.key has keys 1 to 2, but 3 are in use"));
    CU_ASSERT_EQUAL(more.count, 7);
    chmod(place.key, 0640);
    CU_ASSERT_EQUAL(add(&place, 2, &more, NULL), TK_CONFIG);
    chmod(place.key, 0600);
    CU_ASSERT_EQUAL(read_keys(&place, &more, NULL), TK_OK);
    CU_ASSERT_EQUAL(more.count, 2);
    unlink(place.key);
    CU_ASSERT_EQUAL(read_keys(&place, &more, NULL), TK_CONFIG);
    CU_ASSERT_EQUAL(count_files(place.folder), 0); /* nothing is made for reading */
}

/* A link to the file stays one, and a draft that somebody left is nobody's. */
static void test_link_and_draft(void)
{
    struct place place;
    struct site_keys keys = {.count = 0};
    struct crypto_key key;
    struct stat info;
    char real[200], draft[200];

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(load(&place, false, &key, NULL), TK_OK);
    snprintf(real, sizeof real, "%s/kept", place.folder);
    snprintf(draft, sizeof draft, "%s.new", real);
    CU_ASSERT_EQUAL(rename(place.key, real), 0);
    CU_ASSERT_EQUAL(symlink(real, place.key), 0);
    write_file(draft, "half a ke");
    chmod(draft, 0644);
    CU_ASSERT_EQUAL(add(&place, 1, &keys, NULL), TK_OK);
    CU_ASSERT(lstat(place.key, &info) == 0 && S_ISLNK(info.st_mode));
    CU_ASSERT(stat(real, &info) == 0 && (info.st_mode & 07777) == 0600);
    CU_ASSERT_EQUAL(count_files(place.folder), 2);
    CU_ASSERT_EQUAL(read_keys(&place, &keys, NULL), TK_OK);
    CU_ASSERT_EQUAL(keys.count, 2);
}

/* Every way to spoil a file with three keys by one character or an end that is cut off. */
static void test_damage(void)
{
    struct place place;
    struct site_keys keys = {.count = 0};
    struct crypto_key key;
    char text[512], spoilt[512];
    size_t length;

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(load(&place, false, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(add(&place, 1, &keys, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(add(&place, 2, &keys, NULL), TK_OK);
    length = read_text(place.key, text, sizeof text);
    CU_ASSERT_EQUAL_FATAL(length, 20 + 3 * 65);
    for (size_t at = 0; at < length - 1; at++) {
        memcpy(spoilt, text, length + 1);
        spoilt[at] = spoilt[at] == 'x' ? 'y' : 'x';
        write_file(place.key, spoilt);
        CU_ASSERT_EQUAL(load(&place, true, &key, NULL), TK_CONFIG);
        CU_ASSERT_EQUAL(add(&place, 3, &keys, NULL), TK_CONFIG);
    }
    for (size_t end = 0; end < length - 1; end++) {
        snprintf(spoilt, sizeof spoilt, "%.*s", (int)end, text);
        write_file(place.key, spoilt);
        /* at the end of line 2 it is as it was before the third was added: the store knows better
         */
        if (end == 20 + 2 * 65 || end == 20 + 2 * 65 - 1)
            continue;
        CU_ASSERT_EQUAL(load(&place, true, &key, NULL), TK_CONFIG);
    }
    CU_ASSERT_EQUAL(count_files(place.folder), 1);
}

static void test_adders_agree(void)
{
    enum { ADDERS = 8, ROUNDS = 10 };
    struct place place;
    struct site_keys keys = {.count = 0}, before = {.count = 0};
    struct crypto_key key;
    int gate[2], out[2], status;
    char go;

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(load(&place, false, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(pipe(out), 0);
    for (int round = 1; round <= ROUNDS; round++) {
        CU_ASSERT_EQUAL_FATAL(read_keys(&place, &before, NULL), TK_OK);
        CU_ASSERT_EQUAL_FATAL(pipe(gate), 0);
        fflush(stdout);
        for (int i = 0; i < ADDERS; i++)
            if (fork() == 0) {
                close(gate[1]);
                place.random += (uint64_t)(round * ADDERS + i) * 1000;
                _exit(read(gate[0], &go, 1) < 0 || add(&place, round, &keys, NULL) ||
                      keys.count != round + 1 ||
                      write(out[1], &keys.keys[round], sizeof key) != sizeof key);
            }
        close(gate[0]);
        close(gate[1]);
        for (int i = 0; i < ADDERS; i++)
            CU_ASSERT(wait(&status) > 0 && status == 0);
        CU_ASSERT_EQUAL_FATAL(read_keys(&place, &keys, NULL), TK_OK);
        CU_ASSERT(keys.count == round + 1 && begins_with(&keys, &before));
        for (int i = 0; i < ADDERS; i++) {
            CU_ASSERT_EQUAL(read(out[0], &key, sizeof key), sizeof key);
            CU_ASSERT_EQUAL(memcmp(&key, &keys.keys[round], sizeof key), 0);
        }
    }
    close(out[0]);
    close(out[1]);
    CU_ASSERT_EQUAL(count_files(place.folder), 1);
}

/* Adds keys until it is killed; starts again from one before there is no room. */
static void add_for_ever(struct place *place, int told)
{
    struct site_keys keys = {.count = 0};

    for (int known = 1;; known++) {
        if (known == SITE_KEYS_MAX)
            _exit(0);
        if (add(place, known, &keys, NULL) || write(told, "+", 1) != 1)
            _exit(1);
        known = keys.count - 1;
    }
}

static void test_killed(void)
{
    uint64_t random = test_seed();
    struct place place;
    struct site_keys keys = {.count = 0}, before = {.count = 0};
    struct crypto_key key;
    int told[2], status;
    char byte;

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(load(&place, false, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(read_keys(&place, &before, NULL), TK_OK);
    for (int round = 0; round < 40; round++) {
        pid_t child;
        int acknowledged = 0;

        if (before.count > SITE_KEYS_MAX - 20) { /* begin again */
            unlink(place.key);
            CU_ASSERT_EQUAL_FATAL(load(&place, true, &key, NULL), TK_OK);
            CU_ASSERT_EQUAL_FATAL(read_keys(&place, &before, NULL), TK_OK);
        }
        CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
        fflush(stdout);
        place.random += 1000;
        child = fork();
        if (child == 0)
            add_for_ever(&place, told[1]);
        close(told[1]);
        /* the first call finds what is there; then it is anywhere */
        CU_ASSERT_EQUAL(read(told[0], &byte, 1), 1);
        for (uint64_t spin = test_random_below(&random, 2000000); spin; spin--)
            __asm__ volatile("");
        kill(child, SIGKILL);
        CU_ASSERT(waitpid(child, &status, 0) == child);
        while (read(told[0], &byte, 1) == 1)
            acknowledged++;
        close(told[0]);
        CU_ASSERT_EQUAL_FATAL(read_keys(&place, &keys, NULL), TK_OK);
        CU_ASSERT(begins_with(&keys, &before));
        CU_ASSERT(keys.count >= before.count + acknowledged);
        before = keys;
    }
    CU_ASSERT(count_files(place.folder) <= 2);
    CU_ASSERT_EQUAL(add(&place, before.count, &keys, NULL), TK_OK);
    CU_ASSERT_EQUAL(count_files(place.folder), 1);
}

SUITE(keyfile, {"the key is made once, for its owner's eyes", test_made_once},
      {"the lost key of an existing box office is not replaced unasked", test_missing},
      {"a key that is damaged, or that others can read, is refused", test_refused},
      {"another user's key is refused", test_other_owner},
      {"programs that start at once get one key", test_starters_agree},
      {"generations are added, the older ones stay as they are", test_generations},
      {"a generation that is there is not made twice, nor one after a gap", test_known_ones},
      {"a link stays one, and a draft left behind is made anew", test_link_and_draft},
      {"a file with several keys that is damaged is refused", test_damage},
      {"programs that add a key at once add one", test_adders_agree},
      {"one who is killed while adding leaves a whole file", test_killed})
