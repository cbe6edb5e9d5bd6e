/* config: every setting, its value and where that came from. */
#include "ui/admin/command.h"

static void put_config_json(struct buffer *out, const struct session *session)
{
    json_put_open(out, NULL, '{');
    json_put_open(out, "paths", '{');
    if (session->config_path[0])
        json_put_text(out, "settings", session->config_path);
    else
        json_put_null(out, "settings");
    json_put_text(out, "store", session->store_path);
    json_put_close(out, '}');
    json_put_open(out, "settings", '{');
    for (int i = 0; i < SETTING_COUNT; i++) {
        json_put_open(out, setting_name((enum setting)i), '{');
        json_put_text(out, "value", settings_text(&session->settings, (enum setting)i));
        json_put_text(out, "from", session->settings.values[i].origin);
        json_put_close(out, '}');
    }
    json_put_close(out, '}');
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void put_config_text(struct buffer *out, const struct session *session)
{
    static const char *const heads[] = {"Setting", "Value", "From", NULL};
    char file[SESSION_PATH_SIZE];
    struct table table;

    if (session->config_path[0])
        put_field(out, "Settings", "%s", session->config_path);
    else if (settings_default_file(file, sizeof file))
        put_field(out, "Settings", "%s (not there)", file);
    else
        put_field(out, "Settings", "none");
    put_field(out, "Box office", "%s", session->store_path);
    put_field(out, "Key", "%s.key", session->store_path);
    buffer_add_char(out, '\n');
    table_init(&table, heads);
    for (int i = 0; i < SETTING_COUNT; i++) {
        table_add(&table, setting_name((enum setting)i));
        table_add(&table, settings_text(&session->settings, (enum setting)i));
        table_add(&table, session->settings.values[i].origin);
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
