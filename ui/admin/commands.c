/* commands: the table from which parsing, help, man page, completion and README follow. */
#include "core/role.h"
#include "ui/admin/command.h"

#define END {.name = NULL}
#define TICKET_HELP "the ticket's number, or its pass"

/* clang-format off */
#define SLOT_REF \
    {OPT_SLOT, "slot", "ID", "the showing, by its number", OPTION_TEXT, false, NULL}, \
    {OPT_MOVIE, "movie", "NAME", "the showing, by its name …", OPTION_TEXT, false, NULL}, \
    {OPT_START, "start", "TIME", "… and its start", OPTION_TIME, false, NULL}
#define OUTPUT_FILE \
    {OPT_OUTPUT, "output", "FILE", "write to this file, not to standard output", OPTION_FILE, false, NULL}

#define APPROVED \
    {OPT_APPROVED_BY, "approved-by", "NUMBER", "a supervisor who approves what you may not, whose PIN is asked for", OPTION_TEXT, false, NULL}, \
    {OPT_SECRET_FILE, "secret-file", "FILE", "read that PIN from this file, which nobody else can read, or from standard input for -", OPTION_FILE, false, NULL}

const struct option common_options[] = {
    {OPT_JSON, "json", NULL, "print JSON; a refusal too", OPTION_FLAG, false, NULL},
    {OPT_HELP, "help", NULL, "print this help", OPTION_FLAG, false, NULL},
    END,
};

static const struct option schedule_options[] = {
    {OPT_NAME, "name", "NAME", "the film's, documentary's or concert's name", OPTION_TEXT, true, NULL},
    {OPT_DESCRIPTION, "description", "TEXT", "a line or two about it", OPTION_TEXT, true, NULL},
    {OPT_START, "start", "TIME", "when it begins", OPTION_TIME, true, NULL},
    {OPT_END, "end", "TIME", "when it is over", OPTION_TIME, true, NULL},
    {OPT_TYPE, "type", "TYPE", "Movie, Documentary or Concert", OPTION_TEXT, true, NULL},
    {OPT_GENRE, "genre", "GENRE", "one of the genres", OPTION_TEXT, true, NULL},
    {OPT_CAPACITY, "capacity", "N", "places in all; 20 unless said", OPTION_WHOLE, false, NULL},
    {OPT_SCREEN, "screen", "TEXT", "where in the house", OPTION_TEXT, false, NULL},
    END,
};

static const struct option slots_options[] = {
    {OPT_GENRE, "genre", "GENRE", "only of this genre", OPTION_TEXT, false, NULL},
    {OPT_TYPE, "type", "TYPE", "only of this type", OPTION_TEXT, false, NULL},
    {OPT_NAME, "name", "TEXT", "only with this in the name", OPTION_TEXT, false, NULL},
    {OPT_AFTER, "after", "TIME", "starting then or later; a date alone is its midnight", OPTION_TIME, false, NULL},
    {OPT_BEFORE, "before", "TIME", "starting before then; a date alone is its midnight", OPTION_TIME, false, NULL},
    {OPT_OPEN, "open", NULL, "only what can be sold now", OPTION_FLAG, false, NULL},
    {OPT_LIMIT, "limit", "N", "so many at most; all unless said", OPTION_AMOUNT, false, NULL},
    END,
};

static const struct option book_options[] = {
    SLOT_REF,
    {OPT_COUNT, "count", "N", "how many tickets; all of them or none are sold", OPTION_WHOLE, true, NULL},
    {OPT_NAME, "name", "NAME", "the customer's name; without name and phone it is a walk-up", OPTION_TEXT, false, NULL},
    {OPT_PHONE, "phone", "PHONE", "the customer's phone number", OPTION_TEXT, false, NULL},
    APPROVED,
    END,
};

static const struct option reissue_options[] = {SLOT_REF, APPROVED, END};

static const struct option cancel_options[] = {APPROVED, END};

static const struct option tickets_options[] = {
    SLOT_REF,
    {OPT_STATUS, "status", "STATUS", "only Booked, Expired, Canceled or Archived ones", OPTION_TEXT, false, NULL},
    END,
};

static const struct option customer_options[] = {
    {OPT_TICKET, "ticket", "TICKET", TICKET_HELP, OPTION_TEXT, true, NULL},
    END,
};

#define CUSTOMER_HELP "the customer's number, the end of the phone number, words of the name, or a ticket"

static const struct option customer_export_options[] = {OUTPUT_FILE, END};

static const struct option customer_erase_options[] = {
    {OPT_REASON, "reason", "TEXT", "why", OPTION_TEXT, true, NULL},
    {OPT_YES, "yes", NULL, "go on without asking; without a terminal (or with --json) it has to be said", OPTION_FLAG, false, NULL},
    END,
};

static const struct option customer_tier_options[] = {
    {OPT_TIER, "tier", "TIER", "Silver, Gold or Platinum; or counted, for what the tickets used in a year say", OPTION_CHOICE, true, "Silver|Gold|Platinum|counted"},
    {OPT_REASON, "reason", "TEXT", "why", OPTION_TEXT, true, NULL},
    END,
};

static const struct option report_options[] = {
    {OPT_FROM, "from", "TIME", "what happened then or later; a date alone is its midnight; unless said today's, for week the last 7 days", OPTION_TIME, false, NULL},
    {OPT_TO, "to", "TIME", "what happened before then; a date alone is its midnight", OPTION_TIME, false, NULL},
    {OPT_SLOT, "slot", "ID", "just this showing (slot)", OPTION_TEXT, false, NULL},
    {OPT_PLOT, "plot", "FILE", "draw it into this file, too: .svg; or .csv or .json for its numbers", OPTION_FILE, false, NULL},
    {OPT_FORMAT, "format", "FORMAT", "text with bars, csv or json; unless said text, and with --json json on standard output", OPTION_CHOICE, false, "text|csv|json"},
    OUTPUT_FILE,
    END,
};

static const struct option find_options[] = {
    {OPT_LIMIT, "limit", "N", "so many at most; 100 unless said", OPTION_AMOUNT, false, NULL},
    END,
};

static const struct option expire_options[] = {
    {OPT_AT, "at", "TIME", "as of this time, not now; what is not over by now is closed for good: at a terminal it asks first, without one (or with --json) it goes on and says how many", OPTION_TIME, false, NULL},
    END,
};

static const struct option archive_options[] = {
    {OPT_OLDER_THAN, "older-than", "DAYS", "expired or canceled so long ago; as set under upkeep unless said", OPTION_AMOUNT, false, NULL},
    END,
};

static const struct option qr_options[] = {
    {OPT_FORM, "form", "FORM", "how it is drawn: auto, wide, half, ascii, png or svg; unless said as the file's ending has it, .png or .svg", OPTION_CHOICE, false, "auto|wide|half|ascii|png|svg"},
    OUTPUT_FILE,
    END,
};

static const struct option print_options[] = {
    {OPT_PRINTER, "printer", "WHERE", "this printer, not the one that is set: /dev/usb/lp0, tcp:HOST:9100 or file:PATH", OPTION_TEXT, false, NULL},
    {OPT_OUTPUT, "output", "FILE", "write the printer's bytes to this file, or to standard output for -, and print nothing", OPTION_FILE, false, NULL},
    END,
};

static const struct option import_options[] = {
    {OPT_DRY_RUN, "dry-run", NULL, "check the file, count what is new and what is known, and change nothing", OPTION_FLAG, false, NULL},
    END,
};

static const struct option export_options[] = {
    {OPT_FORMAT, "format", "FORMAT", "csv, or jsonl for one JSON object a line; unless said csv, and with --json jsonl on standard output", OPTION_CHOICE, false, "csv|jsonl"},
    OUTPUT_FILE,
    END,
};

#define ROLE_WORD(role, name, help) " " name
#define DEVICE_ROLES ROLE_TABLE(ROLE_WORD)

static const struct option token_options[] = {
    {OPT_NAME, "name", "NAME", "the device: a till, a door or a program (add, revoke)", OPTION_TEXT, false, NULL},
    {OPT_ROLE, "role", "ROLE", "what it may do (add), one of" DEVICE_ROLES, OPTION_TEXT, false, NULL},
    END,
};

#define SECRET_FILE \
    {OPT_SECRET_FILE, "secret-file", "FILE", "read it from this file, which nobody else can read, or from standard input for -; without it the terminal is asked", OPTION_FILE, false, NULL}

static const struct option staff_options[] = {
    {OPT_NUMBER, "number", "N", "the member's number, of 1 to 8 digits; one person's for good (all but list)", OPTION_TEXT, false, NULL},
    {OPT_NAME, "name", "NAME", "the member's name (add, change)", OPTION_TEXT, false, NULL},
    {OPT_ROLE, "role", "ROLE", "usher, clerk, supervisor, manager, admin or auditor (add, change)", OPTION_TEXT, false, NULL},
    {OPT_SECRET_FILE, "secret-file", "FILE", "read the PIN from this file, which nobody else can read, or from standard input for -; without it the terminal is asked (add, rescue)", OPTION_FILE, false, NULL},
    END,
};

static const struct option pin_options[] = {
    {OPT_PASSWORD, "password", NULL, "the password, of 15 characters or more, for where there is no enrolled device", OPTION_FLAG, false, NULL},
    SECRET_FILE,
    END,
};

static const struct option sign_on_options[] = {SECRET_FILE, END};

static const struct option limit_options[] = {
    {OPT_VALUE, "value", "N", "what it is from now on", OPTION_WHOLE, true, NULL},
    END,
};

static const struct option device_options[] = {
    {OPT_NAME, "name", "NAME", "the device: a till or a door (add, revoke)", OPTION_TEXT, false, NULL},
    {OPT_ROLE, "role", "ROLE", "what may be done at it at most (add), one of" DEVICE_ROLES, OPTION_TEXT, false, NULL},
    {OPT_ATTENDED, "attended", NULL, "people sign on at it: by itself it does nothing that a person does (add)", OPTION_FLAG, false, NULL},
    {OPT_URL, "url", "URL", "where it reaches the service; as service.listen has it unless said (add)", OPTION_TEXT, false, NULL},
    END,
};

static const struct option allotments_options[] = {
    {OPT_SLOT, "slot", "ID", "only of this showing", OPTION_TEXT, false, NULL},
    {OPT_TILL, "till", "NAME", "only of this till", OPTION_TEXT, false, NULL},
    {OPT_ALL, "all", NULL, "those of which nothing is held any more, too", OPTION_FLAG, false, NULL},
    END,
};

static const struct option write_off_options[] = {
    {OPT_SLOT, "slot", "ID", "only what it holds of this showing; its tickets stay good at the doors then", OPTION_TEXT, false, NULL},
    {OPT_YES, "yes", NULL, "go on without asking; without a terminal (or with --json) it has to be said", OPTION_FLAG, false, NULL},
    END,
};

static const struct option disputes_options[] = {
    {OPT_ALL, "all", NULL, "closed ones, too", OPTION_FLAG, false, NULL},
    END,
};

static const struct option close_options[] = {
    {OPT_REASON, "reason", "TEXT", "what was done about it", OPTION_TEXT, true, NULL},
    END,
};

static const struct option journal_options[] = {
    {OPT_PERSON, "person", "PERSON", "only what this member of staff did or approved, by number or name; or whoever has this name", OPTION_TEXT, false, NULL},
    {OPT_TILL, "till", "NAME", "only what was done at this device", OPTION_TEXT, false, NULL},
    {OPT_TICKET, "ticket", "TICKET", "only what is about this ticket: its sale, too, and what it replaced or was replaced by", OPTION_TEXT, false, NULL},
    {OPT_KIND, "kind", "KIND", "only entries of this kind: book, cancel, reissue, admit, shift-close …", OPTION_TEXT, false, NULL},
    {OPT_FROM, "from", "TIME", "what was done then or later; a date alone is its midnight", OPTION_TIME, false, NULL},
    {OPT_TO, "to", "TIME", "what was done before then; a date alone is its midnight", OPTION_TIME, false, NULL},
    {OPT_LIMIT, "limit", "N", "the first of them, so many at most; all unless said", OPTION_AMOUNT, false, NULL},
    END,
};

static const struct option journal_verify_options[] = {
    {OPT_HEAD, "head", "HEAD", "a head that was noted, as a shift report has it (ENTRIES:HEX): the journal must have had it", OPTION_TEXT, false, NULL},
    {OPT_KEY, "key", "HEX", "the public key of the house, as journal verify tells it; for where the key file is not", OPTION_TEXT, false, NULL},
    END,
};

static const struct option migrate_options[] = {
    {OPT_RESTORED, "restored", NULL, "the database was put back from a backup, after which others may have sold: begin a new era, with numbers far above", OPTION_FLAG, false, NULL},
    {OPT_NEW_KEY, "new-key", NULL, "make a new site key when the old one is lost on all nodes; older passes become void", OPTION_FLAG, false, NULL},
    END,
};

static const struct option copy_options[] = {
    {OPT_FROM, "from", "STORE", "the box office: a file, or postgresql://…; stop its tills and nodes first, or what is sold meanwhile would be missing, and sell at one of the two only afterwards", OPTION_FILE, true, NULL},
    {OPT_TO, "to", "STORE", "where the copy goes: a file that is not there yet, or an empty database", OPTION_FILE, true, NULL},
    END,
};

const struct command commands[] = {
    {"schedule", "put a showing into the programme", NULL, NULL, NULL, schedule_options,
     "the showing, an object", true, false, false, command_schedule},
    {"slots", "list showings in the order of their start; of 35+2 places left this till holds 2", NULL, NULL, NULL, slots_options,
     "an array of showings", false, false, false, command_slots},
    {"book", "sell tickets for a showing", NULL, NULL, NULL, book_options,
     "an array of the tickets sold", true, false, false, command_book},
    {"reissue", "give a new ticket for a booked one, for any showing with room", "TICKET",
     TICKET_HELP, NULL, reissue_options, "{\"newTicket\":…, \"oldTicket\":…}", true, false,
     false, command_reissue},
    {"cancel", "take a booked ticket back", "TICKET", TICKET_HELP, NULL, cancel_options,
     "the ticket, an object", true, false, false, command_cancel},
    {"tickets", "list the tickets of a showing, newest first", NULL, NULL, NULL, tickets_options,
     "an array of tickets", false, false, false, command_tickets},
    {"ticket", "show a ticket", "TICKET", TICKET_HELP, NULL, NULL, "the ticket, an object", false,
     false, false, command_ticket},
    {"customer", "show the customer of a ticket", NULL, NULL, NULL, customer_options,
     "the customer, an object", false, false, false, command_customer},
    {"customer show", "show when a customer first came, the visits, and the tier and how it came about", "CUSTOMER",
     CUSTOMER_HELP, NULL, NULL,
     "the customer, an object, with visits, lastVisitAt, ticketsUsedInYear, tier, tierCounted and tierChosen", false,
     false, false, command_customer_show},
    {"customer history", "list all tickets of a customer, newest first", "CUSTOMER", CUSTOMER_HELP, NULL, NULL,
     "an array of tickets", false, false, false, command_customer_history},
    {"customer export", "write all that is held of one person as JSON", "CUSTOMER", CUSTOMER_HELP, NULL,
     customer_export_options,
     "an object with customer, loyalty, tickets and disputes; with --output {\"file\":…}", false, false, false,
     command_customer_export},
    {"customer erase", "forget a customer's name, phone number and tier; tickets stay as of a walk-up sale", "CUSTOMER",
     CUSTOMER_HELP, NULL, customer_erase_options,
     "{\"userId\":…, \"erased\":true, \"ticketsKept\":n, \"disputesNaming\":n}", true, false, false,
     command_customer_erase},
    {"customer tier", "raise or lower a customer's tier, or leave it to the tickets used again", "CUSTOMER",
     CUSTOMER_HELP, NULL, customer_tier_options, "the customer, as customer show prints it", true, false, false,
     command_customer_tier},
    {"report", "report what was sold, by hour, day, showing, genre, clerk, till or shift", "KIND",
     "day: by hour (of several days summed by hour of the clock); week: by day; slot: by showing; genre; clerk; till; shift: shifts that were open then, with what each came to and the journal's head",
     "day|week|slot|genre|clerk|till|shift", report_options,
     "an object with report, from, to, rows and totals, for shift journal, too; with --output {\"rows\":n, \"file\":…}",
     false, false, false, command_report},
    {"find", "find tickets, newest first", "TEXT",
     "a ticket's number or pass, a customer's number, the end of a phone number, or words of a name",
     NULL, find_options, "an array of tickets", false, false, false, command_find_text},
    {"expire", "close the books of showings that are long over", NULL, NULL, NULL, expire_options,
     "{\"slots\":n, \"tickets\":n}", true, false, false, command_expire},
    {"archive", "put old tickets away and forget customers without other tickets", NULL, NULL, NULL,
     archive_options, "{\"slots\":n, \"tickets\":n}", true, false, false, command_archive},
    {"qr", "draw a booked ticket's QR code", "TICKET", TICKET_HELP, NULL, qr_options,
     "an object with pass, form, and the drawing (text) or where it was written (file)", false,
     false, false, command_qr},
    {"print", "print a booked ticket; a second time it says COPY 2", "TICKET", TICKET_HELP, NULL,
     print_options,
     "{\"ticketId\":…, \"copy\":n} with printer (where it was printed) or file", true, false,
     false, command_print},
    {"import", "import a programme from a CSV file, wholly or not at all", "FILE",
     "columns slotName, startTime, endTime, slotType, genre; also slotDescription, capacity, screen; in UTF-8, separated by commas, semicolons or tabs",
     NULL, import_options, "{\"added\":n, \"known\":n}", true, false, false, command_import},
    {"export", "write everything of one kind out", "KIND", "what to write",
     "slots|tickets|customers|journal", export_options,
     "the rows as JSON lines; with --output {\"rows\":n, \"file\":…}", false, false, false, command_export},
    {"sync", "exchange with the centre now: send what waits, fetch what changed", NULL, NULL, NULL, NULL,
     "an object with centre, pushed, refused, pulled (slots, tickets, customers), granted, returned, lost, restored, waiting, disputes, standing and clockAheadMs",
     true, false, false, command_sync},
    {"allotments", "list the places that tills hold to sell while they are cut off", NULL, NULL, NULL,
     allotments_options, "an array of allotments", false, false, false, command_allotments},
    {"allotment write-off", "take back the places of a till that will not come back", "TILL",
     "the till's name", NULL, write_off_options,
     "{\"deviceName\":…, \"places\":n, \"numbersDenied\":…}", true, false, false, command_write_off},
    {"disputes", "list what was done while the box office was away, and refused by it afterwards", NULL,
     NULL, NULL, disputes_options, "an array of disputes, the latest first", false, false, false,
     command_disputes},
    {"dispute close", "close a dispute in your name", "ID",
     "the dispute's number, or its last 6 characters or more", NULL, close_options,
     "the dispute, an object", true, false, false, command_close_dispute},
    {"backup", "copy the box office file while it is in use", "FILE",
     "a file that is not there yet", NULL, NULL, "{\"file\":…, \"bytes\":n}", false, false,
     false, command_backup},
    {"migrate", "make a box office in a database, or bring one up to the version of this program", NULL, NULL,
     NULL, migrate_options,
     "{\"from\":n, \"to\":n, \"era\":n, \"keyFile\":…, \"keyMade\":…}; from is 0 where there was none", true, false, false,
     command_migrate},
    {"copy", "move a whole box office between a file and PostgreSQL; stopped half-way, the same again goes on", NULL,
     NULL, NULL, copy_options,
     "an object with slots, tickets, customers, entries, rows, era, wentOn, anew, fromKeyFile and toKeyFile", true,
     false, false, command_copy},
    {"token", "say which devices may use the service: add one, list them, revoke one", "ACTION",
     "what to do; add prints the device's token, once", "add|list|revoke", token_options,
     "add {\"deviceName\":…, \"role\":…, \"token\":…}, list an array of devices, revoke {\"deviceName\":…, \"revoked\":true}",
     true, false, false, command_token},
    {"device", "let a till or a door in by a one-time code, list devices, revoke one", "ACTION",
     "what to do; add prints a code that is good once, for 10 minutes, as text and as a QR code", "add|list|revoke", device_options,
     "add {\"deviceName\":…, \"role\":…, \"attended\":…, \"code\":…, \"address\":…, \"pin\":…, \"until\":…, \"text\":…}, list an array of devices, revoke {\"deviceName\":…, \"revoked\":true}",
     true, false, false, command_device},
    {"staff", "say who works here: add somebody, change, let go, list; or rescue an administrator", "ACTION",
     "what to do; the first member is an administrator, and from then on people sign on; rescue gives an administrator a new PIN on the machine that has the key file",
     "add|change|leave|list|rescue", staff_options,
     "the member, an object with number, name, role, since and leftAt; list an array of them", true, false,
     false, command_staff},
    {"pin", "give a member of staff a new PIN or password: yours, or as an administrator anybody's", "NUMBER",
     "the member's number", NULL, pin_options, "the member, an object", true, false, false, command_pin},
    {"sign-on", "sign on for the commands that follow, for 12 hours", "NUMBER", "your number", NULL, sign_on_options,
     "{\"number\":…, \"name\":…, \"role\":…, \"until\":…}", true, false, false, command_sign_on},
    {"sign-off", "sign off again", NULL, NULL, NULL, NULL, "{\"number\":…, \"signedOff\":…}", true, false, false,
     command_sign_off},
    {"roles", "show what every role may do", NULL, NULL, NULL, NULL,
     "{\"roles\":[…], \"operations\":[{\"operation\":…, \"roles\":[…]}]}", false, false, true, command_roles},
    {"limits", "show how far clerks may go, and what makes a customer Gold", NULL, NULL, NULL, NULL,
     "an array of {\"limit\":…, \"value\":n, \"least\":n, \"greatest\":n, \"help\":…}", false, false, false,
     command_limits},
    {"limit set", "set one of these limits", "LIMIT", "its name, as limits shows it", NULL, limit_options,
     "{\"limit\":…, \"value\":n}", true, false, false, command_set_limit},
    {"keys", "say which keys passes are made with, or make a new one", "ACTION",
     "what to do; make puts a key into the key file that is not used yet, rotate has showings without tickets take it from now on, and makes it where there is none; with a box office in a database: make on one node, copy the key file to every node, then rotate",
     "list|make|rotate", NULL,
     "list {\"current\":n, \"keys\":[{\"generation\":n, \"current\":…, \"slots\":n}]}, make and rotate {\"generation\":n, \"file\":…}",
     true, false, false, command_keys},
    {"journal", "list what was done, by whom, where and when, as it was written", NULL, NULL, NULL, journal_options,
     "an array of entries", false, false, false, command_journal},
    {"journal verify", "find whether the journal was changed, cut, or written anew, by its hashes and signed seals", NULL,
     NULL, NULL, journal_verify_options,
     "an object with ok, entries, seals, sealsKept, key, heads [{\"writer\":n, \"entries\":n, \"head\":…}], found and problems",
     false, false, false, command_journal_verify},
    {"verify", "count everything again and check the journal", NULL, NULL, NULL, NULL,
     "an object with ok, what was looked at, and the problems", false, false, false, command_verify},
    {"doctor", "look for what may be wrong with this installation, changing nothing", NULL, NULL,
     NULL, NULL, "{\"ok\":…, \"checks\":[{\"check\":…, \"state\":…, \"text\":…}]}", false, false,
     true, command_doctor},
    {"config", "show every setting and where its value came from", NULL, NULL, NULL, NULL,
     "an object with paths and settings", false, false, false, command_config},
    {"docs", "print what the documentation is made from", "KIND", "which part",
     "man|completion|commands|settings|ini|keys|status|serve|door", NULL, "nothing else", false, true,
     true, command_docs},
    {.name = NULL},
};
/* clang-format on */
