/*
 * wire_fields: the one table of columns per kind, for wire.c (writing) and wire_read.c (reading).
 *
 * A kind of column is a pair of functions, put_KIND and read_KIND. `where` is a member of `slot`,
 * of `ticket` (view->ticket) or `view`, of `customer`, `entry`, `device`, `admission`, `allotment`,
 * `block`, `keyed`, `tally` or `dispute`; `pass`, `held` and `message` follow from the rest and are not read back.
 */
#ifndef TK_CORE_WIRE_FIELDS_H
#define TK_CORE_WIRE_FIELDS_H

/* X(name, kind, where), in the order in which the fields stand */
#define SLOT_FIELDS(X)                                                                             \
    X("slotId", number, slot->id)                                                                  \
    X("slotName", text, slot->name)                                                                \
    X("slotDescription", text, slot->description)                                                  \
    X("startTime", time, slot->starts_at)                                                          \
    X("endTime", time, slot->ends_at)                                                              \
    X("slotType", slot_type, slot->type)                                                           \
    X("genre", genre, slot->genre)                                                                 \
    X("availTickets", number, slot->available)                                                     \
    X("capacity", number, slot->capacity)                                                          \
    X("sold", number, slot->sold)                                                                  \
    X("allotted", number, slot->allotted)                                                          \
    X("lost", number, slot->lost)                                                                  \
    X("screen", text, slot->screen)                                                                \
    X("expiredAt", time, slot->expired_at)                                                         \
    X("archivedAt", time, slot->archived_at)                                                       \
    X("seq", seq, slot->seq)                                                                       \
    X("admitted", number, slot->admitted)                                                          \
    X("keyGeneration", number, slot->key_generation)

#define TICKET_FIELDS(X)                                                                           \
    X("ticketId", ticket, ticket->id)                                                              \
    X("userId", customer, ticket->customer_id)                                                     \
    X("ticketSlotId", number, ticket->slot_id)                                                     \
    X("ticketStatus", status, ticket->status)                                                      \
    X("pass", pass, pass)                                                                          \
    X("slotName", text, view->slot.name)                                                           \
    X("startTime", time, view->slot.starts_at)                                                     \
    X("userName", text_or_null, view->customer.name)                                               \
    X("phoneNumber", text_or_null, view->customer.phone)                                           \
    X("bookedAt", time, ticket->booked_at)                                                         \
    X("changedAt", time, ticket->changed_at)                                                       \
    X("canceledAt", time, ticket->canceled_at)                                                     \
    X("replaces", ticket, ticket->replaces)                                                        \
    X("replacedBy", ticket, ticket->replaced_by)                                                   \
    X("saleId", ticket, ticket->sale_id)                                                           \
    X("salePosition", number, ticket->sale_position)                                               \
    X("saleSize", number, ticket->sale_size)                                                       \
    X("seq", seq, ticket->seq)                                                                     \
    X("admittedAt", time, ticket->admitted_at)                                                     \
    X("admittedBy", text_or_null, ticket->admitted_by)                                             \
    X("prints", number, ticket->prints)                                                            \
    X("soldBy", number_or_absent, ticket->seller)

#define CUSTOMER_FIELDS(X)                                                                         \
    X("userId", customer, customer->id)                                                            \
    X("userName", text_or_null, customer->name)                                                    \
    X("phoneNumber", text_or_null, customer->phone)                                                \
    X("tickets", number, customer->tickets)                                                        \
    X("createdAt", time, customer->created_at)                                                     \
    X("erasedAt", time, customer->erased_at)

#define JOURNAL_FIELDS(X)                                                                          \
    X("seq", number, entry->seq)                                                                   \
    X("device", text, entry->device)                                                               \
    X("deviceSeq", number, entry->device_seq)                                                      \
    X("operationId", operation, entry->id)                                                         \
    X("kind", kind, entry->kind)                                                                   \
    X("actor", text, entry->actor)                                                                 \
    X("at", time, entry->at)                                                                       \
    X("recordedAt", time, entry->recorded_at)                                                      \
    X("body", json, entry->body)                                                                   \
    X("outcome", json, entry->outcome)                                                             \
    X("digest", hash_or_absent, entry->digest)                                                     \
    X("hash", hash, entry->hash)

/* What a line and a gate get of an admission … */
#define ADMISSION_FIELDS(X)                                                                        \
    X("verdict", verdict, admission->verdict)                                                      \
    X("message", text, admission->message)                                                         \
    X("ticketId", ticket, admission->ticket_id)                                                    \
    X("slotId", number_or_null, admission->slot_id)                                                \
    X("at", time, admission->at)
/* … and what a program that shows it to a person gets besides. */
#define ADMISSION_MORE_FIELDS(X)                                                                   \
    X("admitted", number, admission->admitted)                                                     \
    X("saleSize", number, admission->sale_size)                                                    \
    X("saleWaiting", number, admission->sale_waiting)                                              \
    X("slotName", text_or_null, admission->slot_name)                                              \
    X("userName", text_or_null, admission->customer_name)

#define DEVICE_FIELDS(X)                                                                           \
    X("deviceName", text, device->name)                                                            \
    X("role", role, device->role)                                                                  \
    X("enrolledAt", time, device->enrolled_at)                                                     \
    X("usedAt", time, device->used_at)                                                             \
    X("revokedAt", time, device->revoked_at)

#define ALLOTMENT_FIELDS(X)                                                                        \
    X("slotId", number, allotment->slot_id)                                                        \
    X("deviceName", text, allotment->holder)                                                       \
    X("held", number, held)                                                                        \
    X("granted", number, allotment->granted)                                                       \
    X("sold", number, allotment->sold)                                                             \
    X("returned", number, allotment->returned)                                                     \
    X("writtenOff", number, allotment->written_off)                                                \
    X("heldSince", time, allotment->granted_at)                                                    \
    X("changedAt", time, allotment->changed_at)                                                    \
    X("writtenOffAt", time, allotment->written_off_at)                                             \
    X("writtenOffBy", text_or_null, allotment->written_off_by)

/* Numbers as the store counts them, not ids. */
#define BLOCK_FIELDS(X)                                                                            \
    X("first", seq, block->first)                                                                  \
    X("count", number, block->count)                                                               \
    X("next", seq, block->next)                                                                    \
    X("deviceName", text, block->holder)                                                           \
    X("grantedAt", time, block->granted_at)                                                        \
    X("writtenOffAt", time, block->written_off_at)

#define KEYED_FIELDS(X)                                                                            \
    X("key", text, keyed->key)                                                                     \
    X("seq", number, keyed->seq)                                                                   \
    X("changedAt", time, keyed->changed_at)                                                        \
    X("value", value, keyed->value)

/* By span: without slotId; by showing: without the first three. What is counted follows, by TALLY_TABLE. */
#define TALLY_FIELDS(X)                                                                            \
    X("spanAt", time, tally->span_at)                                                              \
    X("actor", text_or_null, tally->actor)                                                         \
    X("deviceName", text_or_null, tally->device)                                                   \
    X("genre", genre, tally->genre)                                                                \
    X("slotId", number_or_null, tally->slot_id)

#define DISPUTE_FIELDS(X)                                                                          \
    X("disputeId", operation, dispute->id)                                                         \
    X("operation", kind, dispute->kind)                                                            \
    X("deviceName", text, dispute->device)                                                         \
    X("actor", text, dispute->actor)                                                               \
    X("at", time, dispute->at)                                                                     \
    X("code", code, dispute->code)                                                                 \
    X("message", message, message)                                                                 \
    X("slotId", number_or_null, dispute->slot_id)                                                  \
    X("ticketId", ticket, dispute->ticket_id)                                                      \
    X("numTickets", number, dispute->count)                                                        \
    X("userName", text_or_null, dispute->customer_name)                                            \
    X("phoneNumber", text_or_null, dispute->customer_phone)                                        \
    X("foundAt", time, dispute->found_at)                                                          \
    X("other", text_or_null, dispute->other)                                                       \
    X("otherAt", time, dispute->other_at)                                                          \
    X("closedAt", time, dispute->closed_at)                                                        \
    X("closedBy", text_or_null, dispute->closed_by)                                                \
    X("reason", text_or_null, dispute->reason)

#endif
