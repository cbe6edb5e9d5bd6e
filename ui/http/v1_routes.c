/* The routes of /v1. What stands here is all there is: the dispatcher and the reference read it. */
#include "ui/http/v1.h"

static const struct query_parameter changes_parameters[] = {
    {"after", "integer", "Tickets whose seq is greater. 0 when missing.", NULL},
    {"afterTicket", "string", "Continue after this ticket of the seq in after (see Link).", NULL},
    {"wait", "integer", "Wait so many seconds for a change, 30 at most. 0 when missing.", NULL},
    {0},
};

static const struct query_parameter heads_parameters[] = {
    {"after", "integer", "Wait until the version is another one than this.", NULL},
    {"wait", "integer", "Wait so many seconds, 30 at most. 0 when missing.", NULL},
    {"afterSlot", "integer", "Continue after this showing.", NULL},
    {"limit", "integer", "So many at most, up to 10000.", NULL},
    {"version", "integer", "The version of the first page (see Link), which is answered again.", NULL},
    {0},
};

static const struct query_parameter device_parameters[] = {
    {"deviceName", "string", "The one of this name.", NULL},
    {"tokenHash", "string", "The one whose token has this BLAKE2b-256 (64 hexadecimal digits).",
     NULL},
    {0},
};

static const struct query_parameter import_parameters[] = {
    {"at", "integer", "The place of the first one: as many as were sent before.", NULL},
    {0},
};

static const struct query_parameter commit_parameters[] = {
    {"dryRun", "boolean", "true: all of it is tried and counted, then undone.", NULL},
    {0},
};

static const struct query_parameter allotment_parameters[] = {
    {"slotId", "integer", "Of this showing.", NULL},
    {"deviceName", "string", "Of this till.", NULL},
    {"held", "boolean", "true: only those of which something is held.", NULL},
    {"after", "integer", "Continue after this showing …", NULL},
    {"afterDevice", "string", "… and this till of it.", NULL},
    {"limit", "integer", "So many at most.", NULL},
    {0},
};

static const struct query_parameter dispute_parameters[] = {
    {"open", "boolean", "true: only those that nobody has closed.", NULL},
    {"disputeId", "string", "Just this one.", NULL},
    {"afterFound", "integer", "Continue after the one that was found then (UTC µs) …", NULL},
    {"after", "string", "… and is this one.", NULL},
    {"limit", "integer", "So many at most.", NULL},
    {0},
};

#define CHANGES_BATCH (ROUTE_CHANGES | ROUTE_BATCH)
#define CHANGES_EACH (CHANGES_BATCH | ROUTE_EACH)

/* clang-format off */
const struct route v1_routes[] = {
    {"GET", "/v1/store", STYLE_V1, ROUTE_ALONE, ROLE_READER, v1_get_store,
     "The box office: which one it is, its version, its rules", NULL, NULL, "Store", 200},

    {"GET", "/v1/slots", STYLE_V1, ROUTE_CACHED, ROLE_READER, v1_list_slots,
     "Showings", query_slot_parameters, NULL, "SlotList", 200},
    {"GET", "/v1/slots/count", STYLE_V1, 0, ROLE_READER, v1_count_slots,
     "How many showings that have not expired there are, by genre and startsAfter or endsAfter",
     query_slot_parameters, NULL, "Count", 200},
    {"POST", "/v1/slots", STYLE_V1, ROUTE_CHANGES, ROLE_MANAGER, v1_post_slot,
     "Schedule a showing", NULL, "NewSlot", "Slot", 201},
    {"GET", "/v1/slots/{slotId}", STYLE_V1, 0, ROLE_READER, v1_get_slot,
     "A showing", NULL, NULL, "Slot", 200},
    {"GET", "/v1/slots/{slotId}/changes", STYLE_V1, 0, ROLE_READER, v1_get_changes,
     "What changed at a showing since then, by long poll; tickets from the role door on", changes_parameters, NULL, "Changes", 200},
    {"GET", "/v1/slots/{slotId}/key", STYLE_V1, 0, ROLE_DOOR, v1_get_slot_key,
     "The key by which passes of a showing are checked; for a door from 2 hours before its admission "
     "opens to its end", NULL, NULL, "SlotKey", 200},
    {"GET", "/v1/slots/{slotId}/admissions", STYLE_V1, 0, ROLE_DOOR, v1_get_admissions,
     "How many are expected at a showing, and how many each door let in", NULL, NULL, "Admissions",
     200},
    {"GET", "/v1/heads", STYLE_V1, 0, ROLE_READER, v1_get_heads,
     "The counters of all showings that have not expired, by long poll", heads_parameters, NULL,
     "Heads", 200},

    {"GET", "/v1/tickets", STYLE_V1, 0, ROLE_DOOR, v1_list_tickets,
     "Tickets", query_ticket_parameters, NULL, "TicketList", 200},
    {"POST", "/v1/tickets", STYLE_V1, ROUTE_CHANGES, ROLE_CLERK, v1_post_tickets,
     "Book tickets", NULL, "NewTickets", "TicketList", 201},
    {"GET", "/v1/tickets/{ticketId}", STYLE_V1, 0, ROLE_DOOR, v1_get_ticket,
     "A ticket", NULL, NULL, "Ticket", 200},
    {"DELETE", "/v1/tickets/{ticketId}", STYLE_V1, ROUTE_CHANGES, ROLE_CLERK, v1_delete_ticket,
     "Cancel a ticket", NULL, NULL, "Ticket", 200},
    {"POST", "/v1/tickets/{ticketId}/reissue", STYLE_V1, ROUTE_CHANGES, ROLE_CLERK,
     v1_reissue_ticket, "Give a new ticket for a ticket", NULL, "Reissue", "Reissued", 201},

    {"GET", "/v1/customers", STYLE_V1, 0, ROLE_CLERK, v1_list_customers,
     "Customers", query_customer_parameters, NULL, "CustomerList", 200},
    {"GET", "/v1/customers/{userId}", STYLE_V1, 0, ROLE_CLERK, v1_get_customer,
     "A customer", NULL, NULL, "Customer", 200},

    {"POST", "/v1/admissions", STYLE_V1, ROUTE_CHANGES, ROLE_DOOR, v1_post_admission,
     "Judge a scan, and let in whom it admits", NULL, "NewAdmission", "Admission", 200},
    {"DELETE", "/v1/admissions/{ticketId}", STYLE_V1, ROUTE_CHANGES, ROLE_DOOR,
     v1_delete_admission, "Take an admission back, at the door that let in", NULL, NULL, "Ticket",
     200},

    {"POST", "/v1/operations", STYLE_V1, CHANGES_EACH, ROLE_DOOR, v1_post_operations,
     "A batch of operations, each wholly or not at all, with an outcome for each", NULL,
     "OperationBatch", "OutcomeList", 200},
    {"POST", "/v1/imports", STYLE_V1, ROUTE_CHANGES, ROLE_MANAGER, v1_post_import,
     "Open an import: many operations, all or none", NULL, NULL, "NewImport", 201},
    {"POST", "/v1/imports/{importId}/operations", STYLE_V1, CHANGES_BATCH, ROLE_MANAGER,
     v1_post_import_operations, "Add operations to an import", import_parameters,
     "OperationBatch", "ImportSize", 200},
    {"POST", "/v1/imports/{importId}/commit", STYLE_V1, ROUTE_CHANGES | ROUTE_LONG, ROLE_MANAGER,
     v1_post_import_commit, "Apply an import", commit_parameters, NULL, "Imported", 200},
    {"DELETE", "/v1/imports/{importId}", STYLE_V1, ROUTE_CHANGES, ROLE_MANAGER, v1_delete_import,
     "Give an import up", NULL, NULL, NULL, 204},

    {"POST", "/v1/sync", STYLE_V1, ROUTE_SYNC | ROUTE_ALONE, ROLE_DOOR, v1_post_sync,
     "An exchange with a till or a door that keeps its own copy: it brings what was done while cut off, "
     "and gets what changed. It needs no Idempotency-Key: the ids of the operations do it", NULL,
     "SyncRequest", "SyncReply", 200},
    {"GET", "/v1/allotments", STYLE_V1, 0, ROLE_CLERK, v1_get_allotments,
     "What tills hold, or held, to sell while they are cut off", allotment_parameters, NULL,
     "AllotmentList", 200},
    {"GET", "/v1/disputes", STYLE_V1, 0, ROLE_CLERK, v1_get_disputes,
     "What was done while cut off and then refused; an operation of the kind close closes one",
     dispute_parameters, NULL, "DisputeList", 200},

    {"POST", "/v1/expiries", STYLE_V1, ROUTE_CHANGES | ROUTE_LONG, ROLE_MANAGER, v1_post_expiries,
     "Expire what is due", NULL, "Expiry", "Upkeep", 200},
    {"GET", "/v1/due", STYLE_V1, 0, ROLE_MANAGER, v1_get_due,
     "Showings for which upkeep has something to do", query_due_parameters, NULL, "Due", 200},
    {"GET", "/v1/journal", STYLE_V1, 0, ROLE_MANAGER, v1_get_journal,
     "The journal", query_journal_parameters, NULL, "Journal", 200},
    {"GET", "/v1/verify", STYLE_V1, ROUTE_LONG, ROLE_MANAGER, v1_get_verify,
     "Count everything again", NULL, NULL, "Report", 200},
    {"GET", "/v1/backup", STYLE_V1, ROUTE_LONG, ROLE_ADMIN, v1_get_backup,
     "A copy of the box office", NULL, NULL, "Backup", 200},
    {"GET", "/v1/devices", STYLE_V1, 0, ROLE_ADMIN, v1_get_devices,
     "Devices that have or had a token", device_parameters, NULL, "DeviceList", 200},

    {"POST", "/v1/sign-ons", STYLE_V1, ROUTE_SIGN_ON, ROLE_READER, v1_post_sign_on,
     "Sign a member of staff on at this device, or have one approve a single operation. A PIN is good with "
     "a device's token alone; without one it takes a password. Needs no Idempotency-Key: who signs on twice is "
     "signed on", NULL, "NewSignOn", "SignOn", 200},
    {"DELETE", "/v1/sign-ons", STYLE_V1, ROUTE_CHANGES | ROUTE_EACH, ROLE_DOOR, v1_delete_sign_on,
     "Sign off, which the journal notes: the session is of use until it is over", NULL, NULL, NULL, 204},
    {"POST", "/v1/verifiers", STYLE_V1, 0, ROLE_DOOR, v1_post_verifier,
     "What an operation of the kind pin carries for a PIN or a password: one's own, or for an administrator",
     NULL, "NewVerifier", "Verifier", 200},
    {"POST", "/v1/enrolments", STYLE_V1, ROUTE_CHANGES | ROUTE_OPEN, ROLE_READER, v1_post_enrolment,
     "A device comes with a one-time code and a token that it made itself", NULL, "NewEnrolment",
     "Enrolment", 201},
    {"GET", "/v1/records", STYLE_V1, 0, ROLE_READER, v1_get_records,
     "Small things of the house by key: limits (role reader), staff/, duty/, shift/ and tier/ (clerk), "
     "device/ and seal/ (manager); verifiers of secrets are left out", query_record_parameters, NULL,
     "RecordList", 200},
    {"GET", "/v1/tallies", STYLE_V1, 0, ROLE_MANAGER, v1_get_tallies,
     "What was sold, canceled, reissued and admitted", query_tally_parameters, NULL, "TallyList",
     200},

    {"GET", "/v1/openapi.json", STYLE_V1, ROUTE_DOCS | ROUTE_ALONE, ROLE_READER, v1_get_openapi,
     "This reference", NULL, NULL, "OpenApi", 200},
    {0},
};
/* clang-format on */
