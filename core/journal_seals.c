/* What each writer wrote against the seals. */
#include <stdlib.h>
#include <string.h>

#include "core/journal_internal.h"
#include "core/list.h"

#define SWAP_DISTANCE 4 /* between entries that are tried in each other's places */
#define ANY_WRITER -1

/* --- the seals --- */

enum tk_code journal_check_seal(struct journal_check *check, const struct seal *seal, bool apart)
{
    struct stamp stamp = {
        .writer = seal->writer, .entries = seal->entries, .apart = apart, .kept = !apart};
    struct journal_problem problem = {.fault = JOURNAL_FORGED,
                                      .writer = seal->writer,
                                      .seq = seal->entries,
                                      .last_seq = seal->entries};
    size_t at;

    if (check->signed_for && !seal_check(seal, check->uuid, check->public_key))
        return journal_add_problem(check, &problem, &at);
    check->seals += !apart;
    memcpy(stamp.head, seal->head, sizeof stamp.head);
    return LIST_ADD(&check->stamps, &stamp);
}

enum tk_code journal_check_head(struct journal_check *check, int64_t entries,
                                const uint8_t head[CRYPTO_HASH_SIZE], size_t digits)
{
    struct stamp stamp = {.writer = ANY_WRITER, .entries = entries, .digits = digits};

    memcpy(stamp.head, head, sizeof stamp.head);
    return LIST_ADD(&check->stamps, &stamp);
}

enum tk_code journal_check_note(struct journal_check *check, int64_t writer, int64_t entries,
                                const uint8_t head[CRYPTO_HASH_SIZE])
{
    struct stamp stamp = {.writer = writer, .entries = entries};

    memcpy(stamp.head, head, sizeof stamp.head);
    return LIST_ADD(&check->stamps, &stamp);
}

static int stamp_order(const void *left, const void *right)
{
    const struct stamp *a = left, *b = right;

    if (a->writer != b->writer)
        return a->writer > b->writer ? 1 : -1;
    if (a->entries != b->entries)
        return a->entries > b->entries ? 1 : -1;
    if (a->digits != b->digits)
        return a->digits > b->digits ? 1 : -1;
    return memcmp(a->head, b->head, sizeof a->head);
}

/* Equal ones become one, and what is not in the box office any more is noted. */
enum tk_code journal_begin(struct journal_check *check)
{
    struct stamp *stamps = check->stamps.items;
    size_t kept = 0;
    enum tk_code code = TK_OK;

    check->began = true;
    if (check->stamps.count)
        qsort(stamps, check->stamps.count, sizeof *stamps, stamp_order);
    for (size_t i = 0; i < check->stamps.count; i++) {
        if (!kept || stamp_order(&stamps[kept - 1], &stamps[i]) != 0) {
            stamps[kept++] = stamps[i];
            continue;
        }
        stamps[kept - 1].apart |= stamps[i].apart;
        stamps[kept - 1].kept |= stamps[i].kept;
    }
    check->stamps.count = kept;
    for (size_t i = 0; !code && i < kept; i++) {
        struct journal_problem problem = {.fault = JOURNAL_UNSEALED,
                                          .writer = stamps[i].writer,
                                          .seq = stamps[i].entries,
                                          .last_seq = stamps[i].entries};
        size_t at;

        if (stamps[i].apart && !stamps[i].kept)
            code = journal_add_problem(check, &problem, &at);
    }
    return code;
}

/* --- what the head should have been --- */

/* Two entries in each other's places: the head that the trail has then. */
static void head_of_swapped(const struct chain_writer *writer, size_t a, size_t b,
                            uint8_t head[CRYPTO_HASH_SIZE])
{
    const struct trail_entry *trail = writer->trail.items;

    memcpy(head, trail[a].before, CRYPTO_HASH_SIZE);
    for (size_t i = a; i < writer->trail.count; i++) {
        const struct trail_entry *entry = &trail[i == a ? b : i == b ? a : i];

        seal_head_add(head, entry->hash, entry->digest);
    }
}

/* Names two entries of different devices that stand in each other's places, where that is all. */
static bool find_swapped(const struct chain_writer *writer, const uint8_t wanted[CRYPTO_HASH_SIZE],
                         struct journal_problem *problem)
{
    uint8_t head[CRYPTO_HASH_SIZE];

    if (writer->trail.count == TRAIL_MAX)
        return false;
    for (size_t distance = 1; distance <= SWAP_DISTANCE; distance++)
        for (size_t a = writer->trail.count; a-- > 0;) {
            if (a + distance >= writer->trail.count)
                continue;
            head_of_swapped(writer, a, a + distance, head);
            if (memcmp(head, wanted, sizeof head) != 0)
                continue;
            problem->fault = JOURNAL_SWAPPED;
            problem->seq = writer->trail.items[a].seq;
            problem->last_seq = writer->trail.items[a + distance].seq;
            return true;
        }
    return false;
}

static enum tk_code note_rewritten(struct journal_check *check, const struct chain_writer *writer,
                                   int64_t seq, const struct stamp *stamp)
{
    struct journal_problem problem = {.fault = JOURNAL_REWRITTEN,
                                      .writer = writer->id,
                                      .seq = writer->sealed_seq + 1,
                                      .last_seq = seq};
    size_t at;

    if (writer->lane_count == 1)
        find_swapped(writer, stamp->head, &problem);
    return journal_add_problem(check, &problem, &at);
}

/* --- lanes --- */

static void split_lanes(struct chain_writer *writer)
{
    for (; writer->lane_count < LANES; writer->lane_count++)
        writer->lanes[writer->lane_count] = writer->lanes[0];
}

/* Whether all have missed the head since one met it. */
static bool all_missed(struct chain_writer *writer)
{
    for (size_t i = 0; i < writer->lane_count; i++)
        if (!writer->lanes[i].missed)
            return false;
    for (size_t i = 0; i < writer->lane_count; i++)
        writer->lanes[i].missed = false;
    return true;
}

/* A lane stands where a seal was made: from there on its head is known. */
static enum tk_code meet_stamp(struct journal_check *check, struct chain_writer *writer,
                               struct lane *lane, const struct stamp *stamp, int64_t seq)
{
    bool same = memcmp(lane->head, stamp->head, sizeof lane->head) == 0;
    bool doubt = lane->doubt;
    enum tk_code code = TK_OK;

    memcpy(lane->head, stamp->head, sizeof lane->head);
    lane->doubt = false;
    if (!doubt && !same) {
        lane->missed = true;
        if (all_missed(writer)) {
            code = note_rewritten(check, writer, seq, stamp);
            split_lanes(writer);
        }
    } else if (!doubt) {
        writer->lanes[0] = *lane;
        writer->lanes[0].missed = false;
        writer->lane_count = 1;
    }
    writer->sealed_seq = seq;
    writer->trail.count = 0;
    return code;
}

static enum tk_code move_lane(struct journal_check *check, struct chain_writer *writer, size_t at,
                              const struct journal_entry *entry)
{
    struct lane *lane = &writer->lanes[at];
    enum tk_code code = TK_OK;

    seal_head_add(lane->head, entry->hash, entry->digest);
    while (!code && lane->next < check->stamps.count) {
        const struct stamp *stamp = &check->stamps.items[lane->next];
        size_t lanes = writer->lane_count;

        if (stamp->writer != writer->id || stamp->entries > lane->count)
            break;
        lane->next++;
        if (stamp->entries == lane->count)
            code = meet_stamp(check, writer, lane, stamp, entry->seq);
        if (lanes > 1 && writer->lane_count == 1)
            break; /* this one was right, and has become the first */
    }
    return code;
}

static void count_entry(const struct journal_check *check, struct chain_writer *writer,
                        const struct journal_entry *entry)
{
    int64_t further = check->passed ? check->passed + 1 : entry->seq > writer->seq;

    writer->lanes[LANE_JUDGED].count += check->shift + (check->fate != ENTRY_EXTRA);
    if (writer->lane_count == 1)
        return;
    writer->lanes[LANE_NUMBERED].count += further;
    writer->lanes[LANE_COUNTED].count++;
}

static void begin_writer(const struct journal_check *check, struct chain_writer *writer,
                         const struct journal_entry *entry)
{
    struct lane *lane = &writer->lanes[0];

    writer->lane_count = 1;
    writer->sealed_seq = entry->seq ? entry->seq - 1 : 0;
    while (lane->next < check->stamps.count && check->stamps.items[lane->next].writer < writer->id)
        lane->next++;
}

static bool begins_with(const uint8_t head[CRYPTO_HASH_SIZE], const struct stamp *noted)
{
    size_t bytes = noted->digits / 2;

    return memcmp(head, noted->head, bytes) == 0 &&
           (noted->digits % 2 == 0 || head[bytes] >> 4 == noted->head[bytes] >> 4);
}

static void meet_noted(struct journal_check *check, const struct chain_writer *writer)
{
    const struct lane *lane = &writer->lanes[0];

    for (size_t i = 0; i < check->stamps.count; i++) {
        struct stamp *stamp = &check->stamps.items[i];

        if (stamp->writer != ANY_WRITER)
            break;
        if (stamp->entries == lane->count && !lane->doubt && begins_with(lane->head, stamp))
            stamp->met = true;
    }
}

static enum tk_code follow_trail(struct chain_writer *writer, const struct journal_entry *entry)
{
    struct trail_entry step = {.seq = entry->seq};

    if (writer->trail.count == TRAIL_MAX)
        return TK_OK;
    memcpy(step.hash, entry->hash, sizeof step.hash);
    memcpy(step.digest, entry->digest, sizeof step.digest);
    memcpy(step.before, writer->lanes[0].head, sizeof step.before);
    return LIST_ADD(&writer->trail, &step);
}

enum tk_code journal_move_writer(struct journal_check *check, struct chain_writer *writer,
                                 const struct journal_entry *entry, bool wrong)
{
    enum tk_code code = TK_OK;
    size_t lanes;

    if (!writer->lane_count)
        begin_writer(check, writer, entry);
    if (wrong) {
        split_lanes(writer);
        for (size_t i = 0; i < LANES; i++)
            writer->lanes[i].doubt = true;
    } else if (writer->lane_count == 1) {
        code = follow_trail(writer, entry);
    }
    count_entry(check, writer, entry);
    lanes = writer->lane_count;
    for (size_t i = 0; !code && i < lanes; i++) {
        code = move_lane(check, writer, i, entry);
        if (lanes > 1 && writer->lane_count == 1)
            break;
    }
    meet_noted(check, writer);
    return code;
}

/* --- the end --- */

static struct chain_writer *known_writer(const struct journal_check *check, int64_t id)
{
    for (size_t i = 0; i < check->writers.count; i++)
        if (check->writers.items[i].id == id)
            return &check->writers.items[i];
    return NULL;
}

/* The last seal of a writer, and what it is more than there is. */
static enum tk_code check_last(struct journal_check *check, const struct stamp *stamp)
{
    const struct chain_writer *writer = known_writer(check, stamp->writer);
    int64_t count = writer ? writer->lanes[0].count : 0, seq = writer ? writer->seq : 0;
    struct journal_problem problem = {.fault = JOURNAL_CUT,
                                      .writer = stamp->writer,
                                      .seq = seq + 1,
                                      .last_seq = seq + stamp->entries - count};
    size_t at;

    if (stamp->writer == ANY_WRITER) {
        problem.seq = problem.last_seq = stamp->entries;
        return stamp->met ? TK_OK : journal_add_problem(check, &problem, &at);
    }
    return stamp->entries > count ? journal_add_problem(check, &problem, &at) : TK_OK;
}

enum tk_code journal_check_end(struct journal_check *check)
{
    enum tk_code code = check->began ? TK_OK : journal_begin(check);

    for (size_t i = 0; !code && i < check->stamps.count; i++) {
        const struct stamp *stamp = &check->stamps.items[i];

        if (stamp->writer == ANY_WRITER || i + 1 == check->stamps.count ||
            stamp[1].writer != stamp->writer)
            code = check_last(check, stamp);
    }
    return code;
}
