/*
 * print: a ticket from the box office onto paper, for the counter and the command line.
 *
 * Invariants
 * 1. A copy is counted first (the operation print, a commit) and printed then: what is on paper is in
 *    the journal, and a printer that fails loses nothing. Printed again the ticket says COPY n.
 */
#ifndef TK_UI_PRINT_PRINT_H
#define TK_UI_PRINT_PRINT_H

#include "core/box_office.h"
#include "ui/print/receipt.h"
#include "ui/settings.h"

/* Counts a copy of a Booked ticket and appends its receipt to `out`; *copy: which one this is. Fails
   as office_print does, and before anything is counted when the ticket has no pass. */
enum tk_code print_ticket(struct box_office *office, const struct settings *settings,
                          uint64_t ticket_id, struct buffer *out, int32_t *copy,
                          struct tk_error *error);

/* From the settings: the printer's place, "" when there is none, and the time for one ticket. */
const char *print_where(const struct settings *settings);
int print_timeout_ms(const struct settings *settings);
/* TK_CONFIG with a sentence that says what to set, when there is no printer or it is not written as one. */
enum tk_code print_check_where(const struct settings *settings, struct tk_error *error);
/* "Not printed: the printer is out of paper." from what printer_print told. */
void print_tell(char *text, size_t size, const struct tk_error *error);

#endif
