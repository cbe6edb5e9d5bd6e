/*
 * wire: things as records of named fields, for every wire and file.
 *
 * One table of columns per kind (wire.c) gives the field names, their order and their types. From
 * a record follow a JSON object, a line of CSV and its header, and JSON lines; so the names are
 * the same wherever a slot, a ticket, a customer or a journal entry leaves the program.
 *
 * Times are RFC 3339 with the venue's offset (one that no calendar has is a number of UTC µs). What is not there is null in JSON and empty in CSV.
 * CSV is RFC 4180 with a newline for CRLF. A text that a spreadsheet would take for a formula (it
 * begins with = + - @ TAB or CR, or one of the first four in full width, and is not just a
 * number such as a phone's) gets a ' in front.
 */
#ifndef TK_CORE_WIRE_H
#define TK_CORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/admission.h"
#include "core/box_office.h"
#include "core/buffer.h"
#include "core/json.h"

#define WIRE_FIELDS_MAX 24
#define WIRE_TEXT_SIZE 80
#define WIRE_JSON_MAX (256u << 10) /* bytes of a journal entry's body or outcome */

/* WIRE_ABSENT: as null, but JSON leaves it out always. */
enum wire_type { WIRE_NULL, WIRE_NUMBER, WIRE_TEXT, WIRE_JSON, WIRE_ABSENT };

struct wire_field {
    const char *name;
    enum wire_type type;
    int64_t number;
    const char *text;           /* borrowed from the thing itself; NULL: it stands in `own` */
    char own[WIRE_TEXT_SIZE];   /* ids, times, passes, hashes */
};

struct wire_record {
    struct wire_field fields[WIRE_FIELDS_MAX];
    size_t count;
};

/* Fill a record, which borrows the texts of the thing. */
void wire_slot(struct wire_record *record, const struct slot *slot, const struct time_zone *zone);
/* `pass` is the ticket's pass, "" for none (null), or NULL to leave the field out. Who sold it is for those
   who see customers: seller is 0 for all others. */
void wire_ticket(struct wire_record *record, const struct ticket_view *view, const char *pass,
                 const struct time_zone *zone);
void wire_customer(struct wire_record *record, const struct customer *customer,
                   const struct time_zone *zone);
void wire_journal_entry(struct wire_record *record, const struct journal_entry *entry,
                        const struct time_zone *zone);
/* whole: with what a program that shows it to a person gets besides. */
void wire_admission(struct wire_record *record, const struct admission *admission, bool whole,
                    const struct time_zone *zone);
/* Without the hash of its token, which is nobody's business. */
void wire_device(struct wire_record *record, const struct device *device,
                 const struct time_zone *zone);
void wire_allotment(struct wire_record *record, const struct allotment *allotment,
                    const struct time_zone *zone);
void wire_block(struct wire_record *record, const struct number_block *block,
                const struct time_zone *zone);
/* A record of the house (core/record); a value that is gone is null. Verifiers of staff are the caller's to
   take out (staff_blank). */
void wire_keyed(struct wire_record *record, const struct record *keyed,
                const struct time_zone *zone);
void wire_tally(struct wire_record *record, const struct tally *tally,
                const struct time_zone *zone);
/* Its message is the sentence of its code. */
void wire_dispute(struct wire_record *record, const struct dispute *dispute,
                  const struct time_zone *zone);

/*
 * Read a thing back from a record's JSON object: all that the record holds, whatever else stands
 * there. TK_BAD_DATA with a sentence that names the member that is missing or wrong, TK_NO_MEMORY.
 * A member that may be null may be missing.
 */
enum tk_code wire_read_slot(const struct json *object, struct slot *slot, struct tk_error *error);
/* Of slot and customer the id and what a ticket's record has of them. */
enum tk_code wire_read_ticket(const struct json *object, struct ticket_view *view,
                              struct tk_error *error);
enum tk_code wire_read_customer(const struct json *object, struct customer *customer,
                                struct tk_error *error);
/* The entry owns its body and outcome (journal_list_release). */
enum tk_code wire_read_journal_entry(const struct json *object, struct journal_entry *entry,
                                     struct tk_error *error);
/* What a whole record holds. */
enum tk_code wire_read_admission(const struct json *object, struct admission *admission,
                                 struct tk_error *error);
enum tk_code wire_read_device(const struct json *object, struct device *device,
                              struct tk_error *error);
enum tk_code wire_read_allotment(const struct json *object, struct allotment *allotment,
                                 struct tk_error *error);
enum tk_code wire_read_block(const struct json *object, struct number_block *block,
                             struct tk_error *error);
enum tk_code wire_read_keyed(const struct json *object, struct record *keyed,
                             struct tk_error *error);
enum tk_code wire_read_tally(const struct json *object, struct tally *tally,
                             struct tk_error *error);
enum tk_code wire_read_dispute(const struct json *object, struct dispute *dispute,
                               struct tk_error *error);

/* Whether a text gets a ' in front in CSV. A text that begins with ' and for which this holds is
   guarded: taking the ' away gives back what there was. */
bool wire_is_formula(const char *text);

/* Appends the record as one JSON object; `name` may be NULL. */
void wire_put_json(struct buffer *out, const char *name, const struct wire_record *record);
/* The same without what is null, as it may be read back too: where there are many. */
void wire_put_json_short(struct buffer *out, const char *name, const struct wire_record *record);
/* Appends one line of CSV with its newline. */
void wire_put_csv(struct buffer *out, const struct wire_record *record);
/* Appends the line of names; the record may be of an empty thing. */
void wire_put_csv_header(struct buffer *out, const struct wire_record *record);

#endif
