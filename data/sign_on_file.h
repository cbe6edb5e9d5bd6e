/*
 * sign_on_file: the door that numbers and secrets are said at, where the house's keys are.
 *
 * It looks the member up, works on the secret and keeps what every device has failed (core/sign_on)
 * in a small file beside the key file, KEYFILE.tries, so that neither a restart nor another program
 * of this machine gives anybody more tries:
 *
 *     {"ticketlySignOnTries":1,"devices":[{"device":…,"enrolled":…,"lockedAt":…,"triedAt":…,
 *      "failures":[{"number":…,"count":…,"lastAt":…} …]} …]}
 *
 * Where the file cannot be written it is kept in memory.
 *
 * Invariants
 * 1. One try at a device is made at a time, whichever threads and programs make it: who tries many
 * at once is held up as if he tried one after the other.
 * 2. At most SIGN_ON_AT_ONCE secrets are worked on at a time in this program.
 * 3. It knows SIGN_ON_DEVICES devices at most; of more those that failed longest ago are forgotten,
 * such as are no enrolled devices first and locked ones last.
 * 4. Whoever is killed while he tries has failed already.
 *
 * Threading: any thread, until sign_on_file_close; each with a store of its own.
 */
#ifndef TK_DATA_SIGN_ON_FILE_H
#define TK_DATA_SIGN_ON_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sign_on.h"
#include "core/store.h"

#define SIGN_ON_AT_ONCE 2
#define SIGN_ON_DEVICES 256

struct sign_on_file;

/* What somebody says. */
struct sign_on_try {
    const char *device; /* where: a device's name, or any text that tells where from */
    bool enrolled; /* the house knows the device: a PIN is good there. Else only a password is */
    int64_t number;
    const char *secret;
    bool local;   /* a till that is cut off: the verifiers are its own (RECORD_LOCAL_PREFIX) */
    bool approve; /* he approves one operation of this kind */
    enum op_kind kind;
    int64_t now; /* UTC µs */
};

/* `path`: of the key file (KEYFILE); "": in memory alone. The pepper is copied. TK_NO_MEMORY. */
enum tk_code sign_on_file_open(const char *path, const struct crypto_key *pepper,
                               struct sign_on_file **file, struct tk_error *error);
/* NULL is fine. Wipes what it had. */
void sign_on_file_close(struct sign_on_file *file);

/*
 * *staff is who it is, verifiers blank. TK_WRONG_PIN, TK_SIGN_ON_WAIT with how long,
 * TK_SIGN_ON_LOCKED with what to do; TK_NOT_APPROVED for a secret that is right where his role does
 * not allow it; what looking him up fails with. *event is what the journal is to note (op_sign):
 * "on", "approved", "failed", "locked"; NULL: nothing, as while one has to wait, so that nobody
 * fills the journal.
 */
enum tk_code sign_on_file_try(struct sign_on_file *file, struct store *store,
                              const struct sign_on_try *tried, struct staff *staff,
                              const char **event, struct tk_error *error);
/* What is known of a device, for whoever checks secrets himself and has one try at a device at a
 * time. */
void sign_on_file_load(struct sign_on_file *file, const char *device, struct sign_on_guard *guard);
void sign_on_file_save(struct sign_on_file *file, const char *device, bool enrolled,
                       const struct sign_on_guard *guard, int64_t now);
/* What is kept of a secret that passed secret_check. TK_NO_MEMORY. */
enum tk_code sign_on_file_make(struct sign_on_file *file, int64_t number, const char *secret,
                               char verifier[VERIFIER_SIZE], struct tk_error *error);

#endif
