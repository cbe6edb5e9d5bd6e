/* device: machines that come with a one-time code. (Programs have a token: token.c.) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/box_office_staff.h"
#include "core/certificate.h"
#include "core/text.h"
#include "core/wire.h"
#include "ui/admin/command.h"
#include "ui/qr/qr.h"

#define QUIET 2
#define DRAWING_MAX ((size_t)256 * 1024)
#define ENROL_TEXT_SIZE (2 * SETTING_TEXT_SIZE)
#define PEM_MAX ((size_t)64 * 1024)

static const char *const heads[] = {"Device",    "Role",    "People", "Enrolled",
                                    "Last used", "Revoked", NULL};

static enum tk_code require(const struct call *call, enum option_id id, const char *name,
                            bool wanted, bool taken, const char *example, struct tk_error *error)
{
    if (wanted && !call->values[id])
        return tk_fail(error, TK_USAGE, "device %s wants --%s: %s.", call->argument, name, example);
    if (!taken && call->values[id])
        return tk_fail(error, TK_USAGE, "device %s takes no --%s.", call->argument, name);
    return TK_OK;
}

/* --- add --- */

/* Where devices reach the service: as it was said, or as it listens. */
static void find_address(const struct call *call, char *address, size_t size)
{
    const struct settings *settings = &call->session->settings;
    const char *listens = settings_text(settings, SETTING_service_listen);
    bool tls = *settings_text(settings, SETTING_service_tls_cert);

    if (call->values[OPT_URL])
        text_display(address, size, call->values[OPT_URL]);
    else if (call->session->kind == SESSION_REMOTE && !*call->session->central)
        text_display(address, size, call->session->store_path);
    else if (strncmp(listens, "unix:", 5) == 0)
        text_display(address, size, listens);
    else
        snprintf(address, size, "http%s://%s", tls ? "s" : "", listens);
}

/* Of the certificate that the service here shows; "" when it cannot be read by us. */
static void read_pin(const char *path, char pin[CERTIFICATE_PIN_SIZE])
{
    char *pem = calloc(1, PEM_MAX);
    FILE *file = pem ? fopen(path, "re") : NULL;

    *pin = '\0';
    if (file && fread(pem, 1, PEM_MAX - 1, file) > 0 && !certificate_pin(pin, pem))
        *pin = '\0';
    if (file)
        fclose(file);
    free(pem);
}

/* By which the device knows the service when it comes over https: of the certificate of the settings, or as
   this machine knows the service itself. */
static void find_pin(const struct call *call, const char *address, char pin[CERTIFICATE_PIN_SIZE])
{
    const struct settings *settings = &call->session->settings;
    const char *certificate = settings_text(settings, SETTING_service_tls_cert);

    *pin = '\0';
    if (strncasecmp(address, "https://", 8) != 0)
        return;
    if (call->session->kind == SESSION_REMOTE)
        text_copy(pin, CERTIFICATE_PIN_SIZE, settings_text(settings, SETTING_store_pin));
    else if (*certificate)
        read_pin(certificate, pin);
}

struct invited {
    const char *name;
    enum role role;
    bool attended;
    char code[INVITE_CODE_SIZE];
    int64_t until;
    char address[SETTING_TEXT_SIZE];
    char pin[CERTIFICATE_PIN_SIZE]; /* "": none */
    char text[ENROL_TEXT_SIZE]; /* what the QR code says */
};

/* The drawing is a convenience: all that it says stands beside it. */
static void draw(struct buffer *out, const struct call *call, const char *text)
{
    struct buffer drawing;
    struct qr qr;

    buffer_init(&drawing, DRAWING_MAX);
    if (!qr_make(&qr, text, NULL) &&
        !qr_draw(&qr, output_is_terminal(&call->out) ? QR_HALF : QR_ASCII, QUIET, &drawing, NULL))
        buffer_add(out, drawing.data, drawing.length);
    buffer_release(&drawing);
}

static void show_invited(struct call *call, const struct box_office *office,
                         const struct invited *invited)
{
    struct buffer *out = &call->out.text;
    char until[TIME_TEXT_MAX];

    if (call->json) {
        time_print(until, invited->until, &office->ports.zone);
        json_put_open(out, NULL, '{');
        json_put_text(out, "deviceName", invited->name);
        json_put_text(out, "role", role_name(invited->role));
        json_put_bool(out, "attended", invited->attended);
        json_put_text(out, "code", invited->code);
        json_put_text(out, "address", invited->address);
        if (*invited->pin)
            json_put_text(out, "pin", invited->pin);
        json_put_text(out, "until", until);
        json_put_text(out, "text", invited->text);
        json_put_close(out, '}');
        buffer_add_char(out, '\n');
        return;
    }
    time_print_clock(until, invited->until, &office->ports.zone);
    draw(out, call, invited->text);
    put_field(out, "Device", "%s, %s%s", invited->name, role_name(invited->role),
              invited->attended ? ", people sign on at it" : "");
    put_field(out, "Code", "%s", invited->code);
    put_field(out, "Address", "%s", invited->address);
    if (*invited->pin)
        put_field(out, "Pin", "%s", invited->pin);
    else if (strncasecmp(invited->address, "https://", 8) == 0)
        put_field(out, "Pin", "not known here: the device has to trust the service's certificate");
    put_field(out, "Until", "%s, once", until);
}

static enum tk_code add_device(struct call *call, struct box_office *office, const char *name,
                               struct tk_error *error)
{
    struct invited invited = {.name = name, .attended = call->values[OPT_ATTENDED]};
    enum tk_code code = role_require(call->values[OPT_ROLE], &invited.role, error);

    if (!code)
        code = office_invite(office, name, invited.role, invited.attended, invited.code,
                             &invited.until, error);
    if (code)
        return code;
    find_address(call, invited.address, sizeof invited.address);
    find_pin(call, invited.address, invited.pin);
    snprintf(invited.text, sizeof invited.text, "TICKETLY ENROL %s %s%s%s", invited.address,
             invited.code, *invited.pin ? " " : "", invited.pin);
    show_invited(call, office, &invited);
    crypto_wipe(&invited, sizeof invited);
    return TK_OK;
}

/* --- list and revoke --- */

struct devices {
    const struct box_office *office;
    struct device_list list;
    bool *attended; /* of each */
};

static void put_listed(struct buffer *out, const void *context, size_t at)
{
    const struct devices *devices = context;
    struct wire_record record;

    wire_device(&record, &devices->list.items[at], &devices->office->ports.zone);
    wire_put_json(out, NULL, &record);
    out->length--; /* one member more */
    json_put_bool(out, "attended", devices->attended[at]);
    json_put_close(out, '}');
}

static void add_listed(struct table *table, const void *context, size_t at)
{
    const struct devices *devices = context;
    const struct device *device = &devices->list.items[at];
    const int64_t times[] = {device->enrolled_at, device->used_at, device->revoked_at};

    table_add(table, device->name);
    table_add(table, role_name(device->role));
    table_add(table, devices->attended[at] ? "sign on" : "-");
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[TIME_TEXT_MAX] = "-";

        if (times[i])
            time_print_field(text, times[i], &devices->office->ports.zone);
        table_add(table, text);
    }
}

static enum tk_code read_notes(struct box_office *office, struct devices *devices,
                               struct tk_error *error)
{
    struct device_note note;
    enum tk_code code = TK_OK;

    devices->attended = calloc(devices->list.count + 1, sizeof *devices->attended);
    if (!devices->attended)
        return tk_fail_code(error, TK_NO_MEMORY);
    for (size_t i = 0; !code && i < devices->list.count; i++) {
        code = office_device_note(office, devices->list.items[i].name, &note, error);
        if (!code)
            devices->attended[i] = note.attended;
    }
    return code;
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
        code = read_notes(office, &devices, error);
    if (!code)
        show_rows(call, &rows);
    device_list_release(&devices.list);
    free(devices.attended);
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
        buffer_addf(out, "“%s” is revoked: it stops with its next request.\n", name);
        return TK_OK;
    }
    json_put_open(out, NULL, '{');
    json_put_text(out, "deviceName", name);
    json_put_bool(out, "revoked", true);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
    return TK_OK;
}

enum tk_code command_device(struct call *call, struct tk_error *error)
{
    bool add = strcmp(call->argument, "add") == 0, list = strcmp(call->argument, "list") == 0;
    struct box_office *office;
    char name[DEVICE_SIZE];
    enum tk_code code;

    code = require(call, OPT_NAME, "name", !list, !list, "--name till-1", error);
    if (!code)
        code = require(call, OPT_ROLE, "role", add, add, "--role clerk", error);
    if (!code)
        code = require(call, OPT_ATTENDED, "attended", false, add, "", error);
    if (!code)
        code = require(call, OPT_URL, "url", false, add, "", error);
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
