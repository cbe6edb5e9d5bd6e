#include "ui/print/print.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/pass_of.h"
#include "ui/print/printer.h"

static struct receipt_format read_format(const struct settings *settings)
{
    int64_t columns = RECEIPT_COLUMNS_LEAST;

    text_parse_int(settings_text(settings, SETTING_printer_width), &columns);
    return (struct receipt_format){
        .columns = (int)columns,
        .charset = (enum receipt_charset)settings_number(settings, SETTING_printer_charset),
        .raster = settings_number(settings, SETTING_printer_qr) == 1,
        .cut = settings_number(settings, SETTING_printer_cut) != 0,
    };
}

/* Before a copy is counted: it is Booked, and its pass can be had. */
static enum tk_code check_ticket(struct box_office *office, uint64_t ticket_id,
                                 struct tk_error *error)
{
    struct ticket_view ticket;
    char pass[PASS_SIZE];
    enum tk_code code = office_ticket(office, ticket_id, &ticket, error);

    if (!code)
        code = office_check_good(office, &ticket.ticket, error);
    if (!code)
        code = pass_of(office, &ticket, pass, error);
    crypto_wipe(pass, sizeof pass);
    return code;
}

enum tk_code print_ticket(struct box_office *office, const struct settings *settings,
                          uint64_t ticket_id, struct buffer *out, int32_t *copy,
                          struct tk_error *error)
{
    struct receipt_format format = read_format(settings);
    struct ticket_view ticket;
    char pass[PASS_SIZE] = "";
    struct receipt receipt = {.ticket = &ticket,
                              .pass = pass,
                              .venue = settings_text(settings, SETTING_venue_name),
                              .zone = &office->ports.zone,
                              .training = office->keys.training};
    enum tk_code code = check_ticket(office, ticket_id, error);

    if (!code)
        code = office_print(office, ticket_id, NULL, &ticket, copy, error);
    if (code)
        return code;
    receipt.copy = *copy;
    office_pass(office, &ticket, pass);
    code = receipt_put(out, &receipt, &format, error);
    crypto_wipe(pass, sizeof pass);
    return code;
}

const char *print_where(const struct settings *settings)
{
    return settings_text(settings, SETTING_printer_where);
}

int print_timeout_ms(const struct settings *settings)
{
    return (int)settings_number(settings, SETTING_printer_timeout) * 1000;
}

enum tk_code print_check_where(const struct settings *settings, struct tk_error *error)
{
    if (!*print_where(settings))
        return tk_fail(error, TK_CONFIG,
                       "No printer is set: write where = /dev/usb/lp0 or tcp:HOST:9100 under "
                       "[printer] in the settings.");
    return printer_check(print_where(settings), error);
}

void print_tell(char *text, size_t size, const struct tk_error *error)
{
    const char *told = error->message[0] ? error->message : tk_code_sentence(error->code);

    if (strncmp(told, "The ", 4) == 0)
        snprintf(text, size, "Not printed: t%s", told + 1);
    else
        snprintf(text, size, "Not printed. %s", told);
}
