/* The box office: devices that come with a one-time code. */
#include <string.h>

#include "core/box_office_internal.h"
#include "core/text.h"

enum tk_code office_invite(struct box_office *office, const char *name, enum role role,
                           bool attended, char code_text[INVITE_CODE_SIZE], int64_t *until,
                           struct tk_error *error)
{
    struct operation operation = {.invite = {.role = role, .attended = attended}};
    char made[INVITE_CODE_SIZE];
    struct outcome outcome;
    uint64_t random;
    enum tk_code code = office_copy_device(operation.invite.name, name, error);

    if (code)
        return code;
    office->ports.random(office->ports.context, &random, sizeof random);
    invite_code_print(made, random);
    operation.invite.until = office_now(office) + INVITE_LASTS;
    if (!invite_code_hash(made, operation.invite.code_hash))
        code = tk_fail_code(error, TK_INTERNAL);
    if (!code)
        code = office_submit(office, OP_INVITE, NULL, &operation, &outcome, error);
    if (!code) {
        memcpy(code_text, made, sizeof made);
        *until = operation.invite.until;
    }
    crypto_wipe(&random, sizeof random);
    crypto_wipe(made, sizeof made);
    return code;
}

/* The device of that name as it is now. */
static enum tk_code find_device(struct box_office *office, const char *name, struct device *device,
                                struct tk_error *error)
{
    struct device_query query = {.name = name};
    struct device_list list = {0};
    enum tk_code code = office->store->ops->list_devices(office->store, &query, &list, error);

    if (!code && !list.count)
        code = tk_fail_code(error, TK_DEVICE_NOT_FOUND);
    if (!code)
        *device = list.items[0];
    device_list_release(&list);
    return code;
}

/* Whose code it is; whether it is still of use is for plan to say. */
static enum tk_code find_invitation(struct box_office *office, const uint8_t hash[CRYPTO_HASH_SIZE],
                                    struct invitation *invitation, struct tk_error *error)
{
    char key[RECORD_KEY_SIZE];
    struct record record;
    enum tk_code code;

    invite_key(key, hash);
    code = office_record(office, key, &record, error);
    if (!code && (!record.value[0] || invite_read(&record, invitation)))
        code = tk_fail_code(error, TK_BAD_CODE);
    return code;
}

enum tk_code office_redeem(struct box_office *office, const char *code_text, const char *token,
                           const struct op_id *id, struct device *device, struct tk_error *error)
{
    struct operation operation = {.kind = OP_REDEEM};
    struct invitation invitation;
    struct outcome outcome;
    enum tk_code code;

    if (!invite_code_hash(code_text, operation.redeem.code_hash))
        return tk_fail_code(error, TK_BAD_CODE);
    if (!token_hash(operation.redeem.token_hash, token))
        return tk_fail(error, TK_BAD_OPERATION, "This is not a device's token.");
    code = find_invitation(office, operation.redeem.code_hash, &invitation, error);
    if (code)
        return code;
    memcpy(operation.redeem.name, invitation.name, sizeof operation.redeem.name);
    code = office_submit(office, OP_REDEEM, id, &operation, &outcome, error);
    return code ? code : find_device(office, invitation.name, device, error);
}

enum tk_code office_device_note(struct box_office *office, const char *name,
                                struct device_note *note, struct tk_error *error)
{
    char key[RECORD_KEY_SIZE];
    struct device_note read;
    struct record record;
    enum tk_code code;

    device_note_key(key, name);
    code = office_record(office, key, &record, error);
    if (!code && device_note_read(&record, &read))
        code = tk_fail(error, TK_CORRUPT, "The record %s cannot be read.", key);
    if (!code)
        *note = read;
    return code;
}
