#include "data/site_ring.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/pass.h"
#include "core/text.h"

struct site_ring {
    pthread_mutex_t lock;
    struct keyfile file;
    struct site_keys keys;
};

enum tk_code site_ring_open(const struct keyfile *file, bool make_new,
                            const struct office_ports *ports, struct site_ring **ring,
                            struct tk_error *error)
{
    struct site_ring *opened = calloc(1, sizeof *opened);
    enum tk_code code;

    if (!opened)
        return tk_fail_code(error, TK_NO_MEMORY);
    pthread_mutex_init(&opened->lock, NULL);
    opened->file = *file;
    code = keyfile_load(file, make_new, ports->random, ports->context, &opened->keys, error);
    if (code)
        site_ring_close(opened);
    else
        *ring = opened;
    return code;
}

void site_ring_close(struct site_ring *ring)
{
    if (!ring)
        return;
    pthread_mutex_destroy(&ring->lock);
    crypto_wipe(ring, sizeof *ring);
    free(ring);
}

/* Takes over what is read now; the lock is held. */
static enum tk_code take_over(struct site_ring *ring, const struct site_keys *found,
                              struct tk_error *error)
{
    size_t known = (size_t)ring->keys.count * sizeof ring->keys.keys[0];

    if (found->count < ring->keys.count || !crypto_equal(found->keys, ring->keys.keys, known))
        return tk_fail(error, TK_CONFIG,
                       "The key file %.300s is not the one that this program was started with: "
                       "put the right one back from where you keep it.",
                       ring->file.path);
    ring->keys = *found;
    return TK_OK;
}

enum tk_code site_ring_add(struct site_ring *ring, int known, const struct office_ports *ports,
                           struct tk_error *error)
{
    struct site_keys found = {0};
    enum tk_code code;

    if (!ring)
        return tk_fail(error, TK_CONFIG, "There is no key file here.");
    pthread_mutex_lock(&ring->lock);
    code = keyfile_add(&ring->file, known, ports->random, ports->context, &found, error);
    if (!code)
        code = take_over(ring, &found, error);
    pthread_mutex_unlock(&ring->lock);
    crypto_wipe(&found, sizeof found);
    return code;
}

int site_ring_count(struct site_ring *ring)
{
    int count;

    if (!ring)
        return 0;
    pthread_mutex_lock(&ring->lock);
    count = ring->keys.count;
    pthread_mutex_unlock(&ring->lock);
    return count;
}

struct crypto_key site_ring_root(struct site_ring *ring)
{
    struct crypto_key root = {0};

    if (!ring)
        return root;
    pthread_mutex_lock(&ring->lock); /* it never changes, but is written when keys are read again */
    root = ring->keys.keys[0];
    pthread_mutex_unlock(&ring->lock);
    return root;
}

static enum tk_code read_again(struct site_ring *ring, struct tk_error *error)
{
    struct site_keys found = {0};
    enum tk_code code = keyfile_read(&ring->file, &found, error);

    if (!code)
        code = take_over(ring, &found, error);
    crypto_wipe(&found, sizeof found);
    return code;
}

static enum tk_code fail_to_find(const struct site_ring *ring, int64_t generation,
                                 struct tk_error *error)
{
    if (!*ring->file.database)
        return tk_fail(error, TK_CONFIG,
                       "The key file %.300s has no key %lld: copy the newest one from the node where it was "
                       "made. Only when that is lost for good, run `ticketly admin migrate --new-key`: passes "
                       "made with it show as not genuine.",
                       ring->file.path, (long long)generation);
    return tk_fail(error, TK_CONFIG,
                   "The key file %.300s has no key %lld: put the newest one back from where "
                   "you keep it. Only when that is lost for good, start once with --new-key: "
                   "passes made with it show as not genuine.",
                   ring->file.path, (long long)generation);
}

/* The lock is held. */
static enum tk_code find_key(struct site_ring *ring, int64_t generation,
                             const struct crypto_key **key, struct tk_error *error)
{
    enum tk_code code = generation > ring->keys.count ? read_again(ring, error) : TK_OK;

    if (!generation)
        generation = ring->keys.count;
    if (!code && (generation < 1 || generation > ring->keys.count))
        code = fail_to_find(ring, generation, error);
    if (!code)
        *key = &ring->keys.keys[generation - 1];
    return code;
}

enum tk_code site_ring_require(struct site_ring *ring, int64_t generation, struct tk_error *error)
{
    const struct crypto_key *key;
    enum tk_code code;

    if (!ring)
        return tk_fail(error, TK_CONFIG, "There is no key file here.");
    pthread_mutex_lock(&ring->lock);
    code = find_key(ring, generation, &key, error);
    pthread_mutex_unlock(&ring->lock);
    return code;
}

static enum tk_code slot_key(void *context, int64_t slot_id, int64_t generation,
                             struct crypto_key *key, struct tk_error *error)
{
    struct site_ring *ring = context;
    const struct crypto_key *site_key;
    enum tk_code code;

    if (!ring)
        return tk_fail(error, TK_CONFIG, "The key file is not there, so there are no passes.");
    pthread_mutex_lock(&ring->lock);
    code = find_key(ring, generation, &site_key, error);
    if (!code)
        *key = pass_slot_key(site_key, slot_id);
    pthread_mutex_unlock(&ring->lock);
    return code;
}

struct key_ring site_ring_keys(struct site_ring *ring)
{
    return (struct key_ring){.slot_key = slot_key, .context = ring};
}
