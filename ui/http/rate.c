#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/crypto.h"
#include "core/text.h"
#include "ui/http/watch.h"

/*
 * A bucket is one moment: when it will be full again (generic cell rate algorithm, ITU-T I.371). Each one
 * taken puts that moment off by the time that one takes to drip in.
 *
 * A shard is a mutex, a hash table of chains, and a list of its buckets by last use: the oldest is
 * given away when a new name comes.
 */

#define SHARDS_MAX 16
#define SHARD_NAMES_MIN 64 /* fewer names share one shard, so that the oldest of all is forgotten */
#define NAME_SIZE 80
#define NONE UINT32_MAX
#define SECOND_NS INT64_C(1000000000)

struct bucket {
    char name[NAME_SIZE]; /* longer ones are cut */
    int64_t full_at;      /* monotonic ns */
    uint32_t chain;       /* the next of its hash */
    uint32_t older, newer;
};

struct shard {
    pthread_mutex_t lock;
    struct bucket *buckets; /* owned */
    uint32_t *chains;       /* owned; as many as buckets */
    uint32_t count, capacity, oldest, newest;
};

struct rate_limit {
    int64_t interval_ns; /* between two; 0: no limit */
    int64_t slack_ns;    /* how far ahead of the clock a bucket may be to give one more */
    uint8_t key[CRYPTO_SHORT_KEY_SIZE]; /* names are chosen by strangers */
    uint32_t shard_count;
    struct shard shards[SHARDS_MAX];
};

static bool shard_init(struct shard *shard, uint32_t capacity)
{
    *shard = (struct shard){.capacity = capacity, .oldest = NONE, .newest = NONE};
    pthread_mutex_init(&shard->lock, NULL);
    shard->buckets = calloc(capacity, sizeof *shard->buckets);
    shard->chains = malloc(capacity * sizeof *shard->chains);
    if (!shard->buckets || !shard->chains)
        return false;
    memset(shard->chains, 0xFF, capacity * sizeof *shard->chains);
    return true;
}

static void shard_release(struct shard *shard)
{
    free(shard->buckets);
    free(shard->chains);
    pthread_mutex_destroy(&shard->lock);
}

struct rate_limit *rate_limit_new(unsigned per_second, unsigned burst, size_t names)
{
    struct rate_limit *limit = calloc(1, sizeof *limit);
    size_t shards = names / SHARD_NAMES_MIN;

    if (!limit || !per_second)
        return limit;
    limit->interval_ns = SECOND_NS / per_second;
    if (!limit->interval_ns)
        limit->interval_ns = 1;
    limit->slack_ns = (int64_t)(burst ? burst - 1 : 0) * limit->interval_ns;
    if (getrandom(limit->key, sizeof limit->key, GRND_NONBLOCK) < 0)
        limit->key[0] = 1; /* early in the boot: only chains grow longer */
    shards = shards < 1 ? 1 : shards > SHARDS_MAX ? SHARDS_MAX : shards;
    names = names / shards < 1 ? 1 : names / shards;
    while (limit->shard_count < shards)
        if (!shard_init(&limit->shards[limit->shard_count++], (uint32_t)names)) {
            rate_limit_free(limit);
            return NULL;
        }
    return limit;
}

void rate_limit_free(struct rate_limit *limit)
{
    for (uint32_t i = 0; limit && i < limit->shard_count; i++)
        shard_release(&limit->shards[i]);
    free(limit);
}

static uint64_t name_hash(const struct rate_limit *limit, const char *name)
{
    uint64_t hash = 0;

    for (size_t left = strlen(name); left;) {
        size_t size = left < sizeof hash ? left : sizeof hash;
        uint64_t word = 0;

        memcpy(&word, name, size);
        hash = crypto_short_hash(limit->key, hash ^ word);
        name += size;
        left -= size;
    }
    return hash;
}

static void list_remove(struct shard *shard, uint32_t at)
{
    struct bucket *bucket = &shard->buckets[at];

    *(bucket->older == NONE ? &shard->oldest : &shard->buckets[bucket->older].newer) =
        bucket->newer;
    *(bucket->newer == NONE ? &shard->newest : &shard->buckets[bucket->newer].older) =
        bucket->older;
}

static void list_add(struct shard *shard, uint32_t at)
{
    struct bucket *bucket = &shard->buckets[at];

    bucket->older = shard->newest;
    bucket->newer = NONE;
    *(shard->newest == NONE ? &shard->oldest : &shard->buckets[shard->newest].newer) = at;
    shard->newest = at;
}

static uint32_t *chain_of(const struct rate_limit *limit, struct shard *shard, const char *name)
{
    return &shard->chains[(name_hash(limit, name) >> 8) % shard->capacity];
}

static uint32_t bucket_find(const struct shard *shard, uint32_t first, const char *name)
{
    while (first != NONE && strcmp(shard->buckets[first].name, name) != 0)
        first = shard->buckets[first].chain;
    return first;
}

static void chain_remove(const struct rate_limit *limit, struct shard *shard, uint32_t at)
{
    uint32_t *link = chain_of(limit, shard, shard->buckets[at].name);

    while (*link != at)
        link = &shard->buckets[*link].chain;
    *link = shard->buckets[at].chain;
}

/* A full bucket for a new name, that of the name unused for longest when there is no room. */
static uint32_t bucket_add(const struct rate_limit *limit, struct shard *shard, const char *name)
{
    uint32_t at, *link;

    if (shard->count < shard->capacity) {
        at = shard->count++;
    } else {
        at = shard->oldest;
        list_remove(shard, at);
        chain_remove(limit, shard, at);
    }
    text_copy(shard->buckets[at].name, NAME_SIZE, name);
    link = chain_of(limit, shard, name);
    shard->buckets[at].full_at = 0;
    shard->buckets[at].chain = *link;
    *link = at;
    list_add(shard, at);
    return at;
}

/* How long until the bucket has one to give; 0 or less: it has. */
static int64_t bucket_wait(const struct rate_limit *limit, const struct bucket *bucket,
                           int64_t now_ns)
{
    return bucket->full_at - limit->slack_ns - now_ns;
}

static struct shard *shard_of(struct rate_limit *limit, const char *name)
{
    return &limit->shards[name_hash(limit, name) % limit->shard_count];
}

static bool ask(struct rate_limit *limit, const char *asked, int64_t now_us, unsigned *retry_s,
                bool take)
{
    char name[NAME_SIZE];
    struct shard *shard;
    uint32_t at;
    int64_t wait = 0, now_ns = now_us * 1000;

    if (!limit->interval_ns)
        return true;
    text_copy(name, sizeof name, asked);
    shard = shard_of(limit, name);
    pthread_mutex_lock(&shard->lock);
    at = bucket_find(shard, *chain_of(limit, shard, name), name);
    if (at != NONE) {
        wait = bucket_wait(limit, &shard->buckets[at], now_ns);
        list_remove(shard, at);
        list_add(shard, at);
    } else if (take) {
        at = bucket_add(limit, shard, name);
    }
    if (take && wait <= 0) {
        int64_t *full_at = &shard->buckets[at].full_at;

        *full_at = (*full_at > now_ns ? *full_at : now_ns) + limit->interval_ns;
    }
    pthread_mutex_unlock(&shard->lock);
    if (wait > 0)
        *retry_s = (unsigned)((wait + SECOND_NS - 1) / SECOND_NS);
    return wait <= 0;
}

bool rate_limit_take(struct rate_limit *limit, const char *name, int64_t now_us, unsigned *retry_s)
{
    return ask(limit, name, now_us, retry_s, true);
}

bool rate_limit_has(struct rate_limit *limit, const char *name, int64_t now_us, unsigned *retry_s)
{
    return ask(limit, name, now_us, retry_s, false);
}

void rate_limit_give(struct rate_limit *limit, const char *given)
{
    char name[NAME_SIZE];
    struct shard *shard;
    uint32_t at;

    if (!limit->interval_ns)
        return;
    text_copy(name, sizeof name, given);
    shard = shard_of(limit, name);
    pthread_mutex_lock(&shard->lock);
    at = bucket_find(shard, *chain_of(limit, shard, name), name);
    if (at != NONE)
        shard->buckets[at].full_at -= limit->interval_ns;
    pthread_mutex_unlock(&shard->lock);
}
