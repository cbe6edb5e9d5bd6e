/* The store behind HTTP: opening and closing, facts, keys, verify, backup. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/list.h"
#include "core/text.h"
#include "data/remote/remote.h"

#define CONNECT_TIMEOUT_MS 2000
#define TIMEOUT_MS 10000
#define PATH_MAX_BYTES 8000

bool remote_is_url(const char *text)
{
    return http_client_is_url(text);
}

static void set_path(struct remote *remote, const char *path)
{
    buffer_clear(&remote->path);
    buffer_add_text(&remote->path, path);
}

/* --- facts --- */

static bool read_facts(const struct remote *remote, const struct json *document,
                       struct store_facts *facts)
{
    const char *engine = json_text(json_member(document, "engine"));
    const char *uuid = json_text(json_member(document, "uuid"));

    *facts = (struct store_facts){0};
    if (!engine || !uuid || !text_copy(facts->uuid, sizeof facts->uuid, uuid) ||
        !json_whole(json_member(document, "era"), &facts->era) ||
        !json_whole(json_member(document, "schemaVersion"), &facts->schema_version) ||
        !json_whole(json_member(document, "size"), &facts->size))
        return false;
    text_display(facts->engine, sizeof facts->engine, engine);
    text_copy(facts->location, sizeof facts->location, http_client_url(remote->client));
    return true;
}

static bool read_rules(const struct json *document, struct plan_rules *rules)
{
    const struct json *member = json_member(document, "rules");

    return json_whole(json_member(member, "expireAfter"), &rules->expire_after) &&
           json_boolean(json_member(member, "closeAtStart"), &rules->close_at_start) &&
           json_whole(json_member(member, "closeAfter"), &rules->close_after) &&
           json_whole(json_member(member, "admitBefore"), &rules->admit_before);
}

static enum tk_code get_store(struct remote *remote, struct json **document,
                              struct tk_error *error)
{
    struct http_call call = {0};

    set_path(remote, "/v1/store");
    return remote_get(remote, &call, document, error);
}

static enum tk_code remote_facts(struct store *store, struct store_facts *facts,
                                 struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct json *document = NULL;
    enum tk_code code = get_store(remote, &document, error);

    if (!code && !read_facts(remote, document, facts))
        code = remote_fail_form(remote, error);
    json_free(document);
    return code;
}

static enum tk_code remote_version(struct store *store, uint64_t *version, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct json *document = NULL;
    enum tk_code code = get_store(remote, &document, error);
    int64_t number;

    if (!code && !json_whole(json_member(document, "version"), &number))
        code = remote_fail_form(remote, error);
    if (!code)
        *version = (uint64_t)number;
    json_free(document);
    return code;
}

/* --- keys --- */

static enum tk_code keep_key(struct remote *remote, int64_t slot_id, const struct remote_key *key,
                             struct tk_error *error)
{
    size_t place = map_find(&remote->key_places, (uint64_t)slot_id);
    enum tk_code code;

    if (place != MAP_NONE) {
        remote->keys[place] = *key;
        return TK_OK;
    }
    code = list_reserve((void **)&remote->keys, remote->key_count, &remote->key_capacity,
                        sizeof *key);
    if (!code)
        code = map_add(&remote->key_places, (uint64_t)slot_id, remote->key_count);
    if (code)
        return tk_fail_code(error, code);
    remote->keys[remote->key_count++] = *key;
    return TK_OK;
}

static enum tk_code fetch_key(struct remote *remote, int64_t slot_id, struct remote_key *key,
                              struct tk_error *error)
{
    struct json *document = NULL;
    struct http_call call = {0};
    const char *text;
    enum tk_code code;

    buffer_clear(&remote->path);
    buffer_addf(&remote->path, "/v1/slots/%lld/key", (long long)slot_id);
    code = remote_get(remote, &call, &document, error);
    text = json_text(json_member(document, "key"));
    if (!code && (!text || !hex_parse(key->key.bytes, sizeof key->key.bytes, text) ||
                  !json_whole(json_member(document, "generation"), &key->generation)))
        code = remote_fail_form(remote, error);
    json_free(document);
    if (remote->answer.data)
        crypto_wipe(remote->answer.data, remote->answer.length);
    return code;
}

enum tk_code remote_store_slot_key(struct store *store, int64_t slot_id, int64_t generation,
                                   struct crypto_key *key, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    size_t place = map_find(&remote->key_places, (uint64_t)slot_id);
    struct remote_key found = {0};
    enum tk_code code;

    if (place != MAP_NONE && generation && remote->keys[place].generation == generation) {
        *key = remote->keys[place].key;
        return TK_OK;
    }
    code = fetch_key(remote, slot_id, &found, error);
    if (!code && found.generation)
        code = keep_key(remote, slot_id, &found, error);
    if (!code)
        *key = found.key;
    crypto_wipe(&found, sizeof found);
    return code;
}

/* --- verify --- */

static bool read_problems(const struct json *problems, struct verify_report *report,
                          enum tk_code *code)
{
    size_t count = json_count(problems);

    if (!json_is_array(problems))
        return false;
    for (size_t i = 0; !*code && i < count; i++) {
        const struct json *item = json_item(problems, i);
        const char *check = json_text(json_member(item, "check"));
        const char *text = json_text(json_member(item, "text"));

        if (!check || !text)
            return false;
        *code = verify_report_add(report, check, "%s", text);
    }
    return true;
}

static enum tk_code remote_verify(struct store *store, struct verify_report *report,
                                  struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct http_call call = {.timeout_ms = REMOTE_LONG_MS};
    struct json *document = NULL;
    enum tk_code code, kept = TK_OK;

    set_path(remote, "/v1/verify");
    code = remote_get(remote, &call, &document, error);
    if (!code && (!read_problems(json_member(document, "problems"), report, &kept) ||
                  !json_whole(json_member(document, "found"), &report->found) ||
                  !json_whole(json_member(document, "slots"), &report->slots) ||
                  !json_whole(json_member(document, "tickets"), &report->tickets) ||
                  !json_whole(json_member(document, "customers"), &report->customers) ||
                  !json_whole(json_member(document, "entries"), &report->entries)))
        code = remote_fail_form(remote, error);
    else if (!code && kept)
        code = tk_fail_code(error, kept);
    json_free(document);
    return code;
}

/* --- backup --- */

/* Saves the finished file, gives it its name, which must be free, and saves the folder. */
static enum tk_code name_copy(int file, const char *temporary, const char *path,
                              struct tk_error *error)
{
    char folder[4096], *slash;
    int place;
    bool saved;

    if (fsync(file))
        return tk_fail(error, TK_IO, "%s cannot be saved: %s.", path, strerror(errno));
    if (link(temporary, path))
        return tk_fail(error, TK_CANNOT_CREATE, "%s cannot be written: %s.", path,
                       strerror(errno));
    text_copy(folder, sizeof folder, path);
    slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    place = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    saved = place >= 0 && fsync(place) == 0;
    if (place >= 0)
        close(place);
    return saved ? TK_OK
                 : tk_fail(error, TK_IO, "The folder of %s cannot be saved: %s.", path,
                           strerror(errno));
}

static enum tk_code fetch_copy(struct remote *remote, int file,
                               void (*progress)(void *context, int64_t done, int64_t total),
                               void *context, struct tk_error *error)
{
    struct http_call call = {.method = "GET",
                             .path = "/v1/backup",
                             .timeout_ms = -1,
                             .file = file,
                             .progress = progress,
                             .context = context,
                             .answer = &remote->answer};
    enum tk_code code = http_client_call(remote->client, &call, error);

    if (!code && call.status != 200)
        code = remote_read_problem(remote, &call, error);
    return code == TK_UNKNOWN ? tk_fail(error, TK_UNAVAILABLE, "%s",
                                        "The line to the service broke during the backup.")
                              : code;
}

static enum tk_code remote_backup(struct store *store, const char *path,
                                  void (*progress)(void *context, int64_t done, int64_t total),
                                  void *context, struct tk_error *error)
{
    char temporary[4096];
    enum tk_code code;
    int file;

    if (access(path, F_OK) == 0)
        return tk_fail(error, TK_CANNOT_CREATE, "%s is there already: choose another name.", path);
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary)
        return tk_fail(error, TK_CANNOT_CREATE, "The path of the backup is too long.");
    file = mkostemp(temporary, O_CLOEXEC); /* 0600 */
    if (file < 0)
        return tk_fail(error, TK_CANNOT_CREATE, "%s cannot be written: %s.", path,
                       strerror(errno));
    code = fetch_copy((struct remote *)store, file, progress, context, error);
    if (!code)
        code = name_copy(file, temporary, path, error);
    close(file);
    unlink(temporary);
    return code;
}

/* --- the rest of the port --- */

/* The service sees by itself who asks. */
static enum tk_code remote_touch_device(struct store *store, const char *name, int64_t at,
                                        struct tk_error *error)
{
    (void)store;
    (void)name;
    (void)at;
    (void)error;
    return TK_OK;
}

static void remote_set_watch(struct store *store, const struct store_watch *watch)
{
    http_client_set_watch(((struct remote *)store)->client, watch);
}

static void remote_close(struct store *store)
{
    struct remote *remote = (struct remote *)store;

    http_client_close(remote->client);
    buffer_release(&remote->path);
    buffer_release(&remote->body);
    buffer_release(&remote->answer);
    map_release(&remote->key_places);
    if (remote->keys)
        crypto_wipe(remote->keys, remote->key_count * sizeof *remote->keys);
    free(remote->keys);
    crypto_wipe(remote->session, sizeof remote->session);
    crypto_wipe(remote->approval, sizeof remote->approval);
    free(remote);
}

static const struct store_ops remote_ops = {
    .apply = remote_apply,
    .apply_all = remote_apply_all,
    .list_slots = remote_list_slots,
    .list_tickets = remote_list_tickets,
    .list_customers = remote_list_customers,
    .list_journal = remote_list_journal,
    .list_due = remote_list_due,
    .list_devices = remote_list_devices,
    .touch_device = remote_touch_device,
    .count_admissions = remote_count_admissions,
    .list_allotments = remote_list_allotments,
    .list_disputes = remote_list_disputes,
    .list_replicas = remote_list_replicas,
    .list_records = remote_list_records,
    .list_tallies = remote_list_tallies,
    .list_blocks = remote_list_blocks,
    .count_slots = remote_count_slots,
    .version = remote_version,
    .verify = remote_verify,
    .backup = remote_backup,
    .facts = remote_facts,
    .set_watch = remote_set_watch,
    .close = remote_close,
};

/* --- opening --- */

static enum tk_code ask_who(struct remote *remote, struct tk_error *error)
{
    struct json *document = NULL;
    struct store_facts facts;
    enum tk_code code = get_store(remote, &document, error);

    if (!code && (!read_facts(remote, document, &facts) || !read_rules(document, &remote->rules)))
        code = remote_fail_form(remote, error);
    json_free(document);
    return code;
}

enum tk_code remote_store_open(const struct remote_options *options, struct store **store,
                               struct tk_error *error)
{
    struct remote *remote = calloc(1, sizeof *remote);
    struct http_client_options line = {
        .url = options->url,
        .token = options->token,
        .ca_file = options->ca_file,
        .pin = options->pin,
        .connect_timeout_ms =
            options->connect_timeout_ms ? options->connect_timeout_ms : CONNECT_TIMEOUT_MS,
        .timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS,
    };
    enum tk_code code;

    if (!remote)
        return tk_fail_code(error, TK_NO_MEMORY);
    remote->store.ops = &remote_ops;
    remote->timeout_ms = line.timeout_ms;
    remote->has_token = options->token && *options->token;
    text_display(remote->token_file, sizeof remote->token_file,
                 options->token_file ? options->token_file : "");
    remote->noise = (uint64_t)http_client_clock_ms() ^ (uint64_t)getpid() << 32;
    buffer_init(&remote->path, PATH_MAX_BYTES);
    buffer_init(&remote->body, REMOTE_BODY_MAX);
    buffer_init(&remote->answer, REMOTE_ANSWER_MAX);
    code = http_client_open(&line, &remote->client, error);
    if (!code)
        code = ask_who(remote, error);
    if (code)
        remote_close(&remote->store);
    else
        *store = &remote->store;
    return code;
}

struct plan_rules remote_store_rules(const struct store *store)
{
    return ((const struct remote *)store)->rules;
}
