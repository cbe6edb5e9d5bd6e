verify.o: data/sqlite/verify.c core/banned.h data/sqlite/internal.h \
 core/plan.h core/allotment.h core/crypto.h core/device.h core/error.h \
 core/status.h core/id.h core/customer.h core/dispute.h core/operation.h \
 core/buffer.h core/json.h core/slot.h core/time.h core/map.h \
 core/ticket.h core/store.h data/sqlite/gate.h data/sqlite/sql.h \
 data/sqlite/sqlite_store.h core/mirror.h core/list.h core/text.h
core/banned.h:
data/sqlite/internal.h:
core/plan.h:
core/allotment.h:
core/crypto.h:
core/device.h:
core/error.h:
core/status.h:
core/id.h:
core/customer.h:
core/dispute.h:
core/operation.h:
core/buffer.h:
core/json.h:
core/slot.h:
core/time.h:
core/map.h:
core/ticket.h:
core/store.h:
data/sqlite/gate.h:
data/sqlite/sql.h:
data/sqlite/sqlite_store.h:
core/mirror.h:
core/list.h:
core/text.h:
