/*
 * status: the one list of results, refusals and failures.
 *
 * Each line gives the code, the short name used on every wire, the HTTP status, the process exit
 * status (1 = refused, 2 = usage, others as in sysexits.h) and a sentence for the clerk.
 */
#ifndef TK_CORE_STATUS_H
#define TK_CORE_STATUS_H

/* clang-format off */
#define TK_STATUS_TABLE(X)                                                                                  \
    X(TK_OK,                "ok",                  200,  0, "Done.")                                        \
    /* refusals: the rules said no, nothing changed */                                                      \
    X(TK_SOLD_OUT,          "sold_out",            409,  1, "This showing is sold out.")                    \
    X(TK_NOT_ENOUGH_PLACES, "not_enough_places",   409,  1, "There are not that many places left.")         \
    X(TK_SELLING_CLOSED,    "selling_closed",      409,  1, "Selling for this showing has closed.")         \
    X(TK_SLOT_EXPIRED,      "slot_expired",        409,  1, "This showing is over.")                        \
    X(TK_SLOT_NOT_FOUND,    "slot_not_found",      404,  1, "There is no such showing.")                    \
    X(TK_TICKET_NOT_FOUND,  "ticket_not_found",    404,  1, "There is no ticket with this number.")         \
    X(TK_NOT_GENUINE,       "not_genuine",         409,  1, "This pass is not genuine.")                    \
    X(TK_NO_CUSTOMER,       "no_customer",         404,  1, "This is a walk-up sale: it has no customer.")  \
    X(TK_TICKET_CANCELED,   "ticket_canceled",     409,  1, "This ticket is already canceled.")             \
    X(TK_TICKET_REPLACED,   "ticket_replaced",     409,  1, "This ticket was replaced by another one.")     \
    X(TK_TICKET_EXPIRED,    "ticket_expired",      409,  1, "This ticket has expired.")                     \
    X(TK_TICKET_ARCHIVED,   "ticket_archived",     409,  1, "This ticket is archived.")                     \
    X(TK_NOT_DUE,           "not_due",             409,  1, "There is nothing to do for this showing yet.") \
    X(TK_BAD_COUNT,         "bad_count",           422,  1, "A sale is 1 ticket or more, up to a whole house.")    \
    X(TK_BAD_CAPACITY,      "bad_capacity",        422,  1, "The capacity is 1 to 100000 places.")          \
    X(TK_BAD_TIME,          "bad_time",            422,  1, "This is not a time: write 2026-11-22 19:45.")  \
    X(TK_TIME_SKIPPED,      "time_skipped",        422,  1, "This time does not exist: the clocks go forward then.") \
    X(TK_TIME_REPEATED,     "time_repeated",       422,  1, "This time comes twice: add the offset, such as +01:00.") \
    X(TK_END_BEFORE_START,  "end_before_start",    422,  1, "The end must be after the start; after midnight write the next day's date.")             \
    X(TK_TOO_LONG,          "too_long",            422,  1, "A showing lasts 7 days at most.")              \
    X(TK_BAD_TYPE,          "bad_type",            422,  1, "The type is Movie, Documentary or Concert.")   \
    X(TK_BAD_GENRE,         "bad_genre",           422,  1, "There is no such genre.")                      \
    X(TK_BAD_NAME,          "bad_name",            422,  1, "The name is missing, too long or not text.")   \
    X(TK_BAD_TEXT,          "bad_text",            422,  1, "This text is too long or not text.")           \
    X(TK_BAD_PHONE,         "bad_phone",           422,  1, "A phone number has 3 to 15 digits, with a + in front if you like.") \
    X(TK_HALF_CUSTOMER,     "half_customer",       422,  1, "Give both a name and a phone number, or neither.") \
    X(TK_BAD_ID,            "bad_id",              422,  1, "This is not a ticket, showing or customer number.") \
    X(TK_BAD_STATUS,        "bad_status",          422,  1, "The status is Booked, Expired, Canceled or Archived.") \
    X(TK_BAD_OPERATION,     "bad_operation",       422,  1, "This operation cannot be read.")               \
    X(TK_ID_REUSED,         "operation_id_reused", 422,  1, "This operation number was used for something else.") \
    X(TK_NOT_VERIFIED,      "not_verified",        409,  1, "The box office does not add up.")              \
    /* usage */                                                                                             \
    X(TK_USAGE,             "usage",               400,  2, "The command is not written like that.")        \
    /* failures: nothing is wrong with what was asked */                                                    \
    X(TK_BAD_DATA,          "bad_data",            422, 65, "The file is not as it should be.")             \
    X(TK_NO_INPUT,          "no_input",            404, 66, "The file cannot be read.")                     \
    X(TK_UNAVAILABLE,       "unavailable",         503, 69, "The box office cannot be reached.")            \
    X(TK_INTERNAL,          "internal",            500, 70, "Something is wrong inside this program.")      \
    X(TK_NO_MEMORY,         "no_memory",           503, 71, "There is no memory left.")                     \
    X(TK_CANNOT_CREATE,     "cannot_create",       500, 73, "The file cannot be written.")                  \
    X(TK_IO,                "io_error",            503, 74, "Reading or writing the disk failed.")          \
    X(TK_DISK_FULL,         "disk_full",           507, 74, "The disk is full.")                            \
    X(TK_UNKNOWN,           "unknown_outcome",     503, 75, "It is not known whether this was done: look before you try again.") \
    X(TK_BUSY,              "busy",                503, 75, "The box office file is in use by another program.") \
    X(TK_INTERRUPTED,       "interrupted",         503, 75, "This was stopped before it was done.")         \
    X(TK_READ_ONLY,         "read_only",           503, 77, "The box office file is read-only.")            \
    X(TK_CONFIG,            "config",              500, 78, "The settings are not right.")                  \
    X(TK_NEWER_VERSION,     "newer_version",       500, 78, "The box office file is of a newer version of this program.") \
    X(TK_NOT_A_STORE,       "not_a_store",         500, 65, "This file is not a box office.")               \
    X(TK_CORRUPT,           "corrupt",             500, 65, "The box office file is damaged.")
/* clang-format on */

enum tk_code {
#define X(code, name, http, exit, sentence) code,
    TK_STATUS_TABLE(X)
#undef X
        TK_CODE_COUNT
};

/* The short name of a code ("sold_out"); static, never NULL. */
const char *tk_code_name(enum tk_code code);
/* A sentence for the clerk; static, never NULL. */
const char *tk_code_sentence(enum tk_code code);
int tk_code_http(enum tk_code code);
int tk_code_exit(enum tk_code code);
/* The code of a short name; TK_CODE_COUNT when there is none. */
enum tk_code tk_code_parse(const char *name);
/* Whether the rules refused (nothing changed and nothing is broken). */
int tk_code_is_refusal(enum tk_code code);

#endif
