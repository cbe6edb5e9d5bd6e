schema.o: data/sqlite/schema.c core/banned.h data/sqlite/schema.h

core/banned.h:

data/sqlite/schema.h:
