/* session: people who sign on where the keys are, or at a till whose centre has them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/sync.h"
#include "core/text.h"
#include "data/remote/remote_line.h"
#include "data/replica/replica_store.h"
#include "data/sign_on_file.h"
#include "data/site_ring.h"
#include "ui/session_internal.h"

/* The key file beside which tries are kept; in training the real one's, or who practises would have
   tries of his own. */
static void find_key_file(const struct session *session, char path[SESSION_PATH_SIZE])
{
    static const char ending[] = ".training";
    struct session real = {.kind = session->kind, .settings = session->settings};
    size_t length;

    text_copy(real.store_path, sizeof real.store_path, session->store_path);
    if (*session->central) /* a copy has a key of its own */
        real.kind = SESSION_FILE;
    length = strlen(real.store_path);
    if (session->training && length > sizeof ending &&
        strcmp(real.store_path + length - (sizeof ending - 1), ending) == 0)
        real.store_path[length - (sizeof ending - 1)] = '\0';
    session_key_path(&real, path);
}

enum tk_code session_sign_ons(struct session *session, struct sign_on_file **signs,
                              struct tk_error *error)
{
    struct site_ring *ring = session->real_ring ? session->real_ring : session->ring;
    char path[SESSION_PATH_SIZE];
    struct crypto_key root, pepper;
    enum tk_code code = TK_OK;

    if (!ring)
        return tk_fail(error, TK_CONFIG,
                       "Nobody can sign on here: the key file of the box office is not here.");
    if (!session->signs) {
        find_key_file(session, path);
        root = site_ring_root(ring);
        pepper = sign_on_pepper(&root);
        code = sign_on_file_open(path, &pepper, &session->signs, error);
        crypto_wipe(&root, sizeof root);
        crypto_wipe(&pepper, sizeof pepper);
    }
    if (!code)
        *signs = session->signs;
    return code;
}

enum tk_code session_guard_load(void *session, const char *place, struct sign_on_guard *guard,
                                struct tk_error *error)
{
    struct sign_on_file *signs;
    enum tk_code code = session_sign_ons(session, &signs, error);

    if (!code)
        sign_on_file_load(signs, place, guard);
    return code;
}

enum tk_code session_guard_save(void *context, const char *place, const struct sign_on_guard *guard,
                                struct tk_error *error)
{
    struct session *session = context;
    struct sign_on_file *signs;
    enum tk_code code = session_sign_ons(session, &signs, error);

    if (!code)
        sign_on_file_save(signs, place, true, guard, session->ports.now(session->ports.context));
    return code;
}

/* --- where the keys are --- */

static struct sign_on_try make_try(struct session *session, int64_t number, const char *secret,
                                   bool approve, enum op_kind kind)
{
    return (struct sign_on_try){.device = session->office.device,
                                .enrolled = true, /* whoever holds the keys is known */
                                .number = number,
                                .secret = secret,
                                .approve = approve,
                                .kind = kind,
                                .now = session->ports.now(session->ports.context)};
}

/* A try that failed has failed, whether that could be noted or not; nobody signs on unseen. */
static enum tk_code note(struct session *session, int64_t number, const char *event,
                         enum tk_code code, struct tk_error *error)
{
    struct tk_error ignored = {0};
    enum tk_code noted = TK_OK;

    if (event)
        noted = office_note_sign(&session->office, number, event, code ? &ignored : error);
    return code ? code : noted;
}

static enum tk_code sign_on_here(void *context, int64_t number, const char *secret, bool approve,
                                 enum op_kind kind, struct staff *staff, struct tk_error *error)
{
    struct session *session = context;
    struct sign_on_try tried = make_try(session, number, secret, approve, kind);
    const char *event = NULL;
    struct sign_on_file *signs;
    enum tk_code code = session_sign_ons(session, &signs, error);

    if (!code)
        code = sign_on_file_try(signs, session->store, &tried, staff, &event, error);
    return note(session, number, event, code, error);
}

static void sign_off(void *context, bool approve)
{
    struct session *session = context;

    if (!approve)
        office_note_sign(&session->office, session->office.member.number, "off", NULL);
}

static enum tk_code make_verifier(void *context, int64_t number, const char *secret,
                                  char verifier[VERIFIER_SIZE], struct tk_error *error)
{
    struct sign_on_file *signs;
    enum tk_code code = session_sign_ons(context, &signs, error);

    return code ? code : sign_on_file_make(signs, number, secret, verifier, error);
}

void session_wire_sign_on(struct session *session)
{
    if (session->ring)
        session->office.sign_on =
            (struct sign_on_port){sign_on_here, sign_off, make_verifier, session};
}

/* --- at a till with a centre --- */

/* What is done with the centre's own keys, while its file is open. */
struct centre_desk {
    struct session_centre centre;
    struct store *store;
    struct sign_on_file *signs;
};

static void close_desk(struct centre_desk *desk)
{
    sign_on_file_close(desk->signs);
    store_close(desk->store);
    session_close_centre(&desk->centre);
}

/* A failure is that of a centre that is away. */
static enum tk_code open_desk(struct session *session, struct centre_desk *desk,
                              struct tk_error *error)
{
    char path[SESSION_PATH_SIZE + 8];
    struct crypto_key root, pepper;
    struct key_ring keys;
    enum tk_code code;

    *desk = (struct centre_desk){.centre = {.session = session}};
    code = session_open_centre(&desk->centre, SYNC_ANSWER_MS, &desk->store, &keys, error);
    if (code)
        return code;
    snprintf(path, sizeof path, "%s.key", session->central);
    root = site_ring_root(desk->centre.ring);
    pepper = sign_on_pepper(&root);
    code = sign_on_file_open(path, &pepper, &desk->signs, error);
    crypto_wipe(&root, sizeof root);
    crypto_wipe(&pepper, sizeof pepper);
    if (code)
        close_desk(desk);
    return code;
}

/* By what this till knows him while the centre is away: his own verifier, made with the key of the
   copy. One that could not be kept is made the next time. */
static void keep_local(struct session *session, const struct staff *staff, const char *secret)
{
    bool is_pin = secret[strspn(secret, "0123456789")] == '\0';
    struct staff known = {0}, local = *staff;
    struct record_list list = {0};
    struct record record = {.changed_at = session->ports.now(session->ports.context)};
    struct record_query query = {.key = record.key, .limit = 1};
    struct sign_on_file *signs;

    snprintf(record.key, sizeof record.key, RECORD_LOCAL_PREFIX "%" PRId64, staff->number);
    if (office_records(&session->office, &query, &list, NULL) || !list.count ||
        staff_read(&list.items[0], &known))
        known = (struct staff){0};
    memcpy(local.pin, known.pin, sizeof local.pin);
    memcpy(local.password, known.password, sizeof local.password);
    if (!(is_pin ? local.pin : local.password)[0] && !session_sign_ons(session, &signs, NULL) &&
        !sign_on_file_make(signs, staff->number, secret, is_pin ? local.pin : local.password,
                           NULL) &&
        !staff_print(&local, &record))
        replica_store_keep(session->store, &record, NULL);
    if (list.items)
        crypto_wipe(list.items, list.count * sizeof *list.items);
    record_list_release(&list);
    crypto_wipe(&known, sizeof known);
    crypto_wipe(&local, sizeof local);
    crypto_wipe(&record, sizeof record);
}

static enum tk_code sign_on_cut_off(struct session *session, const struct sign_on_try *tried,
                                    struct staff *staff, const char **event, struct tk_error *error)
{
    struct sign_on_try local = *tried;
    struct sign_on_file *signs;
    enum tk_code code = session_sign_ons(session, &signs, error);

    local.local = true;
    if (!code)
        code = sign_on_file_try(signs, session->store, &local, staff, event, error);
    return code == TK_WRONG_PIN
               ? tk_fail(
                     error, code,
                     "Number and PIN do not belong together, or this till does not know them: "
                     "whoever has not signed on at it before has to do so once while the box "
                     "office is there.")
               : code;
}

static enum tk_code sign_on_at_file(void *context, int64_t number, const char *secret, bool approve,
                                    enum op_kind kind, struct staff *staff, struct tk_error *error)
{
    struct session *session = context;
    struct sign_on_try tried = make_try(session, number, secret, approve, kind);
    const char *event = NULL;
    struct centre_desk desk;
    enum tk_code code;

    (void)replica_store_catch_up(session->store, NULL); /* or what is kept of him is forgotten with it */
    code = open_desk(session, &desk, NULL);
    if (code) {
        code = sign_on_cut_off(session, &tried, staff, &event, error);
        return note(session, number, event, code, error);
    }
    code = sign_on_file_try(desk.signs, desk.store, &tried, staff, &event, error);
    close_desk(&desk);
    if (!code)
        keep_local(session, staff, secret);
    return note(session, number, event, code, error);
}

static enum tk_code make_verifier_at_file(void *context, int64_t number, const char *secret,
                                          char verifier[VERIFIER_SIZE], struct tk_error *error)
{
    struct centre_desk desk;
    enum tk_code code = open_desk(context, &desk, error);

    if (code)
        return code;
    code = sign_on_file_make(desk.signs, number, secret, verifier, error);
    close_desk(&desk);
    return code;
}

/* --- at a till whose centre is a service --- */

/* What is asked of it, over the line of the till's thread. */
struct question {
    struct session *session;
    int64_t number;
    const char *secret;
    bool approve;
    enum op_kind kind;
    struct staff *staff;
    char *verifier;
};

static enum tk_code ask_sign_on(void *context, struct store *centre, struct tk_error *error)
{
    struct question *asked = context;
    char token[REMOTE_SESSION_SIZE];
    enum tk_code code = remote_sign_on(centre, asked->number, asked->secret, asked->approve,
                                       asked->kind, asked->staff, error);

    if (code || asked->approve)
        return code;
    remote_session_copy(centre, token);
    remote_line_take_session(asked->session->line, token);
    crypto_wipe(token, sizeof token);
    return TK_OK;
}

static enum tk_code ask_sign_off(void *context, struct store *centre, struct tk_error *error)
{
    (void)error;
    remote_sign_off(centre, ((struct question *)context)->approve);
    return TK_OK;
}

static enum tk_code ask_verifier(void *context, struct store *centre, struct tk_error *error)
{
    struct question *asked = context;

    return remote_make_verifier(centre, asked->number, asked->secret, asked->verifier, error);
}

/* The service notes who signs on at it. First comes what it knows of its staff: if that came later, what is
   kept here of him would be forgotten with it. */
static enum tk_code sign_on_over_line(void *context, int64_t number, const char *secret,
                                      bool approve, enum op_kind kind, struct staff *staff,
                                      struct tk_error *error)
{
    struct session *session = context;
    struct sign_on_try tried = make_try(session, number, secret, approve, kind);
    struct question asked = {session, number, secret, approve, kind, staff, NULL};
    const char *event = NULL;
    enum tk_code code = replica_store_catch_up(session->store, error);

    if (!code)
        code = replica_store_ask(session->store, ask_sign_on, &asked, error);
    if (!code)
        keep_local(session, staff, secret);
    if (code != TK_NEEDS_CENTRE && !(approve && code == TK_SIGN_ON)) /* he came while it was away */
        return code;
    code = sign_on_cut_off(session, &tried, staff, &event, error);
    if (!code && !approve)
        remote_line_take_session(session->line, ""); /* that was somebody else's */
    return note(session, number, event, code, error);
}

static void sign_off_over_line(void *context, bool approve)
{
    struct session *session = context;
    struct question asked = {.session = session, .approve = approve};
    char token[REMOTE_SESSION_SIZE];

    remote_line_session(session->line, token);
    if ((!*token || replica_store_ask(session->store, ask_sign_off, &asked, NULL)) && !approve)
        sign_off(session, false);
    if (!approve)
        remote_line_take_session(session->line, "");
    crypto_wipe(token, sizeof token);
}

static enum tk_code make_verifier_over_line(void *context, int64_t number, const char *secret,
                                            char verifier[VERIFIER_SIZE], struct tk_error *error)
{
    struct session *session = context;
    struct question asked = {
        .session = session, .number = number, .secret = secret, .verifier = verifier};

    return replica_store_ask(session->store, ask_verifier, &asked, error);
}

void session_wire_sign_on_at_centre(struct session *session)
{
    session->office.sign_on =
        session->line ? (struct sign_on_port){sign_on_over_line, sign_off_over_line,
                                              make_verifier_over_line, session}
                      : (struct sign_on_port){sign_on_at_file, sign_off, make_verifier_at_file,
                                              session};
}

/* --- at a service --- */

static enum tk_code sign_on_at_service(void *context, int64_t number, const char *secret,
                                       bool approve, enum op_kind kind, struct staff *staff,
                                       struct tk_error *error)
{
    struct session *session = context;

    return remote_sign_on(session->store, number, secret, approve, kind, staff, error);
}

static void sign_off_at_service(void *context, bool approve)
{
    struct session *session = context;

    remote_sign_off(session->store, approve);
}

static enum tk_code make_verifier_at_service(void *context, int64_t number, const char *secret,
                                             char verifier[VERIFIER_SIZE], struct tk_error *error)
{
    struct session *session = context;

    return remote_make_verifier(session->store, number, secret, verifier, error);
}

void session_wire_sign_on_at_service(struct session *session)
{
    session->office.sign_on = (struct sign_on_port){sign_on_at_service, sign_off_at_service,
                                                    make_verifier_at_service, session};
}
