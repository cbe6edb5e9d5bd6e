/* peek: quick questions that a server thread may ask by itself. */
#include <string.h>

#include "core/box_office_staff.h"
#include "ui/http/service_internal.h"

#define TOUCH_AFTER_US (60 * TIME_SECOND)
#define FAR_TRUST_US 5000000 /* what a far store said of a token holds so long; the watcher asks each second */

/* Takes a store that is free, or waits for the first one: a question takes microseconds. */
static struct peek *peek_take(struct service *service)
{
    for (unsigned i = 0; i < service->peek_count; i++)
        if (pthread_mutex_trylock(&service->peeks[i].lock) == 0)
            return &service->peeks[i];
    pthread_mutex_lock(&service->peeks[0].lock);
    return &service->peeks[0];
}

enum tk_code peek_version(struct service *service, uint64_t *version, struct tk_error *error)
{
    struct peek *peek = peek_take(service);
    enum tk_code code = office_version(&peek->office, version, error);

    pthread_mutex_unlock(&peek->lock);
    return code;
}

/* A store that keeps no records has no notes of devices either. */
static enum tk_code find_note(struct box_office *office, const char *name, bool *attended,
                              struct tk_error *error)
{
    struct device_note note = {0};
    enum tk_code code = office_device_note(office, name, &note, error);

    *attended = note.attended;
    return code == TK_NOT_IMPLEMENTED ? TK_OK : code;
}

static enum tk_code find_device(struct service *service, const uint8_t *hash,
                                struct device *device, bool *attended, struct tk_error *error)
{
    struct peek *peek;
    enum tk_code code;

    if (service_is_cut_off(service, error))
        return TK_UNAVAILABLE;
    peek = peek_take(service);
    code = office_device_of(&peek->office, hash, device, error);
    if (!code)
        code = find_note(&peek->office, device->name, attended, error);
    pthread_mutex_unlock(&peek->lock);
    return code;
}

/* The place of a token among those that are known; its hash is as good as random. */
static struct known_device *known_place(struct service *service, const uint8_t *hash)
{
    return &service->devices[((size_t)hash[0] << 8 | hash[1]) % DEVICES_KNOWN];
}

static bool is_known(const struct known_device *known, const uint8_t *hash)
{
    return known->used && crypto_equal(known->device.token_hash, hash, CRYPTO_HASH_SIZE);
}

static bool is_fresh(const struct service *service, uint64_t known, uint64_t version)
{
    return service->options.far ? version - known < FAR_TRUST_US : version == known;
}

/* What was known of the token, if the store has not changed since. */
static bool recall(struct service *service, const uint8_t *hash, uint64_t version,
                   struct device *device, bool *attended)
{
    struct known_device *known = known_place(service, hash);
    bool found;

    pthread_mutex_lock(&service->device_lock);
    found = is_known(known, hash) && is_fresh(service, known->version, version);
    if (found) {
        *device = known->device;
        *attended = known->attended;
        known->seen_at = office_now(&service->office);
    }
    pthread_mutex_unlock(&service->device_lock);
    return found;
}

static void remember(struct service *service, const struct device *device, bool attended,
                     uint64_t version)
{
    struct known_device *known = known_place(service, device->token_hash);

    atomic_store(&service->devices_seen, true);
    pthread_mutex_lock(&service->device_lock);
    if (!is_known(known, device->token_hash))
        *known = (struct known_device){.used = true, .touched_at = device->used_at};
    known->device = *device;
    known->attended = attended;
    known->version = version;
    known->seen_at = office_now(&service->office);
    pthread_mutex_unlock(&service->device_lock);
}

enum tk_code peek_device(struct service *service, const char *token, struct device *device,
                         bool *attended, struct tk_error *error)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    uint64_t version = (uint64_t)exchange_clock_us();
    enum tk_code code = TK_OK;

    if (!token_hash(hash, token))
        return tk_fail_code(error, TK_NO_TOKEN);
    /* before the question: what changes meanwhile is asked again next time */
    if (!service->options.far)
        code = peek_version(service, &version, error);
    if (code || recall(service, hash, version, device, attended))
        return code;
    code = find_device(service, hash, device, attended, error);
    if (!code)
        remember(service, device, *attended, version);
    return code;
}

/* --- members --- */

static struct known_member *member_place(struct service *service, int64_t number)
{
    return &service->members[(uint64_t)number % MEMBERS_KNOWN];
}

static bool recall_member(struct service *service, int64_t number, uint64_t version,
                          struct staff *staff, uint32_t *secrets)
{
    struct known_member *known = member_place(service, number);
    bool found;

    pthread_mutex_lock(&service->device_lock);
    found = known->used && known->staff.number == number &&
            is_fresh(service, known->version, version);
    if (found) {
        *staff = known->staff;
        *secrets = known->secrets;
    }
    pthread_mutex_unlock(&service->device_lock);
    return found;
}

static void remember_member(struct service *service, const struct staff *staff, uint32_t secrets,
                            uint64_t version)
{
    struct known_member *known = member_place(service, staff->number);

    pthread_mutex_lock(&service->device_lock);
    *known = (struct known_member){
        .used = true, .version = version, .staff = *staff, .secrets = secrets};
    pthread_mutex_unlock(&service->device_lock);
}

uint32_t peek_secrets(const struct staff *staff)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char both[2 * VERIFIER_SIZE] = {0};
    uint32_t mark;

    text_copy(both, VERIFIER_SIZE, staff->pin);
    text_copy(both + VERIFIER_SIZE, VERIFIER_SIZE, staff->password);
    crypto_digest(hash, NULL, both, sizeof both);
    memcpy(&mark, hash, sizeof mark);
    crypto_wipe(both, sizeof both);
    return mark;
}

/* Of what is remembered of people nothing is secret. */
static enum tk_code find_member(struct box_office *office, int64_t number, struct staff *staff,
                                uint32_t *secrets, struct tk_error *error)
{
    char key[RECORD_KEY_SIZE];
    struct record_query query = {.key = key, .limit = 1};
    struct record_list list = {0};
    enum tk_code code;

    staff_key(key, number);
    code = office_records(office, &query, &list, error);
    if (!code && !list.count)
        code = tk_fail_code(error, TK_STAFF_NOT_FOUND);
    if (!code && staff_read(&list.items[0], staff))
        code = tk_fail(error, TK_CORRUPT, "The record of this member cannot be read.");
    if (!code) {
        *secrets = peek_secrets(staff);
        crypto_wipe(staff->pin, sizeof staff->pin);
        crypto_wipe(staff->password, sizeof staff->password);
    }
    if (list.items)
        crypto_wipe(list.items, list.count * sizeof *list.items);
    record_list_release(&list);
    return code;
}

enum tk_code peek_member(struct service *service, int64_t number, struct staff *staff,
                         uint32_t *secrets, struct tk_error *error)
{
    uint64_t version = (uint64_t)exchange_clock_us();
    enum tk_code code = TK_OK;
    struct peek *peek;

    if (!service->options.far)
        code = peek_version(service, &version, error);
    if (code || recall_member(service, number, version, staff, secrets))
        return code;
    if (service_is_cut_off(service, error))
        return TK_UNAVAILABLE;
    peek = peek_take(service);
    code = find_member(&peek->office, number, staff, secrets, error);
    pthread_mutex_unlock(&peek->lock);
    if (!code)
        remember_member(service, staff, *secrets, version);
    return code;
}

/* Whom it was used for of late; number 0: nobody. */
static int64_t known_number(struct service *service, size_t place)
{
    int64_t number;

    pthread_mutex_lock(&service->device_lock);
    number = service->members[place].used ? service->members[place].staff.number : 0;
    pthread_mutex_unlock(&service->device_lock);
    return number;
}

void peek_refresh_members(struct service *service, struct box_office *office)
{
    uint64_t now = (uint64_t)exchange_clock_us();

    for (size_t i = 0; i < MEMBERS_KNOWN; i++) {
        int64_t number = known_number(service, i);
        struct staff staff;
        uint32_t secrets;

        if (number && !find_member(office, number, &staff, &secrets, NULL))
            remember_member(service, &staff, secrets, now);
    }
}

void peek_forget_members(struct service *service)
{
    pthread_mutex_lock(&service->device_lock);
    for (size_t i = 0; i < MEMBERS_KNOWN; i++)
        service->members[i].used = false;
    pthread_mutex_unlock(&service->device_lock);
}

/* --- news of devices --- */

/* Under device_lock. */
static void take_news(struct service *service, const struct device *device, uint64_t now)
{
    struct known_device *known = known_place(service, device->token_hash);

    if (!is_known(known, device->token_hash))
        return;
    known->device = *device;
    known->version = device->revoked_at ? 0 : now;
}

/* Who is not told of any more is asked for at once. */
void peek_refresh_devices(struct service *service, struct box_office *office)
{
    uint64_t now = (uint64_t)exchange_clock_us();
    struct device_list list = {0};

    if (!atomic_load(&service->devices_seen) || office_devices(office, &list, NULL))
        goto out;
    pthread_mutex_lock(&service->device_lock);
    for (size_t i = 0; i < list.count; i++)
        take_news(service, &list.items[i], now);
    for (size_t i = 0; i < DEVICES_KNOWN; i++)
        if (service->devices[i].version < now)
            service->devices[i].version = 0;
    pthread_mutex_unlock(&service->device_lock);
out:
    device_list_release(&list);
}

void peek_forget_devices(struct service *service)
{
    pthread_mutex_lock(&service->device_lock);
    for (size_t i = 0; i < DEVICES_KNOWN; i++)
        service->devices[i].version = 0;
    pthread_mutex_unlock(&service->device_lock);
}

bool peek_was_revoked(struct service *service, const char *token)
{
    struct device_list list = {0};
    uint8_t hash[CRYPTO_HASH_SIZE];
    bool revoked = false;
    struct peek *peek;

    if (!token_hash(hash, token) || service_is_cut_off(service, NULL))
        return false;
    peek = peek_take(service);
    if (office_devices(&peek->office, &list, NULL) == TK_OK)
        for (size_t i = 0; i < list.count; i++)
            revoked |= list.items[i].revoked_at != 0 &&
                       crypto_equal(list.items[i].token_hash, hash, CRYPTO_HASH_SIZE);
    pthread_mutex_unlock(&peek->lock);
    device_list_release(&list);
    return revoked;
}

/* Whose use is to be written down; *name is "" when it is nobody's. */
static int64_t use_of(struct service *service, size_t place, bool all, char name[DEVICE_SIZE])
{
    struct known_device *known = &service->devices[place];
    int64_t seen_at = 0;

    name[0] = '\0';
    pthread_mutex_lock(&service->device_lock);
    if (known->used && known->seen_at > known->touched_at + (all ? 0 : TOUCH_AFTER_US)) {
        text_copy(name, DEVICE_SIZE, known->device.name);
        seen_at = known->seen_at;
    }
    pthread_mutex_unlock(&service->device_lock);
    return seen_at;
}

void peek_touch_devices(struct service *service, struct box_office *office, bool all)
{
    for (size_t i = 0; i < DEVICES_KNOWN; i++) {
        char name[DEVICE_SIZE];
        int64_t seen_at = use_of(service, i, all, name);

        if (!seen_at)
            continue;
        if (office_touch_device(office, name, seen_at, NULL))
            return; /* somebody else has the file: the next time will do */
        pthread_mutex_lock(&service->device_lock);
        service->devices[i].touched_at = seen_at;
        pthread_mutex_unlock(&service->device_lock);
    }
}
