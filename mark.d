mark.o: data/mark.c core/banned.h data/mark.h core/error.h core/status.h \
  core/id.h core/crypto.h data/file.h

core/banned.h:

data/mark.h:

core/error.h:

core/status.h:

core/id.h:

core/crypto.h:

data/file.h:
