#include "tests/support/test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/pass.h"
#include "data/site_ring.h"

struct place {
    char folder[128], database[160], key[170];
    uint64_t random;
    struct office_ports ports;
};

static void make_noise(void *context, void *data, size_t size)
{
    uint8_t *bytes = data;

    while (size--)
        *bytes++ = (uint8_t)test_random(context);
}

static struct site_ring *open_ring(struct place *place)
{
    struct site_ring *ring = NULL;
    struct keyfile file;

    CU_ASSERT_EQUAL_FATAL(keyfile_beside(&file, place->database, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(site_ring_open(&file, false, &place->ports, &ring, NULL), TK_OK);
    return ring;
}

static enum tk_code read_keys(const struct place *place, struct site_keys *keys,
                              struct tk_error *error)
{
    struct keyfile file;
    enum tk_code code = keyfile_beside(&file, place->database, error);

    return code ? code : keyfile_read(&file, keys, error);
}

static void place_init(struct place *place)
{
    *place = (struct place){.random = test_seed()};
    test_folder(place->folder, sizeof place->folder);
    snprintf(place->database, sizeof place->database, "%s/office.db", place->folder);
    snprintf(place->key, sizeof place->key, "%s.key", place->database);
    place->ports = (struct office_ports){.random = make_noise, .context = &place->random};
}

static enum tk_code ask(struct site_ring *ring, int64_t slot_id, int64_t generation,
                        struct crypto_key *key, struct tk_error *error)
{
    struct key_ring keys = site_ring_keys(ring);

    return keys.slot_key(keys.context, slot_id, generation, key, error);
}

static bool is_of(const struct crypto_key *key, const struct crypto_key *site_key, int64_t slot_id)
{
    struct crypto_key wanted = pass_slot_key(site_key, slot_id);

    return memcmp(&wanted, key, sizeof wanted) == 0;
}

static void test_generations(void)
{
    struct place place;
    struct site_keys keys;
    struct crypto_key key, root;
    struct site_ring *ring;

    place_init(&place);
    ring = open_ring(&place);
    CU_ASSERT_EQUAL(site_ring_count(ring), 1);
    CU_ASSERT_EQUAL(site_ring_add(ring, 1, &place.ports, NULL), TK_OK);
    CU_ASSERT_EQUAL(site_ring_add(ring, 1, &place.ports, NULL), TK_OK);
    CU_ASSERT_EQUAL(site_ring_add(ring, 2, &place.ports, NULL), TK_OK);
    CU_ASSERT_EQUAL(site_ring_count(ring), 3);
    CU_ASSERT_EQUAL_FATAL(read_keys(&place, &keys, NULL), TK_OK);
    root = site_ring_root(ring);
    CU_ASSERT_EQUAL(memcmp(&root, &keys.keys[0], sizeof root), 0);
    for (int generation = 1; generation <= 3; generation++) {
        CU_ASSERT_EQUAL(ask(ring, 100007, generation, &key, NULL), TK_OK);
        CU_ASSERT(is_of(&key, &keys.keys[generation - 1], 100007));
    }
    CU_ASSERT_EQUAL(ask(ring, 100008, 0, &key, NULL), TK_OK);
    CU_ASSERT(is_of(&key, &keys.keys[2], 100008));
    site_ring_close(ring);
}

/* Another program makes a key: this one finds it without being told. */
static void test_read_again(void)
{
    struct place place;
    struct site_keys keys;
    struct crypto_key key = {{7}};
    struct tk_error error = {0};
    struct site_ring *ring, *other;

    place_init(&place);
    ring = open_ring(&place);
    other = open_ring(&place);
    CU_ASSERT_EQUAL(ask(ring, 100001, 2, &key, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "office.db.key has no key 2: put the newest one"));
    CU_ASSERT_EQUAL(key.bytes[0], 7);
    CU_ASSERT_EQUAL(site_ring_require(ring, 2, NULL), TK_CONFIG);
    CU_ASSERT_EQUAL(site_ring_add(other, 1, &place.ports, NULL), TK_OK);
    CU_ASSERT_EQUAL(site_ring_count(ring), 1);
    CU_ASSERT_EQUAL(ask(ring, 100001, 2, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(read_keys(&place, &keys, NULL), TK_OK);
    CU_ASSERT(is_of(&key, &keys.keys[1], 100001));
    CU_ASSERT_EQUAL(site_ring_count(ring), 2);
    CU_ASSERT_EQUAL(ask(ring, 100001, -1, &key, NULL), TK_CONFIG);
    CU_ASSERT_EQUAL(ask(ring, 100001, INT64_MAX, &key, NULL), TK_CONFIG);
    /* what was read needs no file any more */
    unlink(place.key);
    CU_ASSERT_EQUAL(ask(ring, 100001, 1, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL(ask(ring, 100001, 3, &key, NULL), TK_CONFIG);
    site_ring_close(ring);
    site_ring_close(other);
}

/* A key file that was changed for another one is no source of new generations. */
static void test_other_file(void)
{
    struct place place, foreign;
    struct crypto_key key, before;
    struct tk_error error = {0};
    struct site_ring *ring, *other;

    place_init(&place);
    place_init(&foreign);
    foreign.random += 12345;
    ring = open_ring(&place);
    other = open_ring(&foreign);
    CU_ASSERT_EQUAL(site_ring_add(other, 1, &foreign.ports, NULL), TK_OK);
    CU_ASSERT_EQUAL(ask(ring, 100001, 1, &before, NULL), TK_OK);
    CU_ASSERT_EQUAL(rename(foreign.key, place.key), 0);
    CU_ASSERT_EQUAL(ask(ring, 100001, 2, &key, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "not the one that this program was started with"));
    CU_ASSERT_EQUAL(site_ring_add(ring, 2, &place.ports, NULL), TK_CONFIG);
    CU_ASSERT_EQUAL(ask(ring, 100001, 1, &key, NULL), TK_OK);
    CU_ASSERT_EQUAL(memcmp(&key, &before, sizeof key), 0);
    site_ring_close(ring);
    site_ring_close(other);
}

static void test_without(void)
{
    struct crypto_key key = site_ring_root(NULL), zero = {0};

    CU_ASSERT_EQUAL(memcmp(&key, &zero, sizeof key), 0);
    CU_ASSERT_EQUAL(site_ring_count(NULL), 0);
    CU_ASSERT_EQUAL(ask(NULL, 100001, 0, &key, NULL), TK_CONFIG);
    CU_ASSERT_EQUAL(ask(NULL, 100001, 1, &key, NULL), TK_CONFIG);
    CU_ASSERT_EQUAL(site_ring_require(NULL, 1, NULL), TK_CONFIG);
    site_ring_close(NULL);
}

enum { ASKERS = 4, KEYS = 12, ASKS = 2000 };

struct asker {
    struct site_ring *ring;
    _Atomic int *made;
    struct crypto_key root; /* as it was at the start */
    int wrong;
    pthread_t thread;
};

/* Asks for generations that are there, the newest first, and for the root. */
static void *ask_on(void *context)
{
    struct asker *asker = context;
    struct crypto_key key;

    for (int i = 0; i < ASKS; i++) {
        int generation = i % 3 ? 1 + i % *asker->made : *asker->made;

        asker->wrong += ask(asker->ring, 100000 + i, generation, &key, NULL) != TK_OK;
        key = site_ring_root(asker->ring);
        asker->wrong += memcmp(&key, &asker->root, sizeof key) != 0;
    }
    return NULL;
}

static void test_threads(void)
{
    struct asker askers[ASKERS];
    struct site_ring *ring, *other;
    _Atomic int made = 1;
    struct place place;

    place_init(&place);
    ring = open_ring(&place);
    other = open_ring(&place);
    for (int i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){.ring = ring, .made = &made, .root = site_ring_root(ring)};
        CU_ASSERT_EQUAL_FATAL(pthread_create(&askers[i].thread, NULL, ask_on, &askers[i]), 0);
    }
    for (int known = 1; known < KEYS; known++) {
        CU_ASSERT_EQUAL(site_ring_add(other, known, &place.ports, NULL), TK_OK);
        made = known + 1;
    }
    for (int i = 0; i < ASKERS; i++) {
        pthread_join(askers[i].thread, NULL);
        CU_ASSERT_EQUAL(askers[i].wrong, 0);
    }
    CU_ASSERT_EQUAL(site_ring_require(ring, KEYS, NULL), TK_OK);
    site_ring_close(ring);
    site_ring_close(other);
}

SUITE(site_ring, {"each generation has its key, and 0 means the newest", test_generations},
      {"a key that another program made is found", test_read_again},
      {"another key file is not taken over", test_other_file},
      {"without keys there are none", test_without},
      {"many threads ask while keys are made", test_threads})
