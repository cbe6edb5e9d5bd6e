/* token: which devices may use the service. */
#include <stdio.h>
#include <string.h>

#include "core/wire.h"
#include "ui/admin/command.h"

static const char *const heads[] = {"Device", "Role", "Enrolled", "Last used", "Revoked", NULL};

/* Each action has its own options. */
static enum tk_code require(const struct call *call, enum option_id id, bool wanted,
                            const char *example, struct tk_error *error)
{
    const char *option = command_option(call->command, id == OPT_NAME ? "name" : "role")->name;

    if (wanted && !call->values[id])
        return tk_fail(error, TK_USAGE, "token %s wants --%s: %s.", call->argument, option,
                       example);
    if (!wanted && call->values[id])
        return tk_fail(error, TK_USAGE, "token %s takes no --%s.", call->argument, option);
    return TK_OK;
}

static void put_device(struct buffer *out, const struct box_office *office,
                       const struct device *device)
{
    struct wire_record record;

    wire_device(&record, device, &office->ports.zone);
    wire_put_json(out, NULL, &record);
}

/* --- add --- */

static void show_token(struct call *call, const char *name, enum role role, const char *token)
{
    struct buffer *out = &call->out.text;

    if (!call->json) {
        buffer_addf(out, "%s\n", token);
        return;
    }
    json_put_open(out, NULL, '{');
    json_put_text(out, "deviceName", name);
    json_put_text(out, "role", role_name(role));
    json_put_text(out, "token", token);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

/* A token that nobody has seen must not stay good. */
static enum tk_code take_back(struct box_office *office, const char *name, struct tk_error *error)
{
    if (office_revoke(office, name, NULL, NULL))
        return tk_fail(error, TK_IO,
                       "The token cannot be written. The device “%s” is there all the same: "
                       "revoke it, and add it anew.",
                       name);
    return tk_fail(error, TK_IO,
                   "The token cannot be written, so it was revoked again: add “%s” anew.", name);
}

static enum tk_code add_device(struct call *call, struct box_office *office, const char *name,
                               struct tk_error *error)
{
    char token[TOKEN_SIZE];
    enum role role;
    enum tk_code code = role_require(call->values[OPT_ROLE], &role, error);

    if (!code)
        code = office_enrol(office, name, role, NULL, token, error);
    if (code)
        return code;
    show_token(call, name, role, token);
    crypto_wipe(token, sizeof token);
    if (!output_flush(&call->out))
        return take_back(office, name, error);
    /* with --json nothing but a refusal stands on stderr */
    if (!call->json)
        fprintf(stderr, "This is the token of “%s”. It is shown only now: keep it well.\n", name);
    return TK_OK;
}

/* --- list and revoke --- */

struct devices {
    const struct box_office *office;
    struct device_list list;
};

static void put_listed(struct buffer *out, const void *context, size_t at)
{
    const struct devices *devices = context;

    put_device(out, devices->office, &devices->list.items[at]);
}

static void add_listed(struct table *table, const void *context, size_t at)
{
    const struct devices *devices = context;
    const struct device *device = &devices->list.items[at];
    const int64_t times[] = {device->enrolled_at, device->used_at, device->revoked_at};

    table_add(table, device->name);
    table_add(table, role_name(device->role));
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[TIME_TEXT_MAX] = "-";

        if (times[i])
            time_print_field(text, times[i], &devices->office->ports.zone);
        table_add(table, text);
    }
}

static enum tk_code list_devices(struct call *call, struct box_office *office,
                                 struct tk_error *error)
{
    struct devices devices = {.office = office};
    struct rows rows = {.heads = heads,
                        .put = put_listed,
                        .add = add_listed,
                        .context = &devices,
                        .empty = "There are no devices."};
    enum tk_code code = office_devices(office, &devices.list, error);

    rows.count = devices.list.count;
    if (!code)
        show_rows(call, &rows);
    device_list_release(&devices.list);
    return code;
}

static enum tk_code revoke_device(struct call *call, struct box_office *office, const char *name,
                                  struct tk_error *error)
{
    struct buffer *out = &call->out.text;
    enum tk_code code = office_revoke(office, name, NULL, error);

    if (code)
        return code;
    if (!call->json) {
        buffer_addf(out, "“%s” is revoked: its token is good no more.\n", name);
        return TK_OK;
    }
    json_put_open(out, NULL, '{');
    json_put_text(out, "deviceName", name);
    json_put_bool(out, "revoked", true);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
    return TK_OK;
}

enum tk_code command_token(struct call *call, struct tk_error *error)
{
    bool add = strcmp(call->argument, "add") == 0, list = strcmp(call->argument, "list") == 0;
    struct box_office *office;
    char name[DEVICE_SIZE];
    enum tk_code code;

    code = require(call, OPT_NAME, !list, "--name till-1", error);
    if (!code)
        code = require(call, OPT_ROLE, add, "--role clerk", error);
    if (!code)
        code = call_text(call, OPT_NAME, name, sizeof name, TK_BAD_NAME, "device's name", error);
    if (!code)
        code = call_office(call, &office, error);
    if (code)
        return code;
    return list  ? list_devices(call, office, error)
           : add ? add_device(call, office, name, error)
                 : revoke_device(call, office, name, error);
}
