gate.o: data/sqlite/gate.c core/banned.h data/sqlite/gate.h core/error.h \
 core/status.h core/store.h core/allotment.h core/crypto.h core/device.h \
 core/id.h core/customer.h core/dispute.h core/operation.h core/buffer.h \
 core/json.h core/slot.h core/time.h core/ticket.h
core/banned.h:
data/sqlite/gate.h:
core/error.h:
core/status.h:
core/store.h:
core/allotment.h:
core/crypto.h:
core/device.h:
core/id.h:
core/customer.h:
core/dispute.h:
core/operation.h:
core/buffer.h:
core/json.h:
core/slot.h:
core/time.h:
core/ticket.h:
