/* migrate: makes the box office, or brings it up to this version. */
#include "ui/admin/command.h"

static void show_json(struct call *call, const struct session_migration *done, const char *key)
{
    struct buffer *out = &call->out.text;

    json_put_open(out, NULL, '{');
    if (done->from < 0)
        json_put_null(out, "from");
    else
        json_put_int(out, "from", done->from);
    json_put_int(out, "to", done->to);
    json_put_int(out, "era", done->era);
    json_put_text(out, "keyFile", key);
    json_put_bool(out, "keyMade", done->key_made);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void show_text(struct call *call, const struct session_migration *done, const char *key)
{
    struct buffer *out = &call->out.text;

    if (!done->from)
        buffer_addf(out, "A box office of version %lld was made", (long long)done->to);
    else if (done->from == done->to)
        buffer_addf(out, "The box office is of version %lld", (long long)done->to);
    else if (done->from < 0)
        buffer_addf(out, "The box office was of an older version and is of version %lld now",
                    (long long)done->to);
    else
        buffer_addf(out, "The box office was of version %lld and is of version %lld now",
                    (long long)done->from, (long long)done->to);
    buffer_addf(out, ", era %lld. ", (long long)done->era);
    buffer_addf(out,
                done->key_made  ? "A new key was made, %s"
                : !done->from   ? "It was made with the key that was there, %s"
                                : "Its key is in %s",
                key);
    buffer_add_text(out, call->session->kind == SESSION_DATABASE
                             ? ": copy it to every node, and keep a copy apart and safe.\n"
                             : ": keep a copy apart and safe.\n");
}

enum tk_code command_migrate(struct call *call, struct tk_error *error)
{
    char path[SESSION_PATH_SIZE], place[OUTPUT_PATH_SIZE];
    struct session_migration done;
    const char *key;
    enum tk_code code;

    if (call->values[OPT_NEW_KEY])
        call->session->new_key = true;
    code = session_migrate(call->session, call->values[OPT_RESTORED] != NULL, &done, error);
    if (code)
        return code;
    key = path_shown(session_key_path(call->session, path), place);
    if (call->json)
        show_json(call, &done, key);
    else
        show_text(call, &done, key);
    return TK_OK;
}
