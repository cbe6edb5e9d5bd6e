/*
 * session: what every way in needs, opened when first asked for: settings, key, store, box office.
 *
 * `ticketly admin config`, `doctor` and every --help work without a store, so nothing is opened
 * before session_office().
 */
#ifndef TK_UI_SESSION_H
#define TK_UI_SESSION_H

#include <stdbool.h>

#include "core/box_office.h"
#include "core/store_queue.h"
#include "ui/settings.h"
#include "ui/training.h"

#define SESSION_PATH_SIZE 4096

struct session;
struct site_ring;
struct sync_line;
struct sign_on_file;
struct sign_on_guard;

/* What a session is opened for. With a centre a counter and a door keep their copy up to date in the
   background, and a counter holds places to sell while it is cut off. */
enum session_use { SESSION_COMMAND, SESSION_COUNTER, SESSION_DOOR };

/* What is at the place that --db (store.file) names; told in one place, session_kind_of. */
enum session_kind {
    SESSION_FILE,     /* a box office file of ours, its key beside it */
    SESSION_DATABASE, /* in a PostgreSQL server; upkeep is ours, and this node's key file */
    SESSION_REMOTE    /* a service's or a centre's: no box office file, no key, no upkeep of ours */
};

/* A line's own way to a centre that is a box office file. */
struct session_centre {
    struct session *session;
    struct site_ring *ring; /* owned, while the file is open */
};

struct session {
    struct settings settings;
    enum session_use use; /* set before session_office */
    char config_path[SESSION_PATH_SIZE]; /* "" when there is no settings file */
    char store_path[SESSION_PATH_SIZE]; /* or the address of a service or a database */
    char central[SESSION_PATH_SIZE]; /* the centre's address, a service's or a path; "" without: then
                                        store_path is where this till's copy lies */
    enum session_kind kind;
    bool new_key; /* --new-key: make a site key when the old one is lost */
    bool training; /* --train: works on a copy, and its passes are for training */
    bool store_is_new; /* the store was empty of slots when opened */
    struct upkeep_result expired; /* what was over when it was opened */
    bool store_was_made; /* there was no file before it was opened */
    bool keyless;        /* opened by session_look, without its key */
    struct office_ports ports;
    struct site_ring *ring; /* owned: the keys of a box office file or a database; NULL without */
    struct site_ring *real_ring; /* owned: in training, to tell real passes; NULL without */
    struct sign_on_file *signs;  /* owned, once asked for: session_sign_ons */
    struct training practice; /* once opened for training; store_path is the copy then */
    struct box_office office; /* after session_office */
    struct store *store;      /* owned; NULL until then */
    struct session_centre centres[2]; /* of the lines that store has */
    int centre_count;
    struct sync_line *line; /* its first one, to a centre that is a service; the store's. NULL without */
};

/* Reads settings file, environment and the options given (NULL: none) and works out the paths.
   config: --config FILE, which must exist then. db: --db FILE. central: --central ADDRESS ("": none). After
   a failure the session holds the defaults and what was read until then; it may be released, but not be
   opened. */
enum tk_code session_init(struct session *session, const char *config, const char *db,
                          const char *central, struct tk_error *error);
/* The same with the defaults alone, whatever this user has set. */
enum tk_code session_init_plain(struct session *session, const char *db, struct tk_error *error);
/* Opens key and store at the first call; *office is borrowed until session_release. Makes the
   folder of the default store when missing. Fails as keyfile_load and sqlite_store_open do, or as
   token_file_read and remote_store_open. For training: makes or joins the copy of the box office file,
   which stays as it is, or in place of a service's or a centre's a box office with the sample programme.
   With a centre: opens this till's copy of it, as replica_store_open does; so does a door at a service,
   which is its centre then. */
enum tk_code session_office(struct session *session, struct box_office **office,
                            struct tk_error *error);
/* The same for one who reads what needs no passes. A box office file without its key file, such as a
   backup, is opened to look alone: neither it nor its folder is changed, and no upkeep is done. It
   must be there. */
enum tk_code session_look(struct session *session, struct box_office **office,
                          struct tk_error *error);
/* For a service: everything but a store of the session's own; *office has none. What opens the store
   is session_open_store, once for each thread that needs one. */
enum tk_code session_service(struct session *session, struct box_office *office,
                             struct tk_error *error);
/* How a box office is reached by such a text. */
enum session_kind session_kind_of(const char *place);
/* Where the key file is that belongs to the box office; "" when the key is not ours, or there is no place. */
const char *session_key_path(const struct session *session, char path[SESSION_PATH_SIZE]);

/* What session_migrate did. */
struct session_migration {
    int64_t from; /* schema version; 0: there was no box office, -1: an older one, which is not told */
    int64_t to, era;
    bool key_made;
};
/* Makes the box office, or brings it up to this version: the one way to do so in a database (--new-key, too,
   which is session->new_key), while a file is brought up by being opened. restored: see postgres_migrate.
   Afterwards it can be opened. TK_USAGE for a service's; fails else as opening does. */
enum tk_code session_migrate(struct session *session, bool restored,
                             struct session_migration *migration, struct tk_error *error);

/* What doctor wants to know of a database. */
struct session_database {
    char version[40];       /* of the server */
    bool in_recovery;       /* a standby answers */
    char commit[16];        /* synchronous_commit as our sessions have it */
    char standbys[128];     /* synchronous_standby_names; "": none is waited for */
    int64_t standby_count;  /* servers that follow this one */
    bool many_hosts;        /* the address names more than one server */
    int64_t schema, known_schema; /* 0: no box office */
    bool key_fits;          /* only told where there is a key and a box office */
    bool key_told;
    int64_t clock_ahead;    /* µs: the server's clock less this machine's */
    int64_t writers;        /* nodes and tills that wrote in the last 24 hours */
};
/* Looks without changing anything; the key is not needed. TK_UNAVAILABLE when no server can be reached. */
enum tk_code session_look_at_database(struct session *session, struct session_database *found,
                                      struct tk_error *error);

struct seal_list;
/* Appends the seals of the journal that are kept beside the key file for the box office of this uuid, as
   seal_file_read does; none where the key is not ours. */
enum tk_code session_kept_seals(const struct session *session, const char *uuid,
                                struct seal_list *list, struct tk_error *error);

/* Keys to make passes with that the session's key file has; 0 with a service. */
/* How a device comes to a service with a one-time code. */
struct session_enrolment {
    const char *url, *code;
    const char *pin;        /* of the service's key; "": none */
    const char *token_file; /* where the token is to be; until it is good it lies beside it */
};
/* Needs the settings alone. Of *device name and role are filled. The same again is fine when the answer was
   lost. TK_BAD_CODE, TK_RATE_LIMITED, TK_UNAVAILABLE, TK_UNKNOWN, TK_CANNOT_CREATE. */
enum tk_code session_enrol(struct session *session, const struct session_enrolment *enrolment,
                           struct device *device, bool *attended, struct tk_error *error);
/* Generation 1 of the site key, when session_service opened one; zero without. To be wiped. */
struct crypto_key session_site_key(struct session *session);
int session_key_count(struct session *session);
/* Makes the key of the generation after `known` durable in the key file, unless it is there. */
enum tk_code session_add_key(struct session *session, int known, struct tk_error *error);
/* `session`: a struct session after session_service. *store and *queue are the caller's. */
enum tk_code session_open_store(void *session, struct store **store, struct tk_error *error);
/* A queue onto the store, in which many callers' changes share a commit. */
enum tk_code session_open_queue(void *session, const struct queue_options *options,
                                struct store_queue **queue, struct tk_error *error);
/* Where numbers and secrets are checked with the session's keys (in training the real ones), borrowed. To be
   asked for once before there are threads. TK_CONFIG without keys. */
enum tk_code session_sign_ons(struct session *session, struct sign_on_file **signs,
                              struct tk_error *error);
/* What a place where people sign on has failed, as it is kept beside the key file: for a service, with a
   struct session as context, after session_sign_ons. */
enum tk_code session_guard_load(void *session, const char *place, struct sign_on_guard *guard,
                                struct tk_error *error);
enum tk_code session_guard_save(void *session, const char *place, const struct sign_on_guard *guard,
                                struct tk_error *error);
/* Keeps who is signed on at the session's office for `lasts` µs, for the programs that this user starts next: in
   a file in $XDG_RUNTIME_DIR/ticketly, else in the data folder, one for each box office, signed with a key that
   is derived from the site's; of a service it is the service's own session. *until is UTC µs. TK_CANNOT_CREATE,
   TK_IO, TK_CONFIG. */
enum tk_code session_keep_member(struct session *session, int64_t lasts, int64_t *until,
                                 struct tk_error *error);
/* The number that is kept; 0: nobody is, or for too long. */
int64_t session_kept_member(struct session *session);
void session_forget_member(const struct session *session);
/* Opens a file with a secret that nobody else can read; the caller closes *file. TK_NO_INPUT, TK_CONFIG. */
enum tk_code session_open_secret(const char *path, int *file, struct tk_error *error);
void session_release(struct session *session);
/* Whether a box office file is not safe on a file system of this type (statfs(2)). */
bool session_is_network_filesystem(long type);

#endif
