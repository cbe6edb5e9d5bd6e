/* model_internal: what the files of the model share. */
#ifndef TK_TESTS_MODEL_MODEL_INTERNAL_H
#define TK_TESTS_MODEL_MODEL_INTERNAL_H

#include "core/limit.h"
#include "tests/model/model_store.h"

/* An operation as it was asked, to tell whether it is asked again. */
struct asked {
    struct operation operation;
    struct outcome outcome;
};

struct early_list {
    struct early_admission *items; /* owned */
    size_t count, capacity;
};

struct voided_list {
    struct op_id *items; /* owned */
    size_t count, capacity;
};

/* Who works here, and the shift that he has open. */
struct known_member {
    int64_t number;
    char name[STAFF_NAME_SIZE], pin[VERIFIER_SIZE], password[VERIFIER_SIZE];
    enum role role;
    int64_t since, left_at;
    int64_t opened_at, cancels;
    char opened_device[DEVICE_SIZE];
};

struct known_member_list {
    struct known_member *items; /* owned */
    size_t count, capacity;
};

struct known_invite {
    uint8_t hash[CRYPTO_HASH_SIZE];
    char name[DEVICE_SIZE];
    enum role role;
    bool attended;
    int64_t until, used_at;
};

struct known_invite_list {
    struct known_invite *items; /* owned */
    size_t count, capacity;
};

struct model {
    struct store store; /* first */
    struct model_options options;
    struct slot_list slots;
    struct ticket_list tickets;     /* by number */
    struct customer_list customers; /* by number */
    struct device_list devices; /* as enrolled first */
    struct allotment_list allotments;
    struct number_block_list blocks;
    struct replica_list replicas;
    struct early_list earlies; /* in the house, and their sale is not known */
    struct dispute_list disputes; /* as found */
    struct voided_list voided;
    struct known_member_list members;
    struct known_invite_list invites;
    struct record_list records; /* as they are kept, in no order */
    struct tally_list tallies;
    int64_t limits[LIMIT_COUNT], record_seq;
    enum op_kind voided_kind; /* of what the last void took back */
    struct journal_list journal;
    struct asked *asked; /* one per journal entry */
    size_t asked_room;
    uint64_t changes;
    uint64_t next_ticket, next_customer; /* numbers */
    int64_t generation; /* of the key that is handed out now */
};

/* Aborts the test. */
void model_must(enum tk_code code);
int64_t model_now(const struct model *model);
size_t model_limit(size_t limit);
struct slot *model_find_slot(const struct model *model, int64_t id);
struct customer *model_find_customer(const struct model *model, uint64_t id);
struct device *model_find_device(const struct model *model, const char *name);
struct outcome model_enrol(struct model *model, const struct op_enrol *enrol);
struct ticket *model_find_ticket(const struct model *model, uint64_t id);
/* Counts the places of a slot anew, and who is in. */
void model_count_places(const struct model *model, struct slot *slot);
/* Whether the common stock has `count` places of a slot, of which `giving_back` gets one back. */
enum tk_code model_refuse_sale(const struct model *model, const struct slot *slot, int64_t count,
                               int64_t giving_back);

/* --- model_tills.c --- */

/* What can be said against the new kinds, and the numbers of a sale, before anything is looked up. */
enum tk_code model_refuse_till_words(const struct operation *o);
/* What the device holds of a slot, in the row too if there is one. */
int32_t model_held(const struct model *model, int64_t slot_id, const char *device,
                   struct allotment **row);
/* Whether a sale of tickets that have numbers can be made. */
enum tk_code model_refuse_issued(const struct model *model, const struct operation *o,
                                 const struct slot *slot, uint64_t first, int64_t count,
                                 int64_t giving_back);
/* Places that the device sold while cut off (less than 0: took back). */
void model_count_own_sale(struct model *model, const struct operation *o, int64_t slot_id,
                          int32_t count);
void model_use_numbers(struct model *model, uint64_t first, int64_t count);
/* When it was done: a device that is cut off says so, and is not believed ahead of time. */
int64_t model_done_at(const struct model *model, const struct operation *o);
/* Who is in already when his sale becomes known, is in with it. */
void model_take_early(struct model *model, struct ticket *ticket);
/* Of a ticket that is not known. */
struct outcome model_admit_early(struct model *model, const struct operation *o, int64_t moment);
struct outcome model_unadmit_early(struct model *model, const struct operation *o);
bool model_is_voided(const struct model *model, const struct op_id *id);
/* The kinds that tills and those who look after them need. */
struct outcome model_do_till(struct model *model, const struct operation *o);
/* Writes down what was refused and cannot be undone, with the other side if it was `looked` for. */
void model_note_dispute(struct model *model, const struct operation *o,
                        const struct outcome *outcome, bool looked);

enum tk_code model_list_allotments(struct store *store, const struct allotment_query *query,
                                   struct allotment_list *list, struct tk_error *error);
enum tk_code model_list_disputes(struct store *store, const struct dispute_query *query,
                                 struct dispute_list *list, struct tk_error *error);
enum tk_code model_list_replicas(struct store *store, const char *device,
                                 struct replica_list *list, struct tk_error *error);
enum tk_code model_list_blocks(struct store *store, const char *holder, bool written_off,
                               struct number_block_list *list, struct tk_error *error);

/* --- model_staff.c --- */

bool model_actor_is_clean(const char *actor);
enum tk_code model_refuse_staff_words(const struct operation *o);
/* Whether whoever asks may do it. */
enum tk_code model_refuse_actor(const struct model *model, const struct operation *o);
/* The member who does it; 0: none. */
int64_t model_seller(const struct operation *o);
/* Counts what was done; `voided`: what a void took back. */
void model_count(struct model *model, const struct operation *o, const struct outcome *outcome,
                 enum op_kind voided);
/* The kinds that people and their devices need. */
struct outcome model_do_staff(struct model *model, const struct operation *o);
/* Leaves it without a value, if it has one. */
void model_forget_record(struct model *model, const char *key);

enum tk_code model_list_records(struct store *store, const struct record_query *query,
                                struct record_list *list, struct tk_error *error);
enum tk_code model_list_tallies(struct store *store, const struct tally_query *query,
                                struct tally_list *list, struct tk_error *error);

#endif
