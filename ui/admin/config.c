/* config: every setting, its value and where that came from. */
#include "ui/admin/command.h"

static void put_config_json(struct buffer *out, const struct session *session)
{
    char place[OUTPUT_PATH_SIZE];

    json_put_open(out, NULL, '{');
    json_put_open(out, "paths", '{');
    if (session->config_path[0])
        json_put_text(out, "settings", path_shown(session->config_path, place));
    else
        json_put_null(out, "settings");
    json_put_text(out, "store", path_shown(session->store_path, place));
    json_put_close(out, '}');
    json_put_open(out, "settings", '{');
    for (int i = 0; i < SETTING_COUNT; i++) {
        json_put_open(out, setting_name((enum setting)i), '{');
        json_put_text(out, "value",
                      path_shown(settings_text(&session->settings, (enum setting)i), place));
        json_put_text(out, "from", path_shown(session->settings.values[i].origin, place));
        json_put_close(out, '}');
    }
    json_put_close(out, '}');
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void put_config_text(struct buffer *out, const struct session *session)
{
    static const char *const heads[] = {"Setting", "Value", "From", NULL};
    char file[SESSION_PATH_SIZE], key[SESSION_PATH_SIZE], place[OUTPUT_PATH_SIZE];
    struct table table;

    if (session->config_path[0])
        put_field(out, "Settings", "%s", path_shown(session->config_path, place));
    else if (settings_default_file(file, sizeof file))
        put_field(out, "Settings", "%s (not there)", path_shown(file, place));
    else
        put_field(out, "Settings", "none");
    put_field(out, "Box office", "%s", path_shown(session->store_path, place));
    if (session->kind == SESSION_REMOTE)
        put_field(out, "Key", session->central[0] ? "the centre's" : "the service's");
    else
        put_field(out, "Key", "%s", path_shown(session_key_path(session, key), place));
    buffer_add_char(out, '\n');
    table_init(&table, heads);
    table.whole = true;
    for (int i = 0; i < SETTING_COUNT; i++) {
        table_add(&table, setting_name((enum setting)i));
        table_add(&table,
                  path_shown(settings_text(&session->settings, (enum setting)i), place));
        table_add(&table, path_shown(session->settings.values[i].origin, place));
    }
    table_print(&table, out);
    table_release(&table);
}

enum tk_code command_config(struct call *call, struct tk_error *error)
{
    (void)error;
    if (call->json)
        put_config_json(&call->out.text, call->session);
    else
        put_config_text(&call->out.text, call->session);
    return TK_OK;
}
