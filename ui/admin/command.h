/*
 * command: the headless commands as one table.
 *
 * From the table (commands.c) follow the parsing of the command line, every --help, the man page,
 * the completion of bash and the README's list. A command's function gets a call: the options as
 * they were typed, the box office when it asks for it, and an output for data. It returns a code;
 * sentences go out through the error and are printed by admin_run alone.
 *
 * stdout is data, stderr is messages. Nothing asks back, but for expire, keys rotate and allotment
 * write-off at a terminal.
 */
#ifndef TK_UI_ADMIN_COMMAND_H
#define TK_UI_ADMIN_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/admin/output.h"
#include "ui/session.h"

/* The commands look options up by these. */
enum option_id {
    OPT_JSON,
    OPT_HELP,
    OPT_AFTER,
    OPT_ALL,
    OPT_APPROVED_BY,
    OPT_AT,
    OPT_ATTENDED,
    OPT_BEFORE,
    OPT_CAPACITY,
    OPT_COUNT,
    OPT_DESCRIPTION,
    OPT_DRY_RUN,
    OPT_END,
    OPT_FORM,
    OPT_FORMAT,
    OPT_FROM,
    OPT_GENRE,
    OPT_HEAD,
    OPT_KEY,
    OPT_KIND,
    OPT_LIMIT,
    OPT_MOVIE,
    OPT_NAME,
    OPT_OLDER_THAN,
    OPT_NEW_KEY,
    OPT_NUMBER,
    OPT_OPEN,
    OPT_OUTPUT,
    OPT_PASSWORD,
    OPT_PERSON,
    OPT_PHONE,
    OPT_PLOT,
    OPT_PRINTER,
    OPT_REASON,
    OPT_RESTORED,
    OPT_ROLE,
    OPT_SCREEN,
    OPT_SECRET_FILE,
    OPT_SLOT,
    OPT_START,
    OPT_STATUS,
    OPT_TICKET,
    OPT_TIER,
    OPT_TILL,
    OPT_TO,
    OPT_TYPE,
    OPT_URL,
    OPT_VALUE,
    OPT_YES,
    OPT_ID_COUNT
};

enum option_type {
    OPTION_FLAG,   /* takes no value */
    OPTION_TEXT,   /* any text; the rules look at it */
    OPTION_WHOLE,  /* a whole number; the rules look at its range */
    OPTION_AMOUNT, /* a whole number of 0 or more */
    OPTION_TIME,
    OPTION_FILE,
    OPTION_CHOICE  /* one of `choices` */
};

struct option {
    enum option_id id;
    const char *name;
    const char *metavar; /* NULL for a flag */
    const char *help;
    enum option_type type;
    bool required;
    const char *choices; /* "csv|jsonl"; NULL */
};

struct call;

struct command {
    const char *name;     /* one word, or two: "dispute close" */
    const char *summary;  /* without full stop */
    const char *argument; /* metavar of the one argument; NULL: takes none */
    const char *argument_help;
    const char *argument_choices; /* "slots|tickets"; NULL: any */
    const struct option *options; /* ends with a NULL name; besides --json and --help */
    const char *prints;           /* what goes to stdout with --json */
    bool changes;                 /* the box office, so that a lost answer is told */
    bool hidden;
    bool always;              /* works with settings that are not right, too */
    enum tk_code (*run)(struct call *call, struct tk_error *error);
};

/* Ends with a NULL name. */
extern const struct command commands[];
/* --json and --help. */
extern const struct option common_options[];

struct call {
    const struct command *command;
    struct session *session;
    const struct tk_error *problem; /* why the session is not set up; NULL: it is */
    const char *argument;
    const char *values[OPT_ID_COUNT]; /* as typed, "" for a flag; NULL when not given */
    bool json;
    struct output out;
};

const struct command *command_find(const char *name);
/* The command that the first words mean, and how many of them are its name; NULL for none. */
const struct command *command_find_words(int argc, char **argv, int *words);
const struct option *command_option(const struct command *command, const char *name);

/* Parses what stands after the command's name. TK_USAGE with a sentence. */
enum tk_code call_parse(struct call *call, int argc, char **argv, struct tk_error *error);

/* The box office of the session, in the name of whoever signed on (permit.h); tells on stderr when its file had
   to be made. */
enum tk_code call_office(struct call *call, struct box_office **office, struct tk_error *error);
/* An option of type WHOLE or AMOUNT; `otherwise` when not given. */
int64_t call_number(const struct call *call, enum option_id id, int64_t otherwise);
/* Copies an option's text, cleaned; "" when not given. Fails with `refusal` and a sentence that
   names `what` and the size. */
enum tk_code call_text(const struct call *call, enum option_id id, char *text, size_t size,
                       enum tk_code refusal, const char *what, struct tk_error *error);
/* Reads a time in the venue's zone; leaves *moment alone when not given. */
enum tk_code call_time(const struct call *call, enum option_id id, const struct box_office *office,
                       int64_t *moment, struct tk_error *error);
/* The same; a date alone is its beginning. */
enum tk_code call_day(const struct call *call, enum option_id id, const struct box_office *office,
                      int64_t *moment, struct tk_error *error);
/* --slot, or --movie with --start. */
enum tk_code call_slot_ref(const struct call *call, const struct box_office *office,
                           struct slot_ref *ref, struct tk_error *error);

/* What the commands print, as JSON or as text; show.c. */
void show_slot(struct call *call, const struct box_office *office, const struct slot *slot);
void show_ticket(struct call *call, const struct box_office *office,
                 const struct ticket_view *view);
void show_customer(struct call *call, const struct box_office *office,
                   const struct customer *customer);
void show_upkeep(struct call *call, const struct upkeep_result *result, const char *verb);
/* Appends a ticket as JSON, with its pass. */
void put_ticket(struct buffer *out, const char *name, const struct box_office *office,
                const struct ticket_view *view);

/* A few things as an array of objects, each put by `put`, or as a table of these heads, to which `add` adds
   the cells of each; `empty`: the sentence when there is none. `context` is theirs. */
struct rows {
    const char *const *heads;
    void (*put)(struct buffer *out, const void *context, size_t at);
    void (*add)(struct table *table, const void *context, size_t at);
    const void *context;
    size_t count;
    const char *empty;
};
void show_rows(struct call *call, const struct rows *rows);
/* Reads --slot; 0 when it was not given. */
enum tk_code call_slot_id(const struct call *call, int64_t *id, struct tk_error *error);

/* A list, written page by page: an array or a table. Ending it without a page writes an empty
   array, or the sentence. */
struct listing {
    struct call *call;
    const struct box_office *office;
    struct table table;
    bool began;
    size_t count;
};

enum listing_kind { LIST_SLOTS, LIST_TICKETS };

void listing_init(struct listing *listing, struct call *call, const struct box_office *office,
                  enum listing_kind kind);
/* These write a page; false when nobody reads any more. */
bool listing_add_slots(struct listing *listing, const struct slot_list *page);
bool listing_add_tickets(struct listing *listing, const struct ticket_view_list *page);
/* `failed`: nothing more is written. Releases the listing. */
void listing_end(struct listing *listing, bool failed, const char *when_empty);

/* The functions of the table, one file per group. */
enum tk_code command_schedule(struct call *call, struct tk_error *error);
enum tk_code command_slots(struct call *call, struct tk_error *error);
enum tk_code command_book(struct call *call, struct tk_error *error);
enum tk_code command_reissue(struct call *call, struct tk_error *error);
enum tk_code command_cancel(struct call *call, struct tk_error *error);
enum tk_code command_tickets(struct call *call, struct tk_error *error);
enum tk_code command_ticket(struct call *call, struct tk_error *error);
enum tk_code command_customer(struct call *call, struct tk_error *error);
enum tk_code command_customer_show(struct call *call, struct tk_error *error);
enum tk_code command_customer_history(struct call *call, struct tk_error *error);
enum tk_code command_customer_export(struct call *call, struct tk_error *error);
enum tk_code command_customer_erase(struct call *call, struct tk_error *error);
enum tk_code command_customer_tier(struct call *call, struct tk_error *error);
enum tk_code command_report(struct call *call, struct tk_error *error);
enum tk_code command_find_text(struct call *call, struct tk_error *error);
enum tk_code command_expire(struct call *call, struct tk_error *error);
enum tk_code command_archive(struct call *call, struct tk_error *error);
enum tk_code command_qr(struct call *call, struct tk_error *error);
enum tk_code command_print(struct call *call, struct tk_error *error);
enum tk_code command_import(struct call *call, struct tk_error *error);
enum tk_code command_export(struct call *call, struct tk_error *error);
enum tk_code command_token(struct call *call, struct tk_error *error);
enum tk_code command_keys(struct call *call, struct tk_error *error);
enum tk_code command_staff(struct call *call, struct tk_error *error);
enum tk_code command_pin(struct call *call, struct tk_error *error);
enum tk_code command_sign_on(struct call *call, struct tk_error *error);
enum tk_code command_sign_off(struct call *call, struct tk_error *error);
enum tk_code command_roles(struct call *call, struct tk_error *error);
enum tk_code command_limits(struct call *call, struct tk_error *error);
enum tk_code command_set_limit(struct call *call, struct tk_error *error);
enum tk_code command_device(struct call *call, struct tk_error *error);
enum tk_code command_sync(struct call *call, struct tk_error *error);
enum tk_code command_allotments(struct call *call, struct tk_error *error);
enum tk_code command_write_off(struct call *call, struct tk_error *error);
enum tk_code command_disputes(struct call *call, struct tk_error *error);
enum tk_code command_close_dispute(struct call *call, struct tk_error *error);
enum tk_code command_journal(struct call *call, struct tk_error *error);
enum tk_code command_journal_verify(struct call *call, struct tk_error *error);
enum tk_code command_backup(struct call *call, struct tk_error *error);
enum tk_code command_migrate(struct call *call, struct tk_error *error);
enum tk_code command_copy(struct call *call, struct tk_error *error);
enum tk_code command_verify(struct call *call, struct tk_error *error);
enum tk_code command_doctor(struct call *call, struct tk_error *error);
enum tk_code command_config(struct call *call, struct tk_error *error);
enum tk_code command_docs(struct call *call, struct tk_error *error);

/* Whether the program shows UTF-8. */
bool locale_is_utf8(void);

/* help.c */
void help_overall(struct buffer *out);
void help_command(struct buffer *out, const struct command *command);
/* "book (--slot ID | --movie NAME --start TIME) --count N …" */
void help_synopsis(struct buffer *out, const struct command *command);

#endif
