#!/bin/sh
# Plants faults one by one in a copy of the sources and demands that the simulator finds each in a minute.
# Usage: faults.sh [NAME …]; TIME=60 seconds at most for each, KEEP=1 keeps the copy.
set -eu
cd "$(dirname "$0")/../.."

tree=$(mktemp -d)
[ "${KEEP:-}" ] || trap 'rm -rf "$tree"' EXIT INT TERM
cp -a Makefile core data tests "$tree"
mkdir -p "$tree/ui/http/docs"
cp -a ui/http/docs/docs.mk "$tree/ui/http/docs"

build() {
    make --no-print-directory -C "$tree" -j2 BUILD=build/sim OPTIMIZE='-O1 -g' build/sim/sim >"$tree/log" 2>&1 ||
        { cat "$tree/log"; echo "$1: does not build"; exit 2; }
}

# edit FILE SED-SCRIPT: the change has to change something
edit() {
    cp -a "$tree/$1" "$tree/before"
    sed -i "$2" "$tree/$1"
    ! cmp -s "$tree/$1" "$tree/before" || { echo "$1: the fault cannot be planted any more"; exit 2; }
}

plant() {
    case $1 in
    sync-normal) # the queue and the centre's sales are not synced
        edit data/sqlite/sql.h 's/PRAGMA synchronous = FULL/PRAGMA synchronous = NORMAL/' ;;
    no-room) # more is sold than there is
        edit core/plan.c 's/return count > free ? TK_NOT_ENOUGH_PLACES : TK_OK;/return TK_OK;/' ;;
    early-reply) # the centre answers though its commit failed
        edit core/sync_serve.c 's/^\( *\)serving\.outcomes, error);$/&\n\1code = TK_OK;/' ;;
    stale-rows) # an answer that comes late is taken over what is newer
        edit data/sqlite/mirror_take.c 's/slot->seq >= pulled\.row_seq/pulled.row_seq + slot->seq > 0/' ;;
    one-counter) # a slot is sent only when it is newer than the newest that the till knows of any
        edit core/sync_reply_slots.c 's/cursor->seq == slot->seq \&\&/cursor->seq \&\& cursor->seq + 1 >= slot->seq \&\&/' ;;
    timer) # what a till holds comes back by itself after ten minutes
        edit core/sync_serve.c '/^static enum tk_code serve_known(/i\
static enum tk_code free_old(struct begin *b, struct tk_error *error)\
{\
    struct allotment_query query = {.held = true, .limit = 50};\
    struct allotment_list list = {0};\
    enum tk_code code = b->store->ops->list_allotments(b->store, \&query, \&list, error);\
\
    for (size_t i = 0; !code \&\& i < list.count; i++)\
        if (office_now(b->centre->office) - list.items[i].changed_at > 10 * TIME_MINUTE) {\
            struct op_write_off *off = \&add_operation(b, OP_WRITE_OFF)->write_off;\
\
            off->slot_id = list.items[i].slot_id;\
            text_copy(off->holder, sizeof off->holder, list.items[i].holder);\
        }\
    allotment_list_release(\&list);\
    return code;\
}\
'
        edit core/sync_serve.c 's/return code ? code : add_holdings(b, error);/if (!code)\n        code = free_old(b, error);\n    &/' ;;
    no-void) # what had no answer is done again under another id, and not given up
        edit core/sync_apply.c 's/if (unknown || was_sent(/if (!unknown \&\& was_sent(/' ;;
    difference) # a till gives back so many, not so many in all
        edit core/sync_hold.c "$RETURN_BY_DIFFERENCE" ;;
    early-print) # the clerk is told before the till's commit, which then fails
        edit data/sqlite/mirror.c 's/code = apply_commit(store, probe, error);/(void)apply_commit(store, probe, error);/' ;;
    any-body) # a known number is answered whatever stands beside it
        edit core/plan.c 's/if (memcmp(digest, known, CRYPTO_HASH_SIZE) == 0)/if (digest != known || memcmp(digest, known, 1) == 0)/' ;;
    no-dispute) # a refusal of what was done cut off is forgotten
        edit core/plan_tills.c 's/if (!told_late ||/if (told_late || !told_late ||/' ;;
    *)
        echo "There is no fault “$1”."; exit 2 ;;
    esac
}

RETURN_BY_DIFFERENCE='s/returned = own->returned + /returned = /'
failed=0
build "without a fault"
"$tree/build/sim/sim" --time "${TIME:-60}" --from "${FROM:-1}" || { echo "It fails without a fault."; exit 2; }
rm -rf "$tree/clean"
mkdir "$tree/clean"
cp -a "$tree/core" "$tree/data" "$tree/clean"
for fault in ${*:-sync-normal no-room early-reply stale-rows one-counter timer no-void difference early-print \
    any-body no-dispute}; do
    plant "$fault"
    build "$fault"
    if timeout 90 "$tree/build/sim/sim" --time "${TIME:-60}" --from "${FROM:-1}" \
        >"$tree/log" 2>&1; then
        echo "$fault: NOT FOUND"
        failed=1
    else
        echo "$fault: found: $(grep -m1 '^seed' "$tree/log" | cut -c1-150)"
    fi
    # as it was, and newer than what was built of the fault
    for changed in $(cd "$tree/clean" && find core data -type f); do
        cmp -s "$tree/clean/$changed" "$tree/$changed" || cp "$tree/clean/$changed" "$tree/$changed"
    done
done
exit $failed
