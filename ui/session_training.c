/* session: a box office to practise on, in place of the real one. */
#include "ui/session_internal.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "data/site_ring.h"
#include "ui/import.h"

#define ENDING ".training"

/* A copy of the box office file, which is only looked at. */
static enum tk_code copy_store(struct session *session, const char *copy, struct tk_error *error)
{
    struct store *store = NULL;
    struct box_office office;
    enum tk_code code = session_look_at_store(session, &store, error);

    if (code)
        return code;
    office = (struct box_office){.store = store};
    code = office_backup(&office, copy, NULL, NULL, error);
    store_close(store);
    return code;
}

static enum tk_code fill_store(struct session *session, struct store *store, struct tk_error *error)
{
    struct box_office office = {
        .store = store, .ports = session->ports, .rules = settings_rules(&session->settings)};
    struct import_result result;
    enum tk_code code;

    text_copy(office.actor, sizeof office.actor, "training");
    text_copy(office.device, sizeof office.device, "training");
    code = import_sample(&office, &result, error);
    return code == TK_NO_INPUT ? TK_OK : code; /* an empty one is better than none */
}

/* What is practised on. It has a key of its own, so that nobody takes it for the real one; its
   passes are made with none of the two. */
static enum tk_code make_copy(void *context, const char *copy, struct tk_error *error)
{
    struct session *session = context;
    struct session practice = *session;
    struct store *store = NULL;
    bool copied = session->kind == SESSION_FILE && session_store_is_there(session);
    enum tk_code code = copied ? copy_store(session, copy, error) : TK_OK;

    if (code)
        return code;
    practice.ring = NULL;
    practice.central[0] = '\0';
    practice.kind = SESSION_FILE;
    text_copy(practice.store_path, sizeof practice.store_path, copy);
    practice.new_key = true;
    code = session_open_both(&practice, &store, error);
    if (!code && !copied)
        code = fill_store(&practice, store, error);
    store_close(store);
    site_ring_close(practice.ring);
    return code;
}

/* Where the copy lies: beside the box office file, or in this user's folder. */
static enum tk_code place_copy(struct session *session, char copy[SESSION_PATH_SIZE],
                               struct tk_error *error)
{
    enum tk_code code = TK_OK;
    char *end;
    int length;

    if (session->kind == SESSION_FILE) {
        code = session_make_folder(session, error);
        length = snprintf(copy, SESSION_PATH_SIZE, "%s" ENDING, session->store_path);
    } else if (settings_default_store(copy, SESSION_PATH_SIZE) && (end = strrchr(copy, '/'))) {
        size_t room = SESSION_PATH_SIZE - (size_t)(end - copy);

        length = snprintf(end, room, "/service" ENDING) + (int)(end - copy);
        code = session_make_folders(copy, error);
    } else {
        length = SESSION_PATH_SIZE;
    }
    if (!code && length >= SESSION_PATH_SIZE)
        code = tk_fail(error, TK_CONFIG, "There is no place to keep a box office for training in.");
    return code;
}

enum tk_code session_practise(struct session *session, struct tk_error *error)
{
    char copy[SESSION_PATH_SIZE];
    struct keyfile key;
    enum tk_code code;

    if (!session->training || session->practice.copy[0])
        return TK_OK;
    if (session->kind == SESSION_DATABASE)
        return tk_fail(error, TK_USAGE,
                       "There is no training in a database: give --train the address of a node (--db http://…), "
                       "or a box office file.");
    code = place_copy(session, copy, error);
    if (!code)
        code = training_join(&session->practice, copy, make_copy, session, error);
    if (code)
        return code;
    /* so that a real ticket at a door in training is not called a forgery */
    if (session->kind == SESSION_FILE && session_store_is_there(session) &&
        !session_find_key(session, &key, NULL))
        site_ring_open(&key, false, &session->ports, &session->real_ring, NULL);
    text_copy(session->store_path, sizeof session->store_path, copy);
    session->kind = SESSION_FILE;
    session->central[0] = '\0';
    return TK_OK;
}
