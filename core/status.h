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
    X(TK_DEVICE_KNOWN,      "device_known",        409,  1, "There is a device of this name already.")      \
    X(TK_DEVICE_NOT_FOUND,  "device_not_found",    404,  1, "There is no device of this name.")             \
    X(TK_BAD_ROLE,          "bad_role",            422,  1, "There is no such role: `ticketly admin roles` shows them.") \
    X(TK_ALREADY_ADMITTED, "already_admitted",    409,  1, "This ticket is in already.")                   \
    X(TK_WRONG_SLOT,       "wrong_slot",          409,  1, "This ticket is for another showing.")          \
    X(TK_TOO_EARLY,        "too_early",           409,  1, "Admission to this showing has not begun.")     \
    X(TK_SLOT_OVER,        "showing_over",        409,  1, "This showing has ended.")                      \
    X(TK_BAD_PASS,         "unreadable",          422,  1, "This is not a pass: scan it again, or type its 20 characters.") \
    X(TK_TRAINING_PASS,    "training_pass",       409,  1, "This pass was made for training: it admits nobody.") \
    X(TK_TICKET_ADMITTED,  "ticket_admitted",     409,  1, "This ticket was used: the door that let it in must take that back first.") \
    X(TK_NOT_ADMITTED,     "not_admitted",        409,  1, "This ticket is not in.")                       \
    X(TK_OTHER_DOOR,       "other_door",          409,  1, "Only the door that let this ticket in can take that back.") \
    X(TK_UNDO_TOO_LATE,    "undo_too_late",       409,  1, "An admission can be taken back for 15 minutes only.") \
    X(TK_BAD_GENERATION,   "bad_generation",      409,  1, "Another key was made meanwhile: look, and try again.") \
    X(TK_VOIDED,           "voided",              409,  1, "This was given up before it was done: it is not done any more.") \
    X(TK_NOT_ALLOTTED,     "not_allotted",        409,  1, "This till holds no places of its own for this showing: sell another one, or wait until the box office is back.") \
    X(TK_NUMBER_USED,      "number_used",         409,  1, "A ticket of this number was issued before, or the number is not this till's.") \
    X(TK_NOT_JOINED,       "not_joined",          409,  1, "The box office does not know this till's copy.") \
    X(TK_SAME_TILL,        "same_till",           409,  1, "Another till of this name holds places: give this one a name of its own, or write the other's places off.") \
    X(TK_DISMISSED,        "dismissed",           409,  1, "The places of this till were written off.") \
    X(TK_QUARANTINED,      "quarantined",         409,  1, "What this till sent does not follow on what it had sent before: a manager has to write its places off.") \
    X(TK_CLOCK,            "clock_set_back",      409,  1, "This till's clock was set back: put it right before tickets are sold without the box office.") \
    X(TK_DENIED,           "denied",              409,  1, "This ticket was issued by a till whose places were written off.") \
    X(TK_DISPUTE_NOT_FOUND, "dispute_not_found",  404,  1, "There is no dispute of this number.") \
    X(TK_DISPUTE_CLOSED,   "dispute_closed",      409,  1, "This dispute is closed already.") \
    X(TK_BAD_REASON,       "bad_reason",          422,  1, "Say what was done about it, in 200 bytes of text or fewer.") \
    X(TK_BAD_STAFF,        "bad_staff_number",    422,  1, "A member of staff has a number of 1 to 8 digits.") \
    X(TK_STAFF_NOT_FOUND,  "staff_not_found",     404,  1, "There is no member of staff of this number.")  \
    X(TK_STAFF_LEFT,       "staff_left",          403, 77, "This member of staff works here no more.")     \
    X(TK_NOT_PERMITTED,    "not_permitted",       403, 77, "Your role does not allow this: somebody whose role does can approve it.") \
    X(TK_NOT_APPROVED,     "not_approved",        403, 77, "The role of who approved it does not allow this either.") \
    X(TK_OWN_ROLE,         "own_role",            409,  1, "Nobody changes his own role, or takes himself off the staff: another administrator can.") \
    X(TK_BAD_PIN,          "bad_pin",             422,  1, "A PIN has 6 digits or more, a password 15 characters or more.") \
    X(TK_SALE_LIMIT,       "sale_limit",          409,  1, "That is more tickets than you may sell at once: a supervisor can approve it.") \
    X(TK_CANCEL_LIMIT,     "cancel_limit",        409,  1, "You have canceled as many tickets as a shift may have: a supervisor can approve more.") \
    X(TK_NOT_OWN_SALE,     "not_own_sale",        409,  1, "Somebody else sold this ticket: he can cancel it, or a supervisor can approve it.") \
    X(TK_REISSUE_LATE,     "reissue_late",        409,  1, "This showing has begun: a supervisor can approve that its ticket is reissued.") \
    X(TK_SHIFT_IS_OPEN,    "shift_open",          409,  1, "This shift is open already.")                  \
    X(TK_NO_SHIFT,         "no_shift",            409,  1, "No shift is open.")                            \
    X(TK_BAD_LIMIT,        "bad_limit",           422,  1, "There is no such limit, or not of this value: `ticketly admin limits` shows them.") \
    X(TK_BAD_TIER,         "bad_tier",            422,  1, "The tier is Silver, Gold or Platinum; or counted.") \
    X(TK_CUSTOMER_NOT_FOUND, "customer_not_found", 404, 1, "There is no such customer.")                   \
    X(TK_CUSTOMER_EXPECTED, "customer_expected",  409,  1, "This customer has tickets that are still good: cancel them first, or wait until they are over.") \
    X(TK_BAD_CODE,         "bad_code",            403, 77, "This code is of no use: it was used, is older than 10 minutes, or is not written like that. Ask for a new one.") \
    X(TK_SIGN_ON,          "sign_on_required",    401, 77, "Sign on first.")                               \
    X(TK_WRONG_PIN,        "sign_on_failed",      401, 77, "Number and PIN do not belong together.")       \
    X(TK_SIGN_ON_WAIT,     "sign_on_wait",        429, 75, "Too many tries: wait.")                        \
    X(TK_SIGN_ON_LOCKED,   "sign_on_locked",      403, 77, "This device is locked after too many tries: a supervisor has to sign on at it.") \
    X(TK_NO_TOKEN,          "token_required",      401, 77, "This needs a token that is good: ask for one with `ticketly admin token add`.") \
    X(TK_TOKEN_REVOKED,     "token_revoked",       401, 77, "The token of this till was revoked.")          \
    X(TK_FORBIDDEN,         "forbidden",           403, 77, "The token's role does not allow this.")        \
    X(TK_NOT_FOUND,         "not_found",           404,  1, "There is nothing at this address.")            \
    X(TK_BAD_METHOD,        "method_not_allowed",  405,  1, "This address does not know this method.")      \
    X(TK_KEY_MISSING,       "idempotency_key_missing", 400, 1, "A change needs an Idempotency-Key, so that it is never made twice.") \
    X(TK_KEY_RUNNING,       "still_running",       409,  1, "The first request with this Idempotency-Key is still at work: wait and ask again.") \
    X(TK_BAD_REQUEST,       "bad_request",         400,  1, "The request is not well-formed.")              \
    X(TK_BODY_TOO_LARGE,    "body_too_large",      413,  1, "The request is too large.")                    \
    X(TK_URI_TOO_LONG,      "uri_too_long",        414,  1, "The address of the request is too long.")      \
    X(TK_BAD_MEDIA_TYPE,    "bad_media_type",      415,  1, "The body must be application/json.")           \
    X(TK_RATE_LIMITED,      "rate_limited",        429, 75, "Too many requests: wait a moment.")            \
    X(TK_HEADERS_TOO_LARGE, "headers_too_large",   431,  1, "The head of the request is too large.")        \
    X(TK_NOT_IMPLEMENTED,   "not_implemented",     501,  1, "This transfer coding is not understood.")      \
    X(TK_OVERLOADED,        "overloaded",          503, 75, "The box office has too much to do just now: try again in a moment.") \
    X(TK_DRAINING,          "draining",            503, 75, "This service is about to stop: ask another one.") \
    X(TK_NOT_VERIFIED,      "not_verified",        409,  1, "The box office does not add up.")              \
    /* usage */                                                                                             \
    X(TK_USAGE,             "usage",               400,  2, "The command is not written like that.")        \
    /* failures: nothing is wrong with what was asked */                                                    \
    X(TK_BAD_DATA,          "bad_data",            422, 65, "The file is not as it should be.")             \
    X(TK_NO_INPUT,          "no_input",            404, 66, "The file cannot be read.")                     \
    X(TK_UNAVAILABLE,       "unavailable",         503, 69, "The box office cannot be reached.")            \
    X(TK_NEEDS_CENTRE,      "needs_centre",        503, 69, "The box office is away: this has to wait until it is back.") \
    X(TK_INTERNAL,          "internal",            500, 70, "Something is wrong inside this program.")      \
    X(TK_NO_MEMORY,         "no_memory",           503, 71, "There is no memory left.")                     \
    X(TK_CANNOT_CREATE,     "cannot_create",       500, 73, "The file cannot be written.")                  \
    X(TK_IO,                "io_error",            503, 74, "Reading or writing the disk failed.")          \
    X(TK_PRINTER,           "printer",             503, 74, "The printer does not take the ticket.")        \
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
/* Whether whoever asked was not let in: without a good token, or with one that was revoked. */
int tk_code_is_shut_out(enum tk_code code);

#endif
